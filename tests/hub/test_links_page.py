"""Both ways, as docs/links.md tells, run as a reader would: the nation pulls, the province pushes, nothing counts twice."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.hub.test_access_pages import ROOT, free_port

SECTION, PORTS = "## Both ways", ("8425", "8426")
SERVES = " &\n"

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def commands() -> list[str]:
    """The commands of the page's section."""
    _, _, section = (ROOT / "docs" / "links.md").read_text(encoding="utf-8").partition(f"\n{SECTION}\n")
    section = section.partition("\n## ")[0]
    return re.findall(r"^```console\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)


def script() -> str:
    """The section's commands; its hubs listen on free ports and are waited for."""
    lines = ["set -eu", "trap 'kill $(jobs -p) 2> /dev/null || true' EXIT"]
    for block in commands():
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


def test_the_section_has_commands_that_serve_both_hubs() -> None:
    assert [port for port in PORTS if f"--port {port} &" not in "".join(commands())] == []


def test_every_command_of_the_section_does_what_it_says(tmp_path: Path) -> None:
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
