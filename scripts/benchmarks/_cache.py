"""Brings what a benchmark compares against: packages in folders of their own, kept from run to run.

Nothing of it touches the project's own environment. A folder is named for its packages, and counts only once
its installation has ended: a broken one is made anew.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
import venv
from collections.abc import Callable, Sequence
from pathlib import Path

from graph.errors import ConfigurationError

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / ".cache" / "bench"
INSTALL_SECONDS_MAX = 600  # a registry that has not answered by then will not


def python_with(*packages: str) -> Path:
    """A Python interpreter beside which these packages, with their versions, are installed from PyPI."""

    def install(folder: Path) -> None:
        venv.create(folder, with_pip=True, clear=True)
        quiet = ("--quiet", "--disable-pip-version-check", "--no-input")
        _run([str(folder / "bin" / "python"), "-m", "pip", "install", *quiet, *packages], folder)

    return _kept("python", packages, install) / "bin" / "python"


def node_modules_with(*packages: str) -> Path:
    """A folder whose `node_modules` holds these npm packages; give their versions. Needs npm."""
    npm = shutil.which("npm")
    if npm is None:
        raise ConfigurationError("this benchmark", ["npm is not on the path: install Node.js"])

    def install(folder: Path) -> None:
        folder.mkdir(parents=True)
        quiet = ("--no-audit", "--no-fund", "--loglevel=error", "--prefix", str(folder))
        _run([npm, "install", *quiet, *packages], folder)

    return _kept("node", packages, install)


def _kept(kind: str, packages: Sequence[str], install: Callable[[Path], None]) -> Path:
    """The folder of these packages, installed now unless that was done before."""
    words = "\n".join([*sorted(packages), sys.version])
    folder = FOLDER / f"{kind}-{hashlib.sha256(words.encode()).hexdigest()[:16]}"
    complete = folder / ".complete"
    if not complete.exists():
        shutil.rmtree(folder, ignore_errors=True)
        install(folder)
        complete.write_text(words, encoding="utf-8")
    return folder


def _run(command: list[str], folder: Path) -> None:
    try:
        subprocess.run(  # noqa: S603 - the command is a constant of a benchmark, never input
            command, check=True, cwd=folder, capture_output=True, text=True, timeout=INSTALL_SECONDS_MAX
        )
    except subprocess.CalledProcessError as fault:
        raise ConfigurationError(" ".join(command[:4]), [fault.stderr.strip()[-2000:]]) from fault
