"""Calibration: fits find what made the times, shipped numbers are those of a fit, published tables are met."""

import itertools
import json
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from typer.testing import CliRunner

from inlay.command_line import app
from inlay.problems.hardware import Efficiency, Elementwise, Gemm, Gemv, datasheet, device, estimate
from inlay.problems.hardware.calibration import Measured, error, error_of, fit, fit_link, rank_correlation
from inlay.problems.hardware.candidates import together
from inlay.problems.hardware.costs import operator_cost
from inlay.problems.hardware.device_files import BadDeviceFile, fingerprint, load_device, save_device
from inlay.problems.hardware.language_models import (
    LANGUAGE_MODELS,
    decode_seconds,
    generation_seconds,
    language_model,
    model_pass,
    prefill_seconds,
)
from inlay.problems.hardware.machine import bare_machine, calibrated_machine, least_seconds, measure_machine, one_thread
from inlay.problems.hardware.machine_kernels import MACHINE_KERNELS, Kernel
from inlay.problems.hardware.measured_kernels import (
    FITTED,
    MEASURED_DEVICES,
    MEASURED_LINKS,
    all_reduces,
    fitted_link,
    fitted_to_kernels,
    kernels,
)
from inlay.problems.hardware.published_tables import OVERHEAD, PUBLISHED_TIMES, attention_error, published_error

BARE = datasheet("a100-80g")


def timed(operator: Any, reached: Efficiency, noise: Any = 1.0) -> Measured:
    """The operator with the times that it would take, each times a noise."""
    made = BARE.with_efficiency(**{operator.kind: reached})
    return Measured(operator, np.asarray(operator_cost(operator, made).seconds) * noise)


def products(seed: int, n: int = 40) -> Gemm:
    rng = np.random.default_rng(seed)
    return Gemm(*(np.exp(rng.uniform(np.log(16), np.log(8192), n)).round() for _ in range(3)))


# -- fits ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [(6e-6, 0.7, 0.75), (2e-5, 0.3, 0.95), (4e-6, 0.95, 0.1), (8e-6, 0.4, 0.3)])
def test_a_fit_recovers_what_made_the_times_through_noise_and_outliers(made: tuple[float, float, float]) -> None:
    noise = np.exp(0.02 * np.random.default_rng(5).standard_normal(40))
    noise[::13] = 4.0  # now and then another process took the machine
    fitted = fit(BARE, [timed(products(1), Efficiency(*made), noise)], [timed(products(2), Efficiency(*made))])
    reached = fitted.reaches("gemm")
    assert reached[:3] == pytest.approx(made, rel=0.1)
    assert reached.error is not None
    assert reached.error.relative < 0.05
    assert reached.error.measurements == 40


@pytest.mark.parametrize("seed", [0, 4, 9])
def test_a_fit_begins_more_than_once_for_the_first_valley_may_be_the_wrong_one(seed: int) -> None:
    """Products that are all bound by a twentieth of the peak: what streams reach cannot be seen."""
    made = Efficiency(3e-5, 0.05, 0.95)
    reached = fit(BARE, [timed(products(seed, 12), made)], [timed(products(seed + 100, 12), made)]).reaches("gemm")
    assert reached[:3] == pytest.approx((3e-5, 0.05, 1.0), rel=1e-6)


def test_the_error_is_of_what_was_held_out_and_not_of_what_was_fitted() -> None:
    right, double = Efficiency(6e-6, 0.7, 0.75), Efficiency(12e-6, 0.35, 0.375)
    reached = fit(BARE, [timed(products(1), right)], [timed(products(2), double)]).reaches("gemm")
    assert reached.error is not None
    assert reached.error.relative == pytest.approx(0.5, rel=0.01)


def test_a_share_that_no_time_depends_on_is_left_out() -> None:
    # Element-wise kernels move so much that no share of the peak shows; large products hide their start.
    rows = np.exp(np.linspace(3, 11, 30)).round()
    made = Efficiency(3e-6, 0.5, 0.6)
    kernels_ = [timed(Elementwise(rows + i, 4096), made) for i in range(2)]
    reached = fit(BARE, kernels_[:1], kernels_[1:]).reaches("elementwise")
    assert reached[:3] == pytest.approx((3e-6, 1.0, 0.6), rel=1e-3)
    large = np.linspace(16384, 32768, 8).round()
    big = [timed(Gemm(large + i, large, large), Efficiency(0.0, 0.5, 0.6)) for i in range(2)]
    assert fit(BARE, big[:1], big[1:]).reaches("gemm")[:3] == pytest.approx((0.0, 0.5, 1.0), rel=1e-3)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("n", [12, 40])
def test_a_share_that_only_just_binds_is_not_told(n: int, seed: int) -> None:
    """All products are bound by computing: the bandwidth is reached, or left out, and no share far below is made up."""
    made = Efficiency(3e-5, 0.05, 0.95)
    noise = np.exp(0.02 * np.random.default_rng(seed).standard_normal(n))
    fitted = fit(BARE, [timed(products(seed, n), made, noise)], [timed(products(seed + 100), made)])
    assert fitted.reaches("gemm").stream > 0.95 / 2
    assert fitted.reaches("gemm").compute == pytest.approx(0.05, rel=0.1)


def test_a_link_is_recovered() -> None:
    sizes = np.exp(np.linspace(6, 21, 40))
    members = np.tile([2, 4], 20)
    seconds = 2e-5 + 2 * (members - 1) / members * sizes / 1e11
    seconds[3] *= 5
    link = fit_link(members, sizes, seconds)
    assert (link.latency, link.bandwidth) == pytest.approx((2e-5, 1e11), rel=0.02)


def test_errors_by_hand() -> None:
    found = error([1.0, 2.0, 30.0, 4.0], [1.0, 4.0, 10.0, 5.0])
    assert found.relative == pytest.approx((0 + 0.5 + 2 + 0.2) / 4)
    assert found.within_twice == 0.75
    assert found.rank_correlation == pytest.approx(1.0)
    assert rank_correlation([1, 2, 3, 4], [4, 3, 2, 1]) == pytest.approx(-1.0)
    assert rank_correlation([3, 3], [1, 2]) == 1.0
    assert error([1.0, 1.0, 1.0, 1.0], [0.4, 0.5, 2.0, 2.5]).within_twice == 0.5
    # Ranks 1, 2.5, 2.5, 4 and 1, 3, 2, 4, whose mean is 2.5.
    assert rank_correlation([1, 2, 2, 4], [10, 30, 20, 40]) == pytest.approx(4.5 / (4.5 * 5) ** 0.5)


def test_what_cannot_be_fitted_is_refused() -> None:
    reached = Efficiency(1e-6, 0.5, 0.5)
    here, there = timed(products(1), reached), timed(products(2), reached)
    with pytest.raises(ValueError, match=r"fit\(held_out=\[\]\): give measurements"):
        fit(BARE, [here], [])
    with pytest.raises(ValueError, match="fitted to and held out"):
        fit(BARE, [here, there], [there])
    with pytest.raises(ValueError, match="several kinds, gemm, gemv"):
        fit(BARE, [here], [timed(Gemv(np.ones(3), 8), reached)])
    with pytest.raises(ValueError, match=r"fit\(calibration\): Gemm: times must be positive, not -"):
        fit(BARE, [here._replace(seconds=-here.seconds)], [there])
    with pytest.raises(ValueError, match=r"fit\(held_out\): Gemm: 5 times, but 40 sizes"):
        fit(BARE, [here], [there._replace(seconds=there.seconds[:5])])
    with pytest.raises(ValueError, match="groups of at least two"):
        fit_link(1, [1.0], [1.0])


# -- measured graphics processors ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", list(MEASURED_DEVICES))
def test_products_of_networks_not_fitted_to_are_within_twelve_percent(name: str) -> None:
    fitted = fitted_to_kernels(name)
    held_out = [measured for network, measured in kernels(name, "gemm").items() if network != FITTED]
    found = error_of(fitted, held_out)
    assert found == fitted.reaches("gemm").error
    assert found.measurements >= 150
    assert found.relative <= 0.12
    assert found.rank_correlation >= 0.99
    assert error_of(datasheet(name), held_out).relative > 2 * found.relative


@pytest.mark.parametrize("name", list(MEASURED_DEVICES))
def test_shipped_numbers_are_those_of_a_fit(name: str) -> None:
    fitted, shipped = fitted_to_kernels(name), device(name)
    for kind in ("gemm", "elementwise"):
        again, known = fitted.reaches(kind), shipped.reaches(kind)
        assert known[:3] == pytest.approx(again[:3], rel=1e-3)
        assert again.error is not None
        assert known.error == pytest.approx(again.error, abs=1e-4)


@pytest.mark.parametrize(("name", "link"), list(MEASURED_LINKS))
def test_shipped_links_are_those_of_a_fit(name: str, link: str) -> None:
    again, reached = fitted_link(*MEASURED_LINKS[name, link])
    assert device(name).links[link] == pytest.approx(again, rel=1e-3)
    assert reached.error is not None
    assert reached.error.relative < 0.15
    if link == "intra":
        assert device(name).reaches("all_reduce").error == pytest.approx(reached.error, abs=1e-4)


def test_devices_that_borrow_numbers_have_no_error_and_collectives_no_faster_link_outside() -> None:
    for name, like in (("a100-40g", "a100-80g"), ("h200", "h100")):
        mine, theirs = device(name), device(like)
        assert mine.reaches("gemm") == theirs.reaches("gemm")._replace(error=None)
        assert mine.links == theirs.links
        assert mine.links["inter"].latency >= mine.links["intra"].latency
    assert np.isfinite(estimate(Gemm(8, 8, 8), "h100").error).all()
    assert np.isnan(estimate(Gemm(8, 8, 8), "h200").error).all()


def test_the_node_that_is_left_out_does_not_fit() -> None:
    for members in ((2,), (4,), (8,), (2, 4, 8, 16)):
        reached = fitted_link("a100_dgx", members)[1]
        assert reached.error is not None
        assert reached.error.relative > 1.0


def test_what_was_not_measured_is_named() -> None:
    with pytest.raises(ValueError, match="measured were a100-80g, h100, a40"):
        kernels("h200", "gemm")
    with pytest.raises(ValueError, match="measured were elementwise, gemm"):
        kernels("h100", "softmax")
    with pytest.raises(ValueError, match="measured were a100_dgx"):
        all_reduces("h100_dgx", (3,))


def test_the_licence_of_the_measurements_ships_with_them() -> None:
    folder = Path(sys.modules["inlay.problems.hardware"].__file__ or "").parent / "measured"
    assert "Copyright (c) Microsoft Corporation" in (folder / "LICENSE").read_text()


# -- language models and published tables ----------------------------------------------------------------------------


def test_published_times_are_within_twenty_percent() -> None:
    assert len(PUBLISHED_TIMES) == 22
    found = published_error()
    assert found.relative <= 0.2
    assert found.rank_correlation > 0.98
    assert published_error((*PUBLISHED_TIMES, OVERHEAD)).relative <= 0.2
    bare = error([p.estimated(datasheet(p.device)) for p in PUBLISHED_TIMES], [p.published for p in PUBLISHED_TIMES])
    assert bare.relative > 2 * found.relative


def test_the_error_of_attention_that_ships_is_that_of_vllm_prompts() -> None:
    assert device("a100-80g").reaches("attention").error == pytest.approx(attention_error(), abs=1e-4)


@pytest.mark.parametrize(("name", "billions"), [("llama-7b", 6.74), ("llama-13b", 13.02), ("llama-3-8b", 8.03)])
def test_models_have_the_weights_that_are_published(name: str, billions: float) -> None:
    model = LANGUAGE_MODELS[name]
    assert model.parameters / 1e9 == pytest.approx(billions, abs=0.01)
    step = model_pass(name, "a100-80g", 1, 1)
    assert step.memory[0] == pytest.approx(2 * model.parameters, rel=1e-3)


def test_the_cache_takes_its_bytes_and_groups_take_their_part() -> None:
    short, long = (model_pass("llama-3-8b", "a100-80g", 1, n, batch=2).memory[0] for n in (1000, 3000))
    assert long - short == 2 * 2000 * 2 * 32 * 8 * 128 * 2  # batch, tokens, keys and values, layers, heads, fp16
    halves = model_pass("llama-3-8b", "a100-80g", 1, 1000, batch=2, members=np.array([1, 2]))
    assert halves.memory[1] == pytest.approx(halves.memory[0] / 2, rel=0.1)
    assert model_pass("llama-3-8b", "a100-80g", 1, np.array([1e3, 1e6])).feasible.tolist() == [True, False]


def test_a_pass_computes_by_hand_and_holds_its_largest_operands() -> None:
    """On a machine that only computes: layers for all tokens, the head for the last one of each sequence."""
    known = datasheet("a100-80g")
    fast = tuple(level._replace(bandwidth=1e30) for level in known.memory)
    step = model_pass("llama-7b", replace(known, tile=(1, 1), memory=fast), 100, 100, batch=3)
    rows, width, hidden = 3 * 100, 4096, 11008
    products = 2 * rows * (4 * width**2 + 3 * width * hidden)
    attention, elementwise = 4 * 3 * width * 100 * 50, 2 * 4 * rows * width + 5 * rows * hidden
    head = 2 * 3 * width * 32000
    assert step.seconds[0] * 312e12 == pytest.approx(32 * (products + attention + elementwise) + head, rel=1e-9)
    cache, gate = 2 * 2 * rows * width * 32, 2 * 3 * rows * hidden  # the gate reads two matrices and writes one
    assert step.memory[0] == 2 * LANGUAGE_MODELS["llama-7b"].parameters + cache + gate


def test_a_text_takes_its_prompt_and_each_of_its_steps() -> None:
    first = prefill_seconds("llama-7b", "h100", 100, batch=4)[0]
    steps = sum(float(decode_seconds("llama-7b", "h100", n, batch=4)[0]) for n in range(101, 106))
    assert generation_seconds("llama-7b", "h100", 100, 6, batch=4) == pytest.approx(first + steps)
    assert generation_seconds("llama-7b", "h100", 100, 1, batch=4) == first
    with pytest.raises(ValueError, match="no language model 'llama-2'"):
        language_model("llama-2")


# -- this machine ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", list(MACHINE_KERNELS))
def test_a_kernel_of_this_machine_does_the_work_that_its_operator_says(kind: str) -> None:
    rng = np.random.default_rng(3)
    drawn = [MACHINE_KERNELS[kind](rng) for _ in range(3)]
    assert {kernel.operator.kind for kernel in drawn} == {kind}
    for kernel in drawn:
        kernel.run()
    joined = together([kernel.operator for kernel in drawn])
    flops = np.broadcast_to(joined.work().flops, 3)
    assert flops.tolist() == [float(kernel.operator.work().flops) for kernel in drawn]
    again = MACHINE_KERNELS[kind](np.random.default_rng(3)).operator
    assert again == drawn[0].operator


def test_products_of_sparse_matrices_are_counted_exactly() -> None:
    kernel = MACHINE_KERNELS["spgemm"](np.random.default_rng(0))
    a, b = (kernel.run.__closure__[i].cell_contents for i in range(2))  # type: ignore[attr-defined]
    counted = int(((abs(a) > 0).astype(int) @ (abs(b) > 0).astype(int)).sum())
    assert kernel.operator.products == counted  # type: ignore[attr-defined]
    assert kernel.operator.result == (a @ b).nnz  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("durations", "at_most", "least"),
    [
        ([9e-3, 5e-3, 3e-3, 4e-3, 7e-3], 1.0, 3e-3),  # the first call is not counted, nor what others took
        ([1e-5], 1.0, 1e-5),  # shorter than the clock can tell: many calls a time
        ([1.0, 0.5, 0.2], 0.4, 0.5),  # the budget is spent after one
    ],
)
def test_times_are_the_least_of_the_threads_own_clock(
    durations: list[float], at_most: float, least: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock, left = [0.0], list(durations)

    def run() -> None:
        clock[0] += left.pop(0) if len(left) > 1 else left[0]

    monkeypatch.setattr("inlay.problems.hardware.machine.time.thread_time", lambda: clock[0])
    assert least_seconds(run, at_most, repeats=4) == pytest.approx(least)


def test_the_edge_of_the_cache_is_where_copying_slows(monkeypatch: pytest.MonkeyPatch) -> None:
    def speed(size: float, seconds: float) -> float:
        return 1e11 if size < 9e6 else 6e10 if size < 20e6 else 2.5e10

    monkeypatch.setattr("inlay.problems.hardware.machine.copy_bandwidth", speed)
    cache, edge, dram = bare_machine(0.1).memory
    assert (cache.capacity, edge.capacity) == pytest.approx((8e6, 16e6))
    assert (cache.bandwidth, edge.bandwidth, dram.bandwidth) == pytest.approx((1e11, 5e10, 2.5e10))


def test_a_machine_is_fitted_to_what_it_takes(monkeypatch: pytest.MonkeyPatch) -> None:
    # A machine whose clock is a model: the fit must find the model again, for every kind.
    made = {kind: Efficiency(2e-5, 0.3 / (i + 1), 0.4) for i, kind in enumerate(MACHINE_KERNELS)}
    bare = replace(device("xeon-8480"), efficiency={})
    true = bare.with_efficiency(**made)
    rounds = itertools.count()

    def clocked(make: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def draw(rng: Any) -> Any:
            operator = make(rng).operator
            return Kernel(operator, lambda: float(np.max(operator_cost(operator, true).seconds)))

        return draw

    def clock(run: Any, share: float) -> float:
        return run() * (1.0 if next(rounds) % 3 else 5.0)  # now and then others disturb, never in all rounds

    monkeypatch.setattr(
        "inlay.problems.hardware.machine.MACHINE_KERNELS",
        {kind: clocked(MACHINE_KERNELS[kind]) for kind in ("gemv", "elementwise", "gather")},
    )
    monkeypatch.setattr("inlay.problems.hardware.machine.least_seconds", clock)
    seen: list[tuple[str, int, int]] = []
    found = calibrated_machine(bare, 0, 1.0, lambda *each: seen.append(each))
    for kind in ("gemv", "elementwise", "gather"):
        reached = found.reaches(kind)
        assert reached.start == pytest.approx(2e-5, rel=0.02)
        assert reached.error is not None
        assert reached.error.relative < 0.02
        assert reached.error.measurements == 5
    assert seen == [("gemv", 1, 3), ("elementwise", 2, 3), ("gather", 3, 3)]


def test_measuring_without_its_libraries_names_the_extra() -> None:
    code = (
        "import sys; sys.modules['threadpoolctl'] = None\n"
        "from inlay.problems.hardware.machine import one_thread\n"
        "try: one_thread()\n"
        "except ImportError as error: print(type(error).__name__, error)"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert "MissingExtra" in told
    assert "pip install 'inlay[sklearn]'" in told
    with pytest.raises(ValueError, match=r"seconds=0\): give it a positive number"):
        measure_machine(seconds=0)
    with one_thread():
        pass


def test_the_command_prints_what_it_measured_and_writes_a_file_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, fewer in {"FITTED": 6, "ROUNDS": 1, "LARGE": 64e6}.items():
        monkeypatch.setattr(f"inlay.problems.hardware.machine.{name}", fewer)
    path = tmp_path / "here.json"
    told = CliRunner().invoke(app, ["calibrate", "--seconds", "1", "--output", str(path)])
    assert told.exit_code == 0
    here = load_device(path)
    assert set(here.efficiency) == set(MACHINE_KERNELS)
    assert all(kind in told.output for kind in here.efficiency)
    assert here.memory[0].name == "cache"
    assert here.memory[-1].name == "dram"
    assert {"fp32", "fp64"} == set(here.peak)
    assert all(reached.error is not None and reached.error.measurements == 5 for reached in here.efficiency.values())
    assert np.isfinite(estimate(Gemm(64, 64, 64, dtype="fp32"), here).error).all()
    refused = CliRunner().invoke(app, ["calibrate", "--output", str(tmp_path / "nowhere" / "x.json")])
    assert refused.exit_code == 1
    assert "there is no folder" in refused.output


# -- files -----------------------------------------------------------------------------------------------------------


def test_a_file_gives_the_device_back(tmp_path: Path) -> None:
    for name in ("a100-80g", "neupims", "xeon-8480"):
        save_device(device(name), tmp_path / "device.json")
        read = load_device(tmp_path / "device.json")
        assert read == device(name)
        assert read.reaches("gemm").error == device(name).reaches("gemm").error
        dtype = next(iter(read.peak))
        assert estimate(Gemm(9, 9, 9, dtype=dtype), read).time == estimate(Gemm(9, 9, 9, dtype=dtype), name).time


def changed(tmp_path: Path, change: Callable[[dict[str, Any]], Any]) -> Path:
    path = tmp_path / "device.json"
    save_device(device("h100"), path)
    content = json.loads(path.read_text())
    change(content)
    path.write_text(json.dumps(content))
    return path


@pytest.mark.parametrize("field", list(fingerprint()))
def test_a_file_of_another_machine_is_refused_by_the_field_that_differs(field: str, tmp_path: Path) -> None:
    path = changed(tmp_path, lambda content: content["machine"].update({field: "other"}))
    with pytest.raises(BadDeviceFile, match=rf"device\.json: machine\.{field}: .*'other'.*this machine has"):
        load_device(path)
    assert load_device(path, anywhere=True) == device("h100")


def test_a_file_of_another_version_or_none_at_all_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BadDeviceFile, match="version: the file has 99, this Inlay reads 1"):
        load_device(changed(tmp_path, lambda content: content.update(version=99)), anywhere=True)
    with pytest.raises(BadDeviceFile, match='its "format" is not'):
        load_device(changed(tmp_path, lambda content: content.update(format="x")))
    with pytest.raises(BadDeviceFile, match="device: KeyError"):
        load_device(changed(tmp_path, lambda content: content["device"].pop("memory")))
    with pytest.raises(ValueError, match="it must be positive"):
        load_device(changed(tmp_path, lambda content: content["device"]["peak"].update(fp16=-1)))
    (tmp_path / "no.json").write_text("{")
    with pytest.raises(BadDeviceFile, match="is no JSON"):
        load_device(tmp_path / "no.json")
    with pytest.raises(FileNotFoundError):
        load_device(tmp_path / "nowhere.json")
