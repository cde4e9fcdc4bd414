"""`nengshu audit`: a table for people, lines for archives, the latest first, with nothing secret in it."""

from __future__ import annotations

import json
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from hub.stores.door.door import FILE, Door
from tests.hub.cli.terminal import Terminal
from tests.hub.stores.door.doors import DENIED, MINUTE, TOKEN
from tests.hub.stores.registry_fakes import NOON, StillClock

MADE = (
    replace(TOKEN, at=NOON, request="first"),
    replace(TOKEN, at=NOON + MINUTE, action="login", who="user:zhang", request="second"),
    replace(DENIED, at=NOON + 24 * 60 * MINUTE, request="third", subject="/[red]graphql"),
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder with three entries at the door, of 12:00, 12:01 and the next day in Beijing."""
    with closing(Door.open(tmp_path / FILE, StillClock())) as door:
        for entry in MADE:
            door.log.note(entry)
    return tmp_path


def told(nengshu: Terminal, data: Path, *words: object) -> list[dict[str, Any]]:
    """The lines of JSON that a command prints."""
    said = nengshu("audit", "--data", data, "--json", *words)
    assert said.code == 0, said.err
    return [json.loads(line) for line in said.out.splitlines()]


def requests(rows: list[dict[str, Any]]) -> list[str]:
    """Which of the made entries these are."""
    return [row["request"] for row in rows if row["request"]]


def test_every_entry_is_a_line_the_latest_first_and_changes_among_them(nengshu: Terminal, data: Path) -> None:
    rows = told(nengshu, data)
    assert requests(rows) == ["third", "second", "first"]
    assert {"region", None} <= {row["noun"] for row in rows}
    assert [row["at"] for row in rows] == sorted((row["at"] for row in rows), reverse=True)


@pytest.mark.parametrize(
    ("words", "found"),
    [
        (("--who", "user:zhang"), ["second"]),
        (("--who", "user:zhang", "--who", "trial"), ["second", "first"]),
        (("--action", "token", "--action", "denied"), ["third", "first"]),
        (("--outcome", "denied"), ["third"]),
        (("--code", "UNAUTHENTICATED"), ["third"]),
        (("--organisation", "office"), ["third", "second", "first"]),
        (("--province", "980000"), []),
        (("--noun", "region"), []),
        (("--subject", "/[red]graphql"), ["third"]),
        (("--from", "2026-11-24", "--to", "2026-11-24"), ["third"]),
        (("--to", "2026-11-23"), ["second", "first"]),
        (("--from", "2026-11-23T12:01:00+08:00", "--to", "2026-11-23T12:02:00+08:00"), ["second"]),
    ],
)
def test_options_narrow_it_down(
    nengshu: Terminal, data: Path, words: tuple[str, ...], found: list[str]
) -> None:
    assert requests(told(nengshu, data, *words)) == found


def test_so_many_rows_are_told_as_are_wanted(nengshu: Terminal, data: Path) -> None:
    assert len(told(nengshu, data, "--rows", 2)) == 2


def test_people_are_shown_a_table_in_beijing_time(nengshu: Terminal, data: Path) -> None:
    said = nengshu("audit", "--data", data, "--outcome", "denied")
    assert "2026-11-24 12:00:00" in said.out
    joined = "".join(said.out.split())
    assert "/[red]" in joined
    assert "nobody" in joined


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (("--from", "yesterday"), "not a day"),
        (("--from", "the day before yesterday"), "expected a day or a moment with its offset"),
        (("--to", "2026-11-23T12:00:00"), "offset"),
        (("--province", "x"), "x"),
    ],
)
def test_what_is_none_is_refused(
    nengshu: Terminal, data: Path, words: tuple[str, ...], complaint: str
) -> None:
    said = nengshu("audit", "--data", data, *words)
    assert said.code == 1
    assert complaint in said.complaint
