"""The examples of docs/decisions, each run as it stands there, over the plant of docs/examples and over a running hub."""

from __future__ import annotations

import json
import re
import shlex
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import Role
from graph.schema import mutations
from hub.settings import Settings
from hub.stores.registry.device_rows import NewDevice
from hub.wiring import open_registry
from tests.hub.cli.terminal import ROOT, Said, Terminal, serving
from tests.hub.invented_hub import of_province
from tests.hub.members import token_at

EXAMPLES = sorted((ROOT / "docs" / "decisions").glob("*.graphql"))
PLANT = ROOT / "docs" / "examples" / "steel_plant_registry.toml"
LINKS = ROOT / "docs" / "examples" / "links.toml"
PAGE = ROOT / "docs" / "decisions.md"
EACH = pytest.mark.parametrize("example", EXAMPLES, ids=lambda file: file.stem)


def words_of(example: Path) -> list[str]:
    """The command an example says it is run with, as a shell reads it."""
    said = re.findall(r"^#   (.*)$", example.read_text(encoding="utf-8"), re.MULTILINE)
    program, *words = shlex.split(" ".join(line.removesuffix("\\") for line in said))
    assert program == "nengshu"
    return words


@pytest.fixture
def data(tmp_path: Path, nengshu: Terminal) -> Path:
    """A hub's folder with the plant, whose device registered."""
    folder = tmp_path / "hub"
    for file in (PLANT, LINKS):
        assert nengshu("registry", "load", file, "--data", folder).code == 0
    with closing(open_registry(Settings(data_dir=folder))) as registry:
        registry.devices.enrol(NewDevice("devices-geng", CreditCode("91970000MA05TEEL1J")))
    return folder


def saved(said: Said) -> dict[str, Any]:
    """The first row of an answer without errors."""
    answer = json.loads(said.out)
    assert (said.code, "errors" in answer) == (0, False), answer
    ((row, *_),) = answer["data"].values()
    found: dict[str, Any] = row
    return found


@EACH
def test_an_example_does_what_it_says_and_the_second_time_nothing(
    nengshu: Terminal, data: Path, monkeypatch: pytest.MonkeyPatch, example: Path
) -> None:
    monkeypatch.chdir(ROOT)
    first = saved(nengshu(*words_of(example), "--data", data))
    assert first["changes"]
    assert first["audit"]["who"] == "command line"
    again = saved(nengshu(*words_of(example), "--data", data))
    assert (again["row"], again["changes"], again["audit"]) == (first["row"], [], None)
    assert again["latest"] == first["latest"] == first["audit"]["id"]


def test_there_is_an_example_and_a_line_of_the_page_for_every_mutation() -> None:
    assert len(EXAMPLES) == len(mutations())
    page = PAGE.read_text(encoding="utf-8")
    for example in EXAMPLES:
        (mutation,) = re.findall(r"^  (save\w+)\(", example.read_text(encoding="utf-8"), re.MULTILINE)
        assert f"| `{mutation}` | [{example.stem}](decisions/{example.name}) |" in page


def test_a_mutation_that_is_refused_ends_with_its_faults(nengshu: Terminal, data: Path) -> None:
    example = next(file for file in EXAMPLES if file.stem == "units")
    said = nengshu("query", example, "--var", 'units=[{"creditCode": "9197"}]', "--data", data)
    places = [error["extensions"]["place"] for error in json.loads(said.out)["errors"]]
    assert (said.code, places) == (1, ["units.0.creditCode"])


@pytest.mark.slow
def test_a_running_hub_is_told_with_the_token_of_the_environment(
    nengshu: Terminal, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reach = of_province("970000")
    words = words_of(next(file for file in EXAMPLES if file.stem == "quarterly_reports"))
    monkeypatch.chdir(ROOT)
    with serving(data) as base:
        planner = token_at(data, base, "planner", reach, [Role.READ, Role.DECIDE])
        monkeypatch.setenv("NENGSHU_TOKEN", token_at(data, base, "reader", reach))
        refused = nengshu(*words, "--hub", base)
        monkeypatch.setenv("NENGSHU_TOKEN", planner)
        told = saved(nengshu(*words, "--hub", base))
    assert [e["extensions"]["code"] for e in json.loads(refused.out)["errors"]] == ["FORBIDDEN"]
    assert told["audit"]["who"] == "planner"
    assert told["row"]["state"] == "SUBMITTED"
