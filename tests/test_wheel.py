"""The wheel holds every file of the mapped folders, and type checkers see every one of them."""

import shutil
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[1]
FOLDERS = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-dir"]


def sources() -> list[Path]:
    """Return the files that git tracks or would track, relative to the root."""
    listing = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return sorted({Path(name) for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()})


def shipped() -> set[str]:
    """Return the names that the files of the mapped folders should have in the wheel."""
    packages = {folder: package.replace(".", "/") for package, folder in FOLDERS.items()}
    return {
        "/".join((packages[path.parts[0]], *path.parts[1:]))
        for path in sources()
        if path.parts[0] in packages and path.suffix != ".md"
    }


def test_wheel_holds_every_source_file(tmp_path: Path) -> None:
    # The build runs on a copy, so that it leaves nothing in the checkout and finds nothing there.
    tree = tmp_path / "tree"
    for path in sources():
        (tree / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tree / path)
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation"]
    subprocess.run([*build, "--outdir", str(tmp_path), str(tree)], check=True)
    (wheel,) = tmp_path.glob("*.whl")
    held = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    assert held == shipped()
    assert "inlay/py.typed" in held


def test_type_checkers_see_every_folder_and_file() -> None:
    folders = {folder for folder in FOLDERS.values() if folder != "inlay"}
    files = {path.name for path in (ROOT / "inlay").iterdir() if path.suffix == ".py" or path.name == "py.typed"}
    expected = {**{name: f"../../{name}" for name in folders}, **{name: f"../../inlay/{name}" for name in files}}
    links = {link.name: str(link.readlink()) for link in (ROOT / ".typing" / "inlay").iterdir()}
    assert expected.items() <= links.items(), "add the missing link: cd .typing/inlay && ln -s ../../inlay/FILE ."
