"""The page of links keeps its word: its commands are run as they stand there, and its question is answered."""

from __future__ import annotations

import asyncio
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from graph.model.principal import NATION, OrganisationKind, Principal, Role
from hub.endpoints.answers import context_of
from hub.settings import Settings
from hub.wiring import open_hub
from tests.hub.cli.terminal import ROOT, Terminal

PAGE = (ROOT / "docs/links.md").read_text(encoding="utf-8")
SECTIONS = ("Add a link", "Try a link", "Drift, quarantine and replay")
CSV = "企业,日期,用电量,热力\n91970000MA0000001K,2026-10-04,1,2\n"
ENDS = {
    "nengshu try": 3,
    "nengshu replay files-geng": 3,
}  # rows of nobody's unit: some of it would not be booked


def blocks(section: str, language: str) -> list[str]:
    """The fenced blocks of a section."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def commands(section: str) -> list[str]:
    """Its commands, but the one that asks."""
    lines = "".join(blocks(section, "console")).splitlines()
    return [line for line in lines if line != "nengshu link add"]


@pytest.fixture
def data(nengshu: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where somebody who follows the page stands: the examples, a folder of files, the invented provinces."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NENGSHU_DATA_DIR", str(tmp_path / "data"))
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "drop").mkdir()
    (tmp_path / "drop" / "1.csv").write_text(CSV, encoding="utf-8")
    assert nengshu("registry", "load", "docs/examples/links.toml").code == 0
    return tmp_path / "data"


def expected(line: str) -> int:
    """How a command of the page ends here."""
    if "--dry-run" in line or "--give-up" in line:
        return 0
    return next((code for begin, code in ENDS.items() if line.startswith(begin)), 0)


def test_the_commands_of_the_page_do_what_it_says(nengshu: Terminal, data: Path) -> None:
    said = {}
    for section in SECTIONS:
        assert commands(section)
        for line in commands(section):
            name, *words = shlex.split(line)
            assert name == "nengshu"
            said[line] = nengshu(*words)
            assert said[line].code == expected(line), (line, said[line])
    assert said["nengshu try files-geng"].out.strip().endswith("nothing was written")
    assert "1 rows of files-geng are given up" in said["nengshu replay files-geng --file 1 --give-up"].out
    (question,) = blocks("Drift, quarantine and replay", "graphql")
    answer = asked(data, question)
    assert {"key": "files-geng", "openDrift": 1, "rowsWaiting": 0} in answer["links"]["nodes"]
    (drift,) = answer["columnDrifts"]["nodes"]
    assert (drift["column"], drift["kind"], drift["rows"]) == ("电量", "MISSING", 1)
    assert answer["quarantinedBatches"]["nodes"] == []


def asked(data: Path, question: str) -> Any:
    """What a national agency is answered."""
    who = Principal("walker", "of", NATION, frozenset({Role.READ}), OrganisationKind.NATIONAL_AGENCY)
    with open_hub(Settings(data_dir=data, sync_seconds=0)) as hub:
        found: Any = asyncio.run(hub.schema.execute(question, context_value=context_of(hub, who, "page")))
    assert found.errors is None
    return found.data
