"""docs/links.md, run in one shell as a reader would: the nation pulls, the province pushes, and nothing counts twice."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hub.test_access_pages import ROOT, blocks, free_port

PAGE, PORTS = "links.md", ("8425", "8426")
SERVES = " &\n"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def script() -> str:
    """The page's commands; its hubs listen on free ports and are waited for."""
    lines = ["set -eu", "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT"]
    for block in blocks(PAGE, "console"):
        port = next((port for port in PORTS if f"--port {port} &" in block), None)
        wait = f"until curl -fs http://127.0.0.1:{port}/healthz > /dev/null; do sleep 0.2; done\n"
        lines.append(block if port is None else block.replace(SERVES, f"{SERVES}{wait}"))
    said = "\n".join(lines)
    for port in PORTS:
        said = said.replace(port, str(free_port()))
    return said


def environment(folder: Path) -> dict[str, str]:
    """Nothing of this machine's hub, and no proxy."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("NENGSHU_")}
    path = f"{folder / 'bin'}:{os.environ['PATH']}"
    return kept | {"PATH": path, "PYTHONPATH": str(ROOT), "COLUMNS": "160", "NO_PROXY": "*", "no_proxy": "*"}


def test_every_command_of_the_page_does_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    program = tmp_path / "bin" / "nengshu"
    program.parent.mkdir()
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hub.cli "$@"\n')
    program.chmod(0o755)
    done = subprocess.run(
        ["bash", "-c", script()],
        cwd=tmp_path, env=environment(tmp_path), capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    said = "".join(done.stdout.split())
    assert '{"source":"link:hub-geng","rows":3,"accepted":3,"duplicate":0}' in said
    assert '{"source":"geng-hub","rows":3,"accepted":0,"duplicate":3}' in said
    assert '"name":"虚构钢铁厂"' in said
    assert said.count("succeeded") == 2
