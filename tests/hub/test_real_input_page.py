"""docs/real-input.md, run from top to bottom as a reader would: every command, and every output it shows."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.needs import need_shared_data

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "real-input.md"
_BLOCK = re.compile(r"^```(console|text|json)\n(.*?)^```$", re.MULTILINE | re.DOTALL)


@dataclass(frozen=True)
class Step:
    """Commands, and what the page says the last of them prints; None where it shows nothing."""

    commands: str
    kind: str | None
    shown: str | None


def steps(page: str) -> list[Step]:
    """The page's commands in order, each with the output block that follows it, if one does."""
    blocks = list(_BLOCK.finditer(page))
    found = []
    for place, block in enumerate(blocks):
        if block[1] == "console":
            after = blocks[place + 1] if place + 1 < len(blocks) else None
            shows = (
                after is not None
                and after[1] != "console"
                and "toml" not in page[block.end() : after.start()]
            )
            found.append(
                Step(block[2], after[1] if shows and after else None, after[2] if shows and after else None)
            )
    return found


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder as the page wants it: the documents, the data file, and a command called nengshu."""
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    shutil.copy(need_shared_data() / "steel_plant_15min.csv", tmp_path)
    program = tmp_path / ".venv" / "bin" / "nengshu"
    program.parent.mkdir(parents=True)
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m hub.cli "$@"\n')
    program.chmod(0o755)
    return tmp_path


@pytest.mark.slow
def test_every_command_of_the_page_prints_what_the_page_shows(folder: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "120"}
    setting = ""
    compared = 0
    for step in steps(PAGE.read_text(encoding="utf-8")):
        done = subprocess.run(
            ["bash", "-euc", setting + step.commands],
            cwd=folder, env=environment, capture_output=True, text=True, timeout=120, check=False,
        )  # fmt: skip
        assert done.returncode == 0, f"{step.commands}\n{done.stderr}"
        setting += "".join(line + "\n" for line in step.commands.splitlines() if line.startswith("export "))
        if step.shown is not None:
            assert told(step.kind, done.stdout) == told(step.kind, step.shown), step.commands
            compared += 1
    assert compared >= 5


def told(kind: str | None, text: str) -> object:
    """An output without what a terminal's width changes."""
    return json.loads(text) if kind == "json" else text.split()


def test_a_page_without_output_blocks_would_not_pass_unnoticed() -> None:
    page = "```console\nls\n```\n\n```console\npwd\n```\n\n```text\n/\n```\n"
    assert steps(page) == [Step("ls\n", None, None), Step("pwd\n", "text", "/\n")]
