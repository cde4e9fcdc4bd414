"""A probe's small box loads neither the hub's engines nor Arrow."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import edge_probe
from tests.edge_probe.fakes import UNIT

HEAVY = [
    "strawberry",
    "starlette",
    "duckdb",
    "sqlmodel",
    "sqlalchemy",
    "pyarrow",
    "numpy",
    "uvicorn",
]
LOADER = """
import importlib, pkgutil, sys
import edge_probe
from tests.edge_probe.fakes import UNIT
names = [m.name for m in pkgutil.walk_packages(edge_probe.__path__, "edge_probe.")]
for name in names:
    importlib.import_module(name)
print(len(names), *sorted(set(sys.argv[1:]) & set(sys.modules)))
"""


def test_importing_every_module_of_the_probe_loads_nothing_heavy() -> None:
    command = [sys.executable, "-c", LOADER, *HEAVY]
    root = Path(edge_probe.__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True, timeout=60)
    count, *heavy = done.stdout.split()
    assert int(count) >= 20
    assert heavy == []


COMMAND_LINE = ["typer", "click", "rich", "pydantic", "pygments"]


def test_the_process_that_stays_loads_nothing_of_the_command_line() -> None:
    told = "import sys, edge_probe.running; print(*set(sys.argv[1:]) & set(sys.modules))"
    shut = "sys.modules['httpx._main'] = None"  # as edge_probe/stays.py does
    command = [sys.executable, "-c", f"import sys; {shut}; {told}", *COMMAND_LINE]
    root = Path(edge_probe.__file__).parents[1]
    done = subprocess.run(command, capture_output=True, text=True, cwd=root, check=True, timeout=60)
    assert done.stdout.split() == []


# Lets in nothing but the standard library, the project, and what the extra `edge` brings by its lock.
ALONE = """
import importlib, pkgutil, sys
from importlib.metadata import packages_distributions
allowed = set(sys.argv[1].split(","))
strangers = {
    name for name, owners in packages_distributions().items()
    if not any(owner.lower().replace("_", "-") in allowed for owner in owners)
}
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in strangers:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
import edge_probe
from tests.edge_probe.fakes import UNIT
names = {module.name for module in pkgutil.walk_packages(edge_probe.__path__, "edge_probe.")}
# What the extras opcua and mqtt are for, loaded with a meter of theirs.
speakers = {"edge_probe.opcua_session", "edge_probe.mqtt_line"}
assert speakers < names and {"asyncua", "paho"} < strangers
for name in names - speakers:
    importlib.import_module(name)
from hub.cli import main
assert "duckdb" in strangers and "prometheus_client" in strangers
main(["probe", *sys.argv[2:]])
"""


def _alone(*words: str) -> subprocess.CompletedProcess[str]:
    root = Path(edge_probe.__file__).parents[1]
    lock = (root / "scripts/requirements/edge.txt").read_text("utf-8")
    allowed = ",".join(re.findall(r"^([a-z0-9_.-]+)==", lock, re.MULTILINE))
    command = [sys.executable, "-c", ALONE, allowed, *words]
    return subprocess.run(command, capture_output=True, text=True, cwd=root, check=False, timeout=60)


def test_the_probe_runs_with_what_its_extra_brings_and_nothing_of_the_hub(tmp_path: Path) -> None:
    done = _alone("maps")
    assert (done.returncode, "eastron_sdm630" in done.stdout) == (0, True), done.stderr
    enrolled = _alone(
        "enrol", "https://hub.example", "--unit", UNIT, "--config", str(tmp_path / "probe.toml")
    )
    assert (enrolled.returncode, (tmp_path / "probe.credential").exists()) == (0, True), enrolled.stderr
