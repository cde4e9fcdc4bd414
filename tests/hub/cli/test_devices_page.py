"""The page of devices keeps its word: its commands are run beside a running hub, and what waited is booked by itself."""

from __future__ import annotations

import asyncio
import re
import shlex
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph.model.principal import NATION, OrganisationKind, Part, Principal, Role
from graph.ports import Ask
from hub.endpoints.answers import context_of
from hub.settings import Settings
from hub.wiring import SystemClock, open_hub, open_to_look
from tests.hub.cli.terminal import ROOT, Terminal
from tests.hub.served_hub import served

PAGE = (ROOT / "docs/devices.md").read_text(encoding="utf-8")
SECTIONS = ("Onboarding", "Refuse, and take back")
UNIT = "91970000MA05TEEL1J"
ROSTER = f"""
[[unit]]
credit_code = "{UNIT}"
name = "虚构钢厂"
region = "970000"
industry = "C3110"
tier = "thousand"
"""
BOOKED_S_MAX = 30.0


def blocks(section: str, language: str) -> list[str]:
    """The fenced blocks of a section."""
    text = PAGE.partition(f"\n## {section}\n")[2].partition("\n## ")[0]
    return re.findall(rf"^```{language}\n(.*?)^```", text, re.MULTILINE | re.DOTALL)


def lines(section: str) -> list[str]:
    """Its commands."""
    return "".join(blocks(section, "console")).splitlines()


@pytest.fixture
def data(nengshu: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where somebody who follows the page stands, their unit on the roster."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("NENGSHU_DATA_DIR", str(tmp_path / "data"))
    monkeypatch.setenv("COLUMNS", "240")
    (tmp_path / "docs").symlink_to(ROOT / "docs")
    (tmp_path / "roster.toml").write_text(ROSTER, encoding="utf-8")
    for file in ("docs/examples/links.toml", "roster.toml"):
        assert nengshu("registry", "load", file).code == 0
    return tmp_path / "data"


def until_booked(data: Path) -> None:
    """Wait for the hub to book what waits, as it says it does by itself."""
    deadline, files = time.monotonic() + BOOKED_S_MAX, list[Any]()
    with closing(open_to_look(Settings(data_dir=data), SystemClock())) as registry:
        while time.monotonic() < deadline:
            files = registry.rows(Ask("quarantined")).table.to_pylist()
            if files and all(file["state"] == "booked" for file in files):
                return
            time.sleep(0.05)
    pytest.fail(f"after {BOOKED_S_MAX:g} s there waits {files}")


@pytest.mark.slow
def test_the_commands_of_the_page_do_what_it_says(nengshu: Terminal, data: Path) -> None:
    said = {}
    with served(data, {"NENGSHU_SYNC_SECONDS": "0"}) as (_, port):
        for line in lines("Onboarding"):
            name, *words = shlex.split(line.replace(":8424", f":{port}"))
            assert name == "nengshu"
            said[line] = nengshu(*words)
            assert said[line].code == 0, (line, said[line])
        until_booked(data)
        for line in lines("Refuse, and take back"):
            assert nengshu(*shlex.split(line)[1:]).code == 0
    shown = said[f"nengshu device show {UNIT}"].out
    assert "待审核 awaiting" in shown
    assert "待确认 proposed" in shown
    assert "模拟企业1" in shown
    assert "1 devices" in said["nengshu device list --state awaiting"].out
    listing, *decisions = "".join(blocks("Onboarding", "graphql")).split("mutation")
    device = asked(data, listing)["accessDevices"]["nodes"][0]
    assert (device["state"], device["uploadTime"]) == ("APPROVED", "00:30:00")
    assert {point["state"] for point in device["dataPoints"]} == {"ACTIVE"}
    assert sum(day["rows"] for day in device["days"]) == sum(day["fitting"] for day in device["days"]) > 0
    assert device["seen"]["dictionaryOld"] is False
    assert len(decisions) == 2
    for decision in decisions:
        asked(data, f"mutation{decision}")


def asked(data: Path, question: str) -> Any:
    """What a national agency is answered."""
    roles, parts = frozenset({Role.READ, Role.DECIDE}), frozenset({Part.PLANS})
    who = Principal("walker", "of", NATION, roles, OrganisationKind.NATIONAL_AGENCY, parts)
    with open_hub(Settings(data_dir=data, sync_seconds=0)) as hub:
        found: Any = asyncio.run(hub.schema.execute(question, context_value=context_of(hub, who, "page")))
    assert found.errors is None, found.errors
    return found.data
