"""The locks pin every package by its bytes, name no registry, and hold what pyproject asks for."""

from __future__ import annotations

import re
import tomllib
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

from tests.house.tree import ROOT

FOLDER = ROOT / "scripts" / "requirements"
LOCKS = ("run", "dev", "edge", "opcua", "mqtt", "shared")
EXTRAS = {
    "run": ("hub", "edge"),
    "dev": ("hub", "edge", "opcua", "mqtt"),
    "edge": ("edge",),
    "opcua": ("opcua",),
    "mqtt": ("mqtt",),
    "shared": ("shared",),
}
HASH = re.compile(r"--hash=sha256:[0-9a-f]{64}\b")


def entries(text: str) -> list[str]:
    """The requirements of a lock, each with its hashes on one line."""
    lines = re.sub(r"\\\n\s*", "", text).splitlines()
    return [line for line in lines if line.strip() and not line.lstrip().startswith("#")]


def pins(lock: str) -> dict[str, set[Version]]:
    """The versions a lock pins for each package; more than one where Python's version decides."""
    found: dict[str, set[Version]] = {}
    for entry in entries((FOLDER / f"{lock}.txt").read_text(encoding="utf-8")):
        requirement = Requirement(entry.split(" --hash", 1)[0])
        (pin,) = requirement.specifier
        assert pin.operator == "=="
        found.setdefault(canonicalize_name(requirement.name), set()).add(Version(pin.version))
    return found


def faults(text: str) -> list[str]:
    """Entries of a lock without hashes, and lines that name a registry or an address."""
    unhashed = [entry for entry in entries(text) if not HASH.search(entry)]
    addressed = [line for line in text.splitlines() if "://" in line or "index-url" in line or " @ " in line]
    return unhashed + addressed


def wanted(lock: str) -> list[Requirement]:
    """What pyproject asks for in a lock, the project's own extras followed."""
    project: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    extras = project["project"]["optional-dependencies"]
    asked = [*project["project"]["dependencies"], *(row for extra in EXTRAS[lock] for row in extras[extra])]
    if lock == "dev":
        asked += project["dependency-groups"]["dev"]
    requirements = [Requirement(row) for row in asked]
    own = [r for r in requirements if r.name == project["project"]["name"]]
    asked_through = [Requirement(row) for r in own for extra in r.extras for row in extras[extra]]
    return [r for r in requirements if r not in own] + asked_through


def test_the_locks_are_all_there() -> None:
    assert {file.stem for file in FOLDER.glob("*.txt")} == set(LOCKS)


@pytest.mark.parametrize("lock", LOCKS)
def test_every_requirement_is_locked_by_hash_and_names_no_address(lock: str) -> None:
    text = (FOLDER / f"{lock}.txt").read_text(encoding="utf-8")
    assert entries(text)
    assert faults(text) == []


def test_a_requirement_without_hash_or_with_an_address_is_seen() -> None:
    hashed = "httpx==0.28.1 \\\n    --hash=sha256:" + "0" * 64 + "\n"
    assert faults(hashed) == []
    assert faults(hashed + "rich==15.0.0\n") == ["rich==15.0.0"]
    assert faults("--index-url https://example.org/simple\n" + hashed)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_lock_holds_what_pyproject_asks_for(lock: str) -> None:
    pinned = pins(lock)
    unmet = [
        str(requirement)
        for requirement in wanted(lock)
        if not any(
            requirement.specifier.contains(v) for v in pinned.get(canonicalize_name(requirement.name), ())
        )
    ]
    assert unmet == []


@pytest.mark.parametrize("lock", ["dev", "edge", "opcua", "mqtt", "shared"])
def test_the_locks_agree_on_every_version(lock: str) -> None:
    run, other = pins("run"), pins(lock)
    assert {
        name: (run[name], other[name]) for name in run.keys() & other.keys() if run[name] != other[name]
    } == {}


def test_whoever_can_test_can_run() -> None:
    assert pins("run").keys() <= pins("dev").keys()
