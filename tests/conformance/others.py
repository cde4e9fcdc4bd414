"""Runs a script of this folder with Node.js, against a hub that really runs where it asks one."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.hub.invented_hub import JIA, fill
from tests.hub.members import token_at
from tests.hub.served_hub import served
from tests.needs import CONFORMANCE, need_node

PATIENCE_S = 60.0


def said_by(script: str, *arguments: str, **environment: str) -> Any:
    """What a script prints, which is one JSON."""
    done = subprocess.run(
        [need_node(), script, *arguments],
        cwd=CONFORMANCE, env={**os.environ, **environment}, capture_output=True, text=True,
        timeout=PATIENCE_S, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@dataclass(frozen=True)
class Served:
    """Where a hub answers questions, and a token that may read and nothing else."""

    address: str
    token: str


@contextmanager
def hub_in(data: Path, **settings: str) -> Iterator[Served]:
    """A hub over the units of one invented province, as a process of its own."""
    need_node()  # before anything is started
    fill(data, JIA)
    with served(data, settings) as (_, port):
        base = f"http://127.0.0.1:{port}"
        yield Served(f"{base}/graphql", token_at(data, base, "asker"))
