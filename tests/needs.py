"""What a test needs of the machine: skipped with the reason where it is missing, failed where CI promised it."""

from __future__ import annotations

import os
import shutil
import subprocess
from importlib.util import find_spec
from pathlib import Path
from typing import NoReturn

import pytest

ROOT = Path(__file__).resolve().parents[1]
PROMISED = "NENGSHU_CI"  # set to 1 where everything a test needs must be there
SHARED_DATA = "NENGSHU_SHARED_DATA"  # the folder of real input, if it is not ../shared/data
BROWSER = "NENGSHU_CHROMIUM"  # the browser's program, if it is not on the path
NODE = "NENGSHU_NODE"  # the program that runs what others wrote to check us, if it is not on the path
MARIADB = "NENGSHU_MARIADB"  # the server's program, if it is not where Debian has it
MOSQUITTO = "NENGSHU_MOSQUITTO"  # the broker's program, if it is not where Debian has it
COMPILER = "NENGSHU_CC"  # the C compiler, if it is not cc
CONFORMANCE = ROOT / "tests" / "conformance"
_BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def need_shared_data() -> Path:
    """The folder of real input, which is not copied into the project."""
    folder = Path(os.environ.get(SHARED_DATA) or ROOT.parent / "shared" / "data")
    if not folder.is_dir():
        _missing(f"no real input in {folder}; set {SHARED_DATA} to its folder")
    return folder


def need_browser() -> Path:
    """The program of a Chromium."""
    named = os.environ.get(BROWSER)
    found = shutil.which(named) if named else next(filter(None, map(shutil.which, _BROWSERS)), None)
    if not found:
        _missing(f"no Chromium on this machine; install one or set {BROWSER}")
    return Path(found)


def need_node() -> Path:
    """The program of Node.js, with the packages of tests/conformance."""
    found = shutil.which(os.environ.get(NODE) or "node")
    if not found:
        _missing(f"no Node.js on this machine; install one or set {NODE}")
    if not (CONFORMANCE / "node_modules" / ".package-lock.json").is_file():
        _missing(f"the packages of tests/conformance are not installed; run npm ci there ({NODE} needs them)")
    return Path(found)


def need_mariadb() -> Path:
    """The program of a MariaDB server, with the one that lays out its folder."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    found = shutil.which(os.environ.get(MARIADB) or "mariadbd", path=path)
    if not found or not shutil.which("mariadb-install-db", path=path):
        _missing(f"no MariaDB server on this machine; install one (Debian: mariadb-server) or set {MARIADB}")
    return Path(found)


def need_mosquitto() -> Path:
    """The program of an MQTT broker that others wrote."""
    path = f"{os.environ.get('PATH', '')}:/usr/sbin"
    found = shutil.which(os.environ.get(MOSQUITTO) or "mosquitto", path=path)
    if not found:
        _missing(f"no mosquitto on this machine; install one (Debian: mosquitto) or set {MOSQUITTO}")
    return Path(found)


def need_libmodbus() -> tuple[Path, tuple[str, ...]]:
    """A C compiler, and what it is told to link with libmodbus."""
    found, asks = shutil.which(os.environ.get(COMPILER) or "cc"), shutil.which("pkg-config")
    if not found or not asks:
        _missing(
            f"no C compiler with pkg-config; install them (Debian: gcc, libc6-dev, pkg-config) or set {COMPILER}"
        )
    words = [asks, "--cflags", "--libs", "libmodbus"]
    told = subprocess.run(words, capture_output=True, text=True, timeout=10, check=False)
    if told.returncode:
        _missing("no libmodbus to link with; install it (Debian: libmodbus-dev)")
    return Path(found), tuple(told.stdout.split())


def need_systemd() -> str:
    """The program by which systemd looks through a service file."""
    found = shutil.which("systemd-analyze")
    if not found:
        _missing("no systemd-analyze on this machine (Debian: systemd)")
    return found


def need_encryption() -> None:
    """The extension DuckDB writes encrypted files with."""
    if find_spec("duckdb_extension_httpfs") is None:
        _missing("no duckdb-extension-httpfs; install the extra 'encryption'")


def _missing(reason: str) -> NoReturn:
    if os.environ.get(PROMISED) == "1":
        pytest.fail(f"{PROMISED}=1, but {reason}", pytrace=False)
    pytest.skip(reason)
