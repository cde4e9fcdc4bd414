"""`nengshu link`: added by question and answer at a true terminal or from a file; shown, paused, checked."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.sync_run import Link
from hub.cli._link_files import row_in, toml_of
from hub.links import dialects
from hub.settings import Settings
from hub.wiring import open_registry
from tests.hub.cli.terminal import ROOT, Terminal, at_a_terminal
from tests.hub.invented_hub import JIA
from tests.hub.replay_stage import MAPPING, columns_of, stage_in

EXAMPLE = ROOT / "docs/examples/link.toml"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with a link whose rows wait."""
    with stage_in(tmp_path) as stage:
        stage.lay_down("1.csv", columns_of("用电量"))
        stage.run()
    return tmp_path / "data"


def links(data: Path) -> dict[str, Link]:
    """The links of a data folder."""
    with registry(data) as opened:
        return {link.key: link for link in opened.links()}


@contextmanager
def registry(data: Path) -> Iterator[Any]:
    """Its registry."""
    opened = open_registry(Settings(data_dir=data))
    yield opened
    opened.close()


def mapping_file(folder: Path) -> Path:
    """A mapping as a file of its own."""
    file = folder / "mapping.toml"
    text = toml_of({"key": "x", "quirks": {"mapping": MAPPING}}).partition("[link.quirks.mapping]\n")[2]
    file.write_text(text, encoding="utf-8")
    return file


def test_a_link_is_added_by_question_and_answer_and_a_wrong_answer_is_asked_again(
    data: Path, tmp_path: Path
) -> None:
    said = at_a_terminal(
        "link", "add", "--data", data,
        answers=[
            ("key:", "files"),  # there already
            ("is there already\r\nkey:", "files-new"),
            ("dialect:", "telex"),
            ("expected one of", "file_drop"),
            ("province:", "123456"),
            ("province:", JIA),
            ("address:", "http://user:secret@127.0.0.1/"),
            ("name a credential instead\r\naddress:", str(tmp_path / "drop")),
            ("credential", ""),
            ("mapping:", "@nowhere.toml"),
            ("cannot be read as TOML", f"@{mapping_file(tmp_path)}"),
            *((f"{quirk.key}:", "") for quirk in dialects()["file_drop"].quirks if not quirk.required),
            ("Keep it [Y/n]:", "y"),
        ],
    )  # fmt: skip
    assert said.code == 0, said.out
    assert '[[link]]\nkey = "files-new"' in said.out
    assert "files-new is added; `nengshu try files-new` looks at its source" in said.out
    added = links(data)["files-new"]
    assert (added.dialect, str(added.region), added.credential) == ("file_drop", JIA, None)
    assert added.quirks == {"mapping": MAPPING}


def test_a_secret_is_asked_for_by_its_name_alone(data: Path) -> None:
    answers = [
        ("key:", "hub-x"), ("dialect:", "hub_graphql"), ("province:", JIA), ("address:", "https://hub.example"),
        ("credential", "a secret with blanks"), ("never the secret", "hub-x"), ("gives_back:", ""),
        ("Keep it [Y/n]:", "n"),
    ]  # fmt: skip
    said = at_a_terminal("link", "add", "--data", data, answers=answers)
    assert (said.code, "NENGSHU_SECRET_HUB_X is not set here" in said.out) == (0, True)
    assert said.out.strip().endswith("nothing was kept")
    assert "hub-x" not in links(data)


def test_a_link_of_a_file_is_added_once_and_only_whole(nengshu: Terminal, data: Path, tmp_path: Path) -> None:
    file = tmp_path / "link.toml"
    text = EXAMPLE.read_text(encoding="utf-8").replace("970000", JIA)
    file.write_text(text, encoding="utf-8")
    assert nengshu("link", "add", "--from", file, "--data", data).code == 0
    assert links(data)["files-geng"].quirks["mapping"]["files"] == "*.csv"
    again = nengshu("link", "add", "--from", file, "--data", data)
    assert (again.code, "is there already" in again.complaint) == (1, True)
    file.write_text(
        text.replace('label = "start"', 'label = "middle"').replace("files-geng", "other"), "utf-8"
    )
    wrong = nengshu("link", "add", "--from", file, "--data", data)
    assert (wrong.code, "other: mapping: label: came 'middle'" in wrong.complaint) == (1, True)
    assert "other" not in links(data)


def test_links_are_listed_with_what_drifts_and_waits_and_shown_as_toml(
    nengshu: Terminal, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "200")
    listed = " ".join(nengshu("link", "list", "--data", data).out.replace("│", " ").split())
    assert f"files file_drop {JIA}" in listed
    said = r"drop well 20\d\d-\d\d-\d\d \d\d:\d\d 2026-1\d-\d\d 00:00 1 3"
    assert re.search(said, listed)  # in a first run no column is new
    shown = nengshu("link", "show", "files", "--data", data).out
    assert tomllib.loads(shown)["link"][0]["quirks"] == {"mapping": MAPPING}
    assert "# column 电量 is missing" in shown
    assert "# 3 rows wait: nengshu replay files" in shown
    assert nengshu("link", "show", "none", "--data", data).code == 1


def test_a_link_is_paused_with_a_reason_and_resumed(nengshu: Terminal, data: Path) -> None:
    assert nengshu("link", "pause", "files", "--why", "their platform moves", "--data", data).code == 0
    assert "paused: their platform moves" in " ".join(
        nengshu("link", "show", "files", "--data", data).out.split()
    )
    refused = nengshu("sync", "files", "--data", data)
    assert (refused.code, "paused" in refused.complaint) == (1, True)
    assert nengshu("link", "resume", "files", "--data", data).code == 0
    assert nengshu("sync", "files", "--data", data).code == 0


def test_a_check_tells_every_fault_of_a_link_and_asks_no_source(
    nengshu: Terminal, data: Path, tmp_path: Path
) -> None:
    assert nengshu("link", "check", "files", "--data", data).code == 0
    file = tmp_path / "link.toml"
    text = EXAMPLE.read_text(encoding="utf-8").replace("970000", "990000")
    file.write_text(text.replace('address = "drop"', 'address = "nowhere"\ncredential = "none"'), "utf-8")
    said = nengshu("link", "check", file, "--data", data)
    assert said.code == 1
    for fault in ("NENGSHU_SECRET_NONE is not set here", "address: nowhere is no folder here"):
        assert fault in said.complaint


_TEXTS = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=20)
_PLAIN = st.one_of(_TEXTS, st.booleans(), st.integers(-(2**31), 2**31))
_VALUES = st.one_of(
    _PLAIN, st.lists(st.one_of(_PLAIN, st.dictionaries(_TEXTS, _PLAIN, max_size=3)), max_size=3)
)
_QUIRKS = st.dictionaries(
    _TEXTS, st.one_of(_VALUES, st.dictionaries(_TEXTS, _VALUES, max_size=4)), max_size=4
)


@given(_QUIRKS, st.none() | _TEXTS)
def test_a_link_that_is_written_is_read_as_it_was(quirks: dict[str, Any], credential: str | None) -> None:
    row = {"key": "a", "dialect": "b", "province": "970000", "address": 'c:\\x"y', "credential": credential}
    (read,) = tomllib.loads(toml_of({**row, "quirks": quirks}))["link"]
    assert read.pop("quirks", {}) == quirks
    assert read == {name: value for name, value in row.items() if value is not None}


def test_the_example_is_a_link() -> None:
    assert json.dumps(row_in(EXAMPLE)["quirks"])
