"""A probe's small box loads neither the hub's engines nor Arrow."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import edge_probe

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
