"""The arrows between the packages hold, and every contract that keeps them can fail."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from importlinter import api
from importlinter.application import use_cases

from tests.house.tree import PRODUCT, ROOT

_LINT = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"


def contracts() -> list[dict[str, Any]]:
    """The contracts of pyproject."""
    return list(api.read_configuration(str(ROOT / "pyproject.toml"))["contracts_options"])


def wrong_import(contract: dict[str, Any]) -> tuple[str, str]:
    """A module and what it must not import by this contract."""
    if contract["type"] == "forbidden":
        return contract["source_modules"][0], contract["forbidden_modules"][0]
    lowest, highest = contract["layers"][-1], contract["layers"][0]
    prefix = f"{contract['containers'][0]}." if "containers" in contract else ""
    return f"{prefix}{lowest}", f"{prefix}{highest}"


def plant(copy: Path, module: str, imported: str) -> None:
    """Write one wrong import into a module of the copy."""
    path = copy.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    file.write_text(file.read_text(encoding="utf-8") + f"\nimport {imported}\n", encoding="utf-8")


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """A copy of the packages, to be spoilt."""
    for package in PRODUCT:
        shutil.copytree(ROOT / package, tmp_path / package, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def judged_in(copy: Path) -> dict[str, str]:
    """Each contract with KEPT or BROKEN, found by a process that imports from the copy alone."""
    done = subprocess.run(
        [sys.executable, "-c", _LINT],
        cwd=copy,
        env={**os.environ, "PYTHONPATH": str(copy), "COLUMNS": "400"},
        capture_output=True,
        text=True,
        check=False,
    )
    found = dict(re.findall(r"^(.+) (KEPT|BROKEN)(?: \(\d+ ignored imports\))?$", done.stdout, re.MULTILINE))
    assert found, done.stdout + done.stderr
    return found


def test_every_arrow_points_where_the_contracts_say() -> None:
    assert contracts()
    assert use_cases.lint_imports(str(ROOT / "pyproject.toml"), cache_dir=None, no_logo=True)


def test_every_contract_notices_a_wrong_import(copy: Path) -> None:
    names = [contract["name"] for contract in contracts()]
    assert judged_in(copy) == dict.fromkeys(names, "KEPT")
    for contract in contracts():
        plant(copy, *wrong_import(contract))
    assert judged_in(copy) == dict.fromkeys(names, "BROKEN")


def test_every_product_package_is_under_contract() -> None:
    configuration = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    assert set(configuration["tool"]["importlinter"]["root_packages"]) == set(PRODUCT)
    assert set(configuration["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]) == set(PRODUCT)
