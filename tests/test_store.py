"""The log of studies: what is told is found again, after any crash, and no other file is ever harmed."""

import os
import pickle
import random
import signal
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import fields, replace
from functools import partial
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.schema import CreateTable

from inlay.search import store_database, store_schema
from inlay.search.store import (
    Header,
    Record,
    Store,
    StoreCorrupt,
    StoreError,
    StoreLocked,
    StoreReadOnly,
    StoreRefused,
    StoreVersion,
    StudyConflict,
    StudyMismatch,
    StudyUnknown,
)

HEADER = Header(
    name="first",
    problem="breast cancer",
    space="SVC\n  C: Real(0.001, 1000, log=True)\n  kernel: Choice(rbf, linear)",
    strategy="RegularizedEvolution(population=50)",
    seed=7,
    objectives=(("error", "minimize"), ("seconds", "maximize")),
    details='{"command": "inlay run"}',
)


def record(number: int, **changes: object) -> Record:
    plain = Record(number, '{"SVC": {"C": 1.0}}', "done", '{"error": 0.25}', number, "", False, 0.125, 1.0, 1.7e9)
    return replace(plain, **changes)  # type: ignore[arg-type]


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "studies.db"


@pytest.fixture
def store(file: Path) -> Iterator[Store]:
    with Store(file, wait=0.2) as opened:
        yield opened


def numbers(path: Path, name: str = "first") -> list[int]:
    with Store(path) as store:
        return [each.number for each in store.log(name).records()]


# --- What is written is read back ----------------------------------------------------------------


def test_every_field_comes_back(store: Store, file: Path) -> None:
    full = Record(
        number=3,
        program='{"formula": "α·x²", "odd": "%s %(x)s ? :x \\u0000 🜚"}',
        state="failed",
        objectives="{}",
        asks="[[3, 1]]",
        foreign=True,
        fidelity=0.5,
        told=2**62,
        seconds=1e-300,
        cost=float("inf"),
        finished=1764000000.123456,
        violations="[0.5, 0.0]",
        feedback='{"text": "too deep"}',
        origin='["layers", 0]',
        error="Traceback ...\nValueError: x",
        reused=1,
    )
    assert all(getattr(full, field.name) != field.default for field in fields(Record))
    store.study(HEADER).append([full, record(4)])
    with Store(file) as again:
        assert again.log("first").records() == [record(4), full]


def test_the_columns_are_the_fields() -> None:
    columns = {column.name for column in store_schema.RECORDS.columns}
    assert columns == {"study"} | {field.name for field in fields(Record)}


def test_records_come_in_the_order_of_telling_then_of_number(store: Store) -> None:
    log = store.study(HEADER)
    told = {5: 0, 0: 2, 9: 1, 4: 2, 2: 0}
    for number, event in told.items():
        log.append([record(number, told=event)])
    assert [each.number for each in log.records()] == [2, 5, 9, 0, 4]
    assert [each.number for each in log.records(after=0)] == [9, 0, 4]
    assert log.records(after=2) == []
    assert len(log) == 5


def test_notes_keep_the_order_of_writing(store: Store, file: Path) -> None:
    log = store.study(HEADER)
    log.note(4, "the strategy changed its space\nto: C")
    log.note(2, "")
    assert store.log("first").notes() == [(4, "the strategy changed its space\nto: C"), (2, "")]
    assert store.study(replace(HEADER, name="second")).notes() == []


def test_a_study_is_reopened_with_the_details_it_was_made_with(store: Store, file: Path) -> None:
    store.study(HEADER).append([record(0)])
    with Store(str(file)) as again:
        log = again.study(replace(HEADER, details="{}"))
        assert log.header == HEADER
        assert log.records() == [record(0)]


def test_studies_share_a_file_without_mixing(store: Store) -> None:
    headers = [replace(HEADER, name=name, seed=seed) for name, seed in [("b", 2**200), ("a", -1), ("A", 0), ("b ", 1)]]
    logs = [store.study(header) for header in headers]
    for index, log in enumerate(logs):
        log.append([record(index), record(10)])
    assert store.headers() == headers
    assert [[each.number for each in log.records()] for log in logs] == [[0, 10], [1, 10], [2, 10], [3, 10]]


def test_nothing_to_append_is_nothing_written(store: Store) -> None:
    log = store.study(HEADER)
    log.append([])
    assert len(log) == 0


def test_a_hundred_thousand_records(store: Store) -> None:
    log = store.study(HEADER)
    for start in range(0, 100_000, 1_000):
        log.append([record(start + i) for i in range(1_000)])
    assert [each.number for each in log.records()] == list(range(100_000))
    assert log.records(after=99_997) == [record(99_998), record(99_999)]


def test_an_append_costs_the_same_late_as_early(store: Store) -> None:
    log, steps = store.study(HEADER), [0]

    def count() -> int:
        steps[0] += 1
        return 0

    def cost(number: int) -> int:
        steps[0] = 0
        log.append([record(number)])
        return steps[0]

    with store._database.transaction() as connection:  # SQLite calls back at each instruction of its machine
        connection.connection.driver_connection.set_progress_handler(count, 1)  # type: ignore[union-attr]
    early = cost(0)
    log.append([record(number) for number in range(1, 20_000)])
    assert 0 < cost(20_000) <= early + 2


@pytest.mark.parametrize("address", [":memory:", "sqlite://", "sqlite:///:memory:"])
def test_a_store_in_memory(address: str) -> None:
    with Store(address) as store, Store(address) as other:
        store.study(HEADER).append([record(0)])
        assert store.log("first").records() == [record(0)]
        assert other.headers() == []


@pytest.mark.parametrize("name", ["a b.db", "50%25?mode=ro#x.db", "ü 🜚.db", "no_suffix", ":memory: not"])
def test_any_file_name(tmp_path: Path, name: str) -> None:
    with Store(tmp_path / name) as store:
        store.study(HEADER).append([record(0)])
    assert [path.name for path in tmp_path.iterdir()] == [name]
    assert numbers(tmp_path / name) == [0]


def test_a_sqlite_url_is_its_file(file: Path, store: Store) -> None:
    store.study(HEADER).append([record(0)])
    with Store(f"sqlite:///{file}") as again:
        assert len(again.log("first")) == 1


def test_a_relative_path_and_an_empty_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("empty.db").touch()
    with Store("empty.db") as store:
        store.study(HEADER)
    assert numbers(tmp_path / "empty.db") == []


def test_an_empty_or_endless_name_is_refused() -> None:
    with pytest.raises(ValueError, match="1 to 255"):
        replace(HEADER, name="")
    with pytest.raises(ValueError, match="1 to 255"):
        replace(HEADER, name="x" * 256)


# --- Which study it is ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"problem": "digits"}, ["problem: stored 'breast cancer', given 'digits'"]),
        ({"strategy": "Random()"}, ["strategy: stored 'RegularizedEvolution(population=50)', given 'Random()'"]),
        ({"seed": 8}, ["seed: stored 7, given 8"]),
        ({"objectives": (("error", "maximize"),)}, ["given (('error', 'maximize'),)"]),
        (
            {"space": HEADER.space.replace("1000", "10"), "seed": 1},
            [
                "--- stored",
                "+++ given",
                "-  C: Real(0.001, 1000, log=True)",
                "+  C: Real(0.001, 10, log=True)",
                "seed: ",
            ],
        ),
        ({"space": HEADER.space + "\n"}, ["--- stored", "linear)\n+\n"]),
    ],
)
def test_another_study_of_the_same_name_is_refused(store: Store, changes: dict[str, object], said: list[str]) -> None:
    store.study(HEADER)
    with pytest.raises(StudyMismatch, match="another name, or run with the stored settings") as refusal:
        store.study(replace(HEADER, **changes))  # type: ignore[arg-type]
    assert "study 'first'" in str(refusal.value)
    for text in said:
        assert text in str(refusal.value)
    assert store.headers() == [HEADER]


def test_an_unknown_name_is_answered_with_the_known_ones(store: Store) -> None:
    with pytest.raises(StudyUnknown, match=r"studies\.db: no study 'x'; the studies there are: none"):
        store.log("x")
    store.study(HEADER)
    store.study(replace(HEADER, name="second"))
    for ask in (store.log, store.delete):
        with pytest.raises(StudyUnknown, match="'first', 'second'"):
            ask("x")


def test_a_deleted_study_is_gone_and_its_log_writes_into_no_other(store: Store) -> None:
    kept, gone = store.study(replace(HEADER, name="kept")), store.study(HEADER)
    for log in (kept, gone):
        log.append([record(0)])
        log.note(0, "x")
    store.delete("first")
    assert [header.name for header in store.headers()] == ["kept"]
    assert kept.records() == [record(0)]
    assert kept.notes() == [(0, "x")]
    new = store.study(HEADER)
    with pytest.raises(StudyUnknown, match="was deleted meanwhile, nothing was written"):
        gone.append([record(1)])
    with pytest.raises(StoreRefused):
        gone.note(1, "y")
    assert (new.records(), new.notes(), gone.records()) == ([], [], [])


# --- All or nothing ------------------------------------------------------------------------------


def test_a_number_that_is_there_is_a_conflict(store: Store, file: Path) -> None:
    log = store.study(HEADER)
    log.append([record(0), record(1)])
    with Store(file) as other:
        late = other.study(HEADER)
        with pytest.raises(StudyConflict, match=r"study 'first': trials 0, 1 are in the log already.*let only one"):
            late.append([record(2), record(1), record(0), record(3)])
    assert log.records() == [record(0), record(1)]
    log.append([record(2)])


def test_a_number_twice_in_one_append_is_a_conflict(store: Store) -> None:
    log = store.study(HEADER)
    log.append([record(1)])
    with pytest.raises(StudyConflict, match="trials 0 come more than once in one append"):
        log.append([record(0), record(2), record(0)])
    assert len(log) == 1


@pytest.mark.parametrize("changes", [{"cost": float("nan")}, {"told": 2**63}, {"error": "\ud800"}, {"state": None}])
def test_a_value_that_cannot_be_stored_is_refused(store: Store, changes: dict[str, object]) -> None:
    log = store.study(HEADER)
    with pytest.raises(StoreRefused, match=r"studies\.db: .*nothing was written"):
        log.append([record(0), record(1, **changes)])
    assert len(log) == 0
    log.append([record(1)])
    assert log.records() == [record(1)]


def test_an_interrupted_append_writes_nothing(store: Store) -> None:
    class Interrupt:
        def __conform__(self, protocol: object) -> object:
            raise KeyboardInterrupt

    log = store.study(HEADER)
    with pytest.raises(KeyboardInterrupt):
        log.append([record(0), record(1, cost=Interrupt())])
    log.append([record(2)])
    assert log.records() == [record(2)]


def test_a_full_disk_writes_nothing(store: Store) -> None:
    log = store.study(HEADER)
    with store._database.transaction() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 30")
    with pytest.raises(StoreError, match="the disk is full, nothing of this transaction was written"):
        log.append([record(number, program="x" * 100_000) for number in range(3)])
    log.append([record(0)])
    assert log.records() == [record(0)]


# --- Processes and threads -----------------------------------------------------------------------

CHILD = f"""
import os, sys
from pathlib import Path
from inlay.search.store import *
header = {HEADER!r}
def record(number):
    return Record(number, "x" * 300, "done", "{{}}", number, "", False, 0.0, 1.0, 0.0)
"""


def child(code: str, *arguments: object) -> "subprocess.Popen[str]":
    command = [sys.executable, "-c", CHILD + code, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


def together(processes: "list[subprocess.Popen[str]]") -> list[str]:
    """What children answer that are told to go at the same time."""
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    return [process.communicate()[0] for process in processes]


@contextmanager
def held(file: Path) -> Iterator[None]:
    """Another process is in the middle of writing."""
    code = "import sqlite3; c = sqlite3.connect(sys.argv[1]); c.execute('BEGIN IMMEDIATE'); print('held', flush=True)"
    with child(f"{code}; sys.stdin.read()", file) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield
        process.communicate()


def test_a_killed_process_loses_nothing_that_it_appended(tmp_path: Path) -> None:
    code = """
with Store(sys.argv[1]) as store, open(sys.argv[2], "ab", buffering=0) as said:
    log = store.study(header)
    print("ready", flush=True)
    number = len(log)
    while True:
        batch = [record(number + i) for i in range(1 + number % 3)]
        log.append(batch)
        number += len(batch)
        said.write(b"%d\\n" % (number - 1))
"""
    file, side, pause = tmp_path / "studies.db", tmp_path / "appended", random.Random(1)
    side.touch()
    for _ in range(10):
        with child(code, file, side) as process:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            before = side.stat().st_size
            while side.stat().st_size == before:
                time.sleep(0.001)
            time.sleep(pause.uniform(0, 0.1))
            process.send_signal(signal.SIGKILL)
        found, appended = numbers(file), int(side.read_text().split()[-1])
        assert found == list(range(len(found)))
        assert appended < len(found) <= appended + 4  # all that was said, and at most one batch that was not
        assert len(found) in (appended + 1, appended + 2 + (appended + 1) % 3)  # of that batch, all or nothing


def test_a_process_killed_while_it_makes_a_store_leaves_one_that_opens(tmp_path: Path) -> None:
    code = """
print("ready", flush=True)
for index in range(10**6):
    Store(Path(sys.argv[1]) / f"{index}.db").study(header)
"""
    pause = random.Random(2)
    for attempt in range(5):
        folder = tmp_path / str(attempt)
        folder.mkdir()
        with child(code, folder) as process:
            assert process.stdout is not None
            process.stdout.readline()
            while not (folder / "0.db").exists():
                time.sleep(0.001)
            time.sleep(pause.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL)
        last = max(folder.glob("*.db"), key=lambda path: int(path.stem))
        with Store(last) as store:
            store.study(HEADER).append([record(0)])
        assert numbers(last) == [0]


def test_a_store_with_nothing_but_its_mark_is_completed(file: Path) -> None:
    with sqlite3.connect(file) as connection:
        connection.execute(f"PRAGMA application_id = {int.from_bytes(b'Inly', 'big')}")
    connection.close()
    with Store(file) as store:
        store.study(HEADER)


def test_processes_that_make_and_fill_one_file_together(file: Path) -> None:
    code = """
import dataclasses
sys.stdin.readline()
name = sys.argv[2]
with Store(sys.argv[1], wait=60) as store:
    store.study(header)
    log = store.study(dataclasses.replace(header, name=name))
    for number in range(200):
        log.append([record(number)])
    print(len(log))
"""
    assert together([child(code, file, f"study {index}") for index in range(4)]) == ["200\n"] * 4
    with Store(file) as store:
        assert {header.name for header in store.headers()} == {"first", *(f"study {index}" for index in range(4))}
        assert all(len(store.log(f"study {index}")) == 200 for index in range(4))


def test_one_study_belongs_to_one_process(file: Path) -> None:
    code = """
sys.stdin.readline()
with Store(sys.argv[1], wait=60) as store:
    log = store.study(header)
    try:
        for number in range(300):
            log.append([record(number)])
        print("all")
    except StudyConflict:
        print("conflict")
"""
    assert sorted(together([child(code, file) for _ in range(2)])) in (["all\n", "conflict\n"], ["conflict\n"] * 2)
    found = numbers(file)
    assert found == list(range(len(found)))


def test_others_read_while_one_writes_but_do_not_write(store: Store, file: Path) -> None:
    log = store.study(HEADER)
    log.append([record(0)])
    with held(file):
        assert log.records() == [record(0)]
        with Store(file, wait=0.05) as second:
            assert len(second.study(HEADER)) == 1
            remedy = r"studies\.db: another process holds the database .*longer `wait`"
            for write in (
                lambda: log.append([record(1)]),
                lambda: log.note(1, "x"),
                lambda: store.study(replace(HEADER, name="second")),
                lambda: second.delete("first"),
                lambda: second.log("first").append([record(2)]),
            ):
                with pytest.raises(StoreLocked, match=remedy):
                    write()
    log.append([record(3)])
    assert [each.number for each in log.records()] == [0, 3]


def test_opening_a_second_store_leaves_the_first_its_hold_on_the_file(store: Store, file: Path) -> None:
    # Opened and closed past SQLite, the file would lose the locks of this process; then the child would
    # take itself for the last to leave, and remove the changes that are still beside the file.
    log = store.study(HEADER)
    log.append([record(0)])
    Store(file).close()
    process = child("with Store(sys.argv[1]) as store: store.study(header).append([record(1)])", file)
    process.communicate()
    log.append([record(2)])
    assert [each.number for each in log.records()] == numbers(file) == [0, 1, 2]


def test_a_store_waits_for_the_process_that_holds_the_database(store: Store, file: Path) -> None:
    store.study(HEADER)
    with Store(file, wait=60) as patient:
        log = patient.log("first")
        with held(file):
            thread = threading.Thread(target=log.append, args=([record(0)],))
            thread.start()
            thread.join(0.2)
            assert thread.is_alive()
        thread.join()
    assert numbers(file) == [0]


def test_a_new_file_that_is_held_is_said_to_be(file: Path) -> None:
    with held(file), pytest.raises(StoreLocked, match=r"studies\.db"):
        Store(file, wait=0.05)


def test_threads_append_and_read(store: Store) -> None:
    log = store.study(HEADER)
    failures: list[BaseException] = []

    def work(part: int) -> None:
        try:
            for number in range(100):
                log.append([record(part * 100 + number)])
                assert len(log.records(after=part * 100 + number - 1)) > 0
        except BaseException as failure:
            failures.append(failure)

    threads = [threading.Thread(target=work, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert [each.number for each in log.records()] == list(range(400))


def test_how_the_file_is_set(store: Store) -> None:
    with store._database.transaction() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys", "busy_timeout")
        ]
    assert settings == ["wal", 1, 1, 200]


# --- Opening and closing -------------------------------------------------------------------------


def test_a_closed_store_is_one_file_and_says_that_it_is_closed(file: Path) -> None:
    store = Store(file)
    log = store.study(HEADER)
    log.append([record(0)])
    store.close()
    store.close()
    assert [path.name for path in file.parent.iterdir()] == ["studies.db"]
    for use in (store.headers, log.records, lambda: log.append([record(1)]), lambda: store.study(HEADER)):
        with pytest.raises(StoreError, match=r"studies\.db: this store is closed; open it again"):
            use()


@pytest.mark.filterwarnings("error")
def test_a_forgotten_store_lets_go_of_its_file(file: Path) -> None:
    log = Store(file).study(HEADER)
    log.append([record(0)])  # the log keeps its store open
    del log
    assert [path.name for path in file.parent.iterdir()] == ["studies.db"]


def test_neither_a_store_nor_its_log_can_be_pickled(store: Store) -> None:
    for thing in (store, store.study(HEADER)):
        with pytest.raises(TypeError, match=r"studies\.db is an open connection.*pass its address"):
            pickle.dumps(thing)


def test_a_dropped_connection_is_opened_again(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    log = store.study(HEADER)

    def drop() -> None:
        store._database._connection.connection.driver_connection.close()  # type: ignore[union-attr]

    drop()
    with pytest.raises(StoreError, match="the database failed"):
        log.append([record(0)])
    log.append([record(1)])
    monkeypatch.setattr(store_database, "IDLE", -1.0)
    drop()
    log.append([record(2)])
    drop()
    assert log.records() == [record(1), record(2)]


@pytest.mark.parametrize(
    ("address", "said"),
    [
        ("", "is empty"),
        ("nonsense://host/name", "no database can be reached"),
        ("://", "no database can be reached"),
        ("postgresql+nonsense://u:secret@localhost/x", "no database can be reached"),
        ("postgresql+psycopg://u:secret@localhost:1/x", None),  # the driver is missing, or there is no server
        ("sqlite:///x.db?mode=ro", "leave out what follows the question mark"),
    ],
)
def test_an_address_that_leads_nowhere(address: str, said: str | None) -> None:
    with pytest.raises(StoreError, match=said) as refusal:
        Store(address)
    assert "secret" not in str(refusal.value)


# --- Files that cannot be written ----------------------------------------------------------------


@pytest.fixture
def foreign_folder() -> Iterator[Path]:
    """A folder that an ordinary user can look into."""
    with tempfile.TemporaryDirectory() as name:
        Path(name).chmod(0o755)
        yield Path(name)


@contextmanager
def ordinary_user(folder: Path) -> Iterator[None]:
    """Rights bind in this block: root, whom they would not bind, becomes another user."""
    if os.geteuid() != 0:
        yield
        return
    try:
        os.seteuid(65534)
    except OSError:
        pytest.skip("this root cannot become another user")
    try:
        if not os.access(folder, os.R_OK, effective_ids=True):
            pytest.skip("another user cannot reach the folder for temporary files")
        yield
    finally:
        os.seteuid(0)


def assert_read_only(path: Path) -> None:
    before = sorted(each.name for each in path.parent.iterdir())
    with Store(path) as store:
        log = store.log("first")
        assert log.records() == [record(0)]
        assert store.study(HEADER).notes() == []
        for write in (
            lambda: log.append([record(1)]),
            lambda: log.note(0, "x"),
            lambda: store.study(replace(HEADER, name="second")),
            lambda: store.delete("first"),
        ):
            with pytest.raises(StoreReadOnly, match=r"s\.db: it cannot be written .*make the file and its folder writ"):
                write()
        assert log.records() == [record(0)]
    assert sorted(each.name for each in path.parent.iterdir()) == before


@pytest.mark.parametrize(("of_file", "of_folder"), [(0o444, 0o777), (0o444, 0o555), (0o666, 0o555)])
def test_a_file_that_cannot_be_written_is_read(foreign_folder: Path, of_file: int, of_folder: int) -> None:
    path = foreign_folder / "s.db"
    with Store(path) as store:
        store.study(HEADER).append([record(0)])
    path.chmod(of_file)
    foreign_folder.chmod(of_folder)
    with ordinary_user(foreign_folder):
        assert_read_only(path)
    foreign_folder.chmod(0o755)


def test_a_reader_without_rights_sees_what_is_being_written(foreign_folder: Path) -> None:
    path = foreign_folder / "s.db"
    with Store(path) as store:
        log = store.study(HEADER)
        log.append([record(0)])
        with ordinary_user(foreign_folder):
            if os.access(path, os.W_OK, effective_ids=True):
                pytest.skip("needs two users")
            assert_read_only(path)
            reader = Store(path)
        log.append([record(1)])
        assert [each.number for each in reader.log("first").records()] == [0, 1]
        reader.close()


def test_a_folder_that_cannot_be_written_is_said_on_opening(foreign_folder: Path) -> None:
    foreign_folder.chmod(0o555)
    with ordinary_user(foreign_folder), pytest.raises(StoreReadOnly, match=r"s\.db: its folder cannot be written"):
        Store(foreign_folder / "s.db")
    foreign_folder.chmod(0o755)
    assert list(foreign_folder.iterdir()) == []


def test_a_file_that_cannot_be_read_is_said_on_opening(foreign_folder: Path) -> None:
    path = foreign_folder / "s.db"
    Store(path).close()
    path.chmod(0)
    with (
        ordinary_user(foreign_folder),
        pytest.raises(StoreReadOnly, match=r"s\.db: its file cannot be opened"),
    ):
        Store(path)


def test_a_place_where_no_file_can_be(tmp_path: Path) -> None:
    with pytest.raises(StoreReadOnly, match="is a folder or a device; give the path of a file"):
        Store(tmp_path)
    with pytest.raises(StoreReadOnly, match="folder does not exist; make the folder first"):
        Store(tmp_path / "missing" / "studies.db")
    assert list(tmp_path.iterdir()) == []


# --- Versions ------------------------------------------------------------------------------------


def sql(file: Path, statement: str) -> list[tuple[object, ...]]:
    connection = sqlite3.connect(file)
    try:
        with connection:
            return connection.execute(statement).fetchall()
    finally:
        connection.close()


def set_version(file: Path, version: str) -> None:
    sql(file, f"UPDATE inlay_meta SET value = '{version}' WHERE key = 'schema'")


@pytest.fixture
def filled(file: Path) -> Path:
    with Store(file) as store:
        store.study(HEADER).append([record(0)])
    return file


def test_a_newer_store_is_refused_and_left_as_it_is(filled: Path) -> None:
    set_version(filled, "99")
    before = filled.read_bytes()
    with pytest.raises(StoreVersion, match=r"studies\.db: .*schema 99, newer than this Inlay's 1; upgrade Inlay"):
        Store(filled)
    assert filled.read_bytes() == before


def test_an_older_store_without_a_way_is_refused(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store_schema, "SCHEMA", 3)
    monkeypatch.setitem(store_schema.MIGRATIONS, 2, lambda connection: None)
    with pytest.raises(StoreVersion, match=r"schema 1, older than this Inlay's 3; open it with the Inlay that wrote"):
        Store(filled)


def test_migrations_run_in_order_and_once(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    ran: list[int] = []

    def migrate(version: int, connection: sa.Connection) -> None:
        connection.exec_driver_sql(f"UPDATE inlay_studies SET problem = problem || '{version}'")
        ran.append(version)

    monkeypatch.setattr(store_schema, "SCHEMA", 3)
    for version in (1, 2):
        monkeypatch.setitem(store_schema.MIGRATIONS, version, partial(migrate, version))
    for _ in range(2):
        with Store(filled) as store:
            assert store.headers() == [replace(HEADER, problem="breast cancer12")]
            assert store.log("first").records() == [record(0)]
    assert ran == [1, 2]


def test_a_failing_migration_changes_nothing(filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def migrate(connection: sa.Connection) -> None:
        connection.exec_driver_sql("CREATE TABLE extra (x)")
        connection.exec_driver_sql("UPDATE inlay_studies SET problem = ''")
        raise ZeroDivisionError

    with monkeypatch.context() as patch:
        patch.setattr(store_schema, "SCHEMA", 2)
        patch.setitem(store_schema.MIGRATIONS, 1, migrate)
        with pytest.raises(ZeroDivisionError):
            Store(filled)
    with Store(filled) as store:
        assert store.headers() == [HEADER]
    assert sql(filled, "SELECT name FROM sqlite_master WHERE name = 'extra'") == []


# --- Files that are damaged, or not ours ---------------------------------------------------------


@pytest.mark.parametrize("text", [b"x", b"number,loss\n" * 1000, b"SQLite format 3\0", b"\0" * 8192])
def test_a_file_that_is_no_database_is_refused_and_left_as_it_is(file: Path, text: bytes) -> None:
    file.write_bytes(text)
    with pytest.raises(StoreCorrupt, match=r"studies\.db.*give another (path|file)"):
        Store(file)
    assert file.read_bytes() == text
    assert list(file.parent.iterdir()) == [file]


def make_other(file: Path, *statements: str) -> dict[str, bytes]:
    """A database of another application; the bytes of all its files."""
    connection = sqlite3.connect(file)
    for statement in statements:
        connection.execute(statement)
    connection.commit()
    copies = {path.name: path.read_bytes() for path in file.parent.iterdir()}
    connection.close()
    for name, content in copies.items():  # as a crash would leave them
        (file.parent / name).write_bytes(content)
    return copies


@pytest.mark.parametrize(
    "statements",
    [
        ["CREATE TABLE trials (number)"],
        ["CREATE TABLE inlay_meta (key, value)"],
        ["PRAGMA application_id = 5"],
        ["PRAGMA journal_mode = WAL"],
        ["PRAGMA journal_mode = WAL", "CREATE TABLE trials (number)", "INSERT INTO trials VALUES (1)"],
    ],
)
def test_the_database_of_another_is_refused_and_left_as_it_is(file: Path, statements: list[str]) -> None:
    before = make_other(file, *statements)
    with pytest.raises(StoreCorrupt, match="not an Inlay store"):
        Store(file)
    after = {path.name: path.read_bytes() for path in file.parent.iterdir()}
    assert after.keys() == before.keys()
    assert all(after[name] == content for name, content in before.items() if not name.endswith("-shm"))


def test_another_with_an_open_journal_is_refused(file: Path) -> None:
    make_other(file, "CREATE TABLE trials (number)")
    (file.parent / "studies.db-journal").touch()
    with pytest.raises(StoreCorrupt, match="not an Inlay store"):
        Store(file)
    assert sql(file, "SELECT name FROM sqlite_master") == [("trials",)]


def read_all(file: Path) -> None:
    with Store(file) as store:
        store.log("first").records()


@pytest.mark.parametrize("share", [0.0001, 0.02, 0.3, 0.7, 0.999])
def test_a_truncated_store_is_corrupt(file: Path, share: float) -> None:
    with Store(file) as store:
        store.study(HEADER).append([record(number) for number in range(2000)])
    whole = file.read_bytes()
    file.write_bytes(whole[: int(share * len(whole))])
    with pytest.raises(StoreCorrupt, match=r"studies\.db.*restore a backup"):
        read_all(file)


def test_damage_in_the_middle_is_found_when_read(file: Path) -> None:
    with Store(file) as store:
        store.study(HEADER).append([record(number) for number in range(2000)])
    content = bytearray(file.read_bytes())
    for start in range(len(content) // 2, len(content) // 2 + 40_960):
        content[start] ^= 0xA5
    file.write_bytes(content)
    with Store(file) as store:
        assert store.headers() == [HEADER]
        with pytest.raises(StoreCorrupt, match=r"studies\.db: the database is damaged"):
            store.log("first").records()


def test_a_version_that_is_no_number_is_corrupt(filled: Path) -> None:
    set_version(filled, "one")
    with pytest.raises(StoreCorrupt, match="schema version reads 'one'"):
        Store(filled)


# --- Other databases -----------------------------------------------------------------------------


@pytest.mark.parametrize("dialect", ["postgresql", "mysql"])
def test_the_tables_can_be_written_for_servers(dialect: str) -> None:
    compiler = sa.make_url(f"{dialect}://").get_dialect()()
    statements = [str(CreateTable(table).compile(dialect=compiler)) for table in store_schema.TABLES.sorted_tables]
    assert len(statements) == 4
    assert ("program LONGTEXT" if dialect == "mysql" else "program TEXT") in "".join(statements)


@pytest.mark.filterwarnings("error::DeprecationWarning")  # as sqlite3 gives when names are sent a sequence
def test_drivers_that_take_parameters_by_name(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    create: Callable[..., sa.Engine] = partial(sa.create_engine, paramstyle="named")
    monkeypatch.setattr(sa, "create_engine", create)
    with Store(file) as store:
        log = store.study(HEADER)
        log.append([record(1, told=2), record(0, told=3)])
        assert log.records() == [record(1, told=2), record(0, told=3)]


def test_a_search_imports_no_database_until_there_is_a_store() -> None:
    code = "import sys, inlay.search; sys.exit('sqlalchemy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
