import tomllib
from pathlib import Path

from setuptools import find_packages, setup

# Every subpackage must be named, or the wheel lacks it without a word: all are found in the mapped folders.
folders = tomllib.loads(Path(__file__).with_name("pyproject.toml").read_text())["tool"]["setuptools"]["package-dir"]
found = [f"{package}.{name}" for package, folder in folders.items() for name in find_packages(folder)]
setup(packages=[*folders, *found])
