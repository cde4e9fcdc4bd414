"""Runs a script of this folder with Node.js."""

from __future__ import annotations

import json
import os
import subprocess
from typing import Any

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
