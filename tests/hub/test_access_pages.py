"""docs/batches.md and the pages that go on from it, run in one shell as a reader would, each command as it stands there."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
# In the order of a reader: the first makes the hub, the last asks what all of them did.
PAGES = {
    "batches.md": "console",
    "exports.md": "console",
    "polling.md": "console",
    "decisions.md": "console",
    "documents.md": "bash",
    "access.md": "console",
}
PORT = "8424"  # which the pages name
SERVE = "nengshu serve &\n"
WAIT = f"until curl -fs http://127.0.0.1:{PORT}/healthz > /dev/null; do sleep 0.2; done\n"
REFUSED = re.compile(r'"status":[45][0-9][0-9]|"errors":')

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def blocks(page: str, language: str) -> Iterator[str]:
    """The commands of a page."""
    text = (ROOT / "docs" / page).read_text(encoding="utf-8")
    yield from re.findall(rf"^```{language}\n(.*?)^```$", text, re.MULTILINE | re.DOTALL)


def script(port: int) -> str:
    """All commands in one, each block announced; the hub listens on a free port, and is waited for."""
    lines = ["set -eu", "trap 'kill $(jobs -p)' EXIT"]
    for page, language in PAGES.items():
        for number, block in enumerate(blocks(page, language)):
            said = block.replace(SERVE, f"{SERVE}{WAIT}")
            lines.append(f"echo '== {page} {number}'\n{said}\necho")
    return "\n".join(lines).replace(PORT, str(port))


def free_port() -> int:
    """One that nobody listens on."""
    with socket.socket() as tried:
        tried.bind(("127.0.0.1", 0))
        port: int = tried.getsockname()[1]
    return port


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the pages want it: the documents, and commands called nengshu and python."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "bin").mkdir()
    for name, arguments in (("nengshu", "-m hub.cli "), ("python", "")):
        program = tmp_path / "bin" / name
        program.write_text(f'#!/bin/sh\nexec "{sys.executable}" {arguments}"$@"\n')
        program.chmod(0o755)
    return tmp_path


def run(folder: Path, port: int) -> str:
    """What all of it prints."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("NENGSHU_")}
    environment |= {
        "PATH": f"{folder / 'bin'}:{os.environ['PATH']}",
        "PYTHONPATH": str(ROOT),
        "NENGSHU_PORT": str(port),
        "COLUMNS": "160",
        "NO_PROXY": "*",
        "no_proxy": "*",
    }
    done = subprocess.run(
        ["bash", "-c", script(port)],
        cwd=folder, env=environment, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, f"{done.stdout[-3000:]}\n{done.stderr[-3000:]}"
    return done.stdout


def test_every_command_of_the_pages_does_what_they_say(folder: Path) -> None:
    port = free_port()
    said = run(folder, port)
    assert REFUSED.findall(said) == ['"errors":']  # who has not the role audit asks for the audit
    assert "client geng has no role 'audit'" in said
    assert said.count('"action": "DENIED"') == 1
    assert '"accepted":2,' in said
    assert "2 known, refused (Rejected(row=3, code='unknown-code'" in said
    assert re.search(r"\d bytes of Arrow up to batch \d+, more: False", said)
    assert '"after": "THOUSAND"' in said
    assert {path.name for path in folder.iterdir()} > {
        "readings.parquet", "balance.xlsx", "persons.csv", "answer.json", "audit-of-geng.ndjson",
    }  # fmt: skip
    told = (folder / "audit-of-geng.ndjson").read_text(encoding="utf-8")
    assert [action for action in ("token", "export") if f'"action":"{action}"' not in told] == []
    secrets = [file.stat().st_mode & 0o077 for file in folder.glob("*.credential")]
    assert len(secrets) >= 5
    assert not any(secrets)


def test_a_page_without_commands_would_not_pass_unnoticed() -> None:
    assert [page for page, language in PAGES.items() if not list(blocks(page, language))] == []
    assert SERVE in "".join(blocks("batches.md", "console"))
