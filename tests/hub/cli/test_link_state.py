"""How a link stands is said in a few words, the most telling first."""

from __future__ import annotations

import datetime as dt
from typing import Any

import pytest

from hub.cli._link_state import moment, state_of

AT = dt.datetime(2026, 11, 27, 16, 30, tzinfo=dt.UTC)
WELL: dict[str, Any] = {
    "enabled": True, "paused_why": None, "dialect": "file_drop", "holder": None, "failures": 0, "breaker": "closed",
    "breaker_until": None, "due_at": AT, "last_success_at": AT,
}  # fmt: skip


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({}, "well"),
        ({"last_success_at": None}, "not run yet"),
        ({"failures": 2}, "tried again 2026-11-28 00:30, 2 failures"),
        (
            {"failures": 5, "breaker": "open", "breaker_until": AT},
            "left alone until 2026-11-28 00:30, 5 failures",
        ),
        ({"failures": 5, "breaker": "half_open"}, "on trial after 5 failures"),
        ({"failures": 5, "holder": "hub#1"}, "runs at hub#1"),
        ({"holder": "hub#1", "dialect": "nhjc04"}, "the other side calls"),
        ({"holder": "hub#1", "paused_why": "they move"}, "paused: they move"),
        ({"paused_why": "they move", "enabled": False}, "disabled"),
    ],
)
def test_the_most_telling_state_is_said(changed: dict[str, Any], said: str) -> None:
    assert state_of({**WELL, **changed}, frozenset({"nhjc04"})) == said


def test_what_has_no_moment_shows_none() -> None:
    assert moment(None) == ""
