"""`nengshu try` of a link that pushes: what the platform would be told, and not a word to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from hub.settings import Settings
from hub.wiring import open_registry
from tests.hub.cli.terminal import Terminal
from tests.hub.invented_hub import JIA, WHO, fill, units_of


@pytest.fixture(autouse=True)
def wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """A terminal on which no cell is folded."""
    monkeypatch.setenv("COLUMNS", "200")


def linked(folder: Path, dialect: str = "nhjc04_push", **quirks: Any) -> Path:
    """A hub with its units, and a link to a port nobody listens on."""
    fill(folder, JIA)
    registry = open_registry(Settings(data_dir=folder))
    row = {
        "key": "above",
        "dialect": dialect,
        "province": JIA,
        "address": "http://127.0.0.1:9",
        "quirks": quirks,
    }
    registry.upsert("link", [{**row, "credential": "no"}], WHO)
    registry.close()
    return folder


@pytest.mark.parametrize("dialect", ["nhjc04_push", "nhjc_ak_push"])
def test_units_and_points_are_shown_in_the_platforms_words(
    nengshu: Terminal, tmp_path: Path, dialect: str
) -> None:
    done = nengshu("try", "above", "--data", linked(tmp_path, dialect, valid_means="1", hyphens=False))
    assert done.code == 0
    assert units_of(JIA)[0].code in done.out
    assert "0000000002330011" in done.out
    assert "nothing was sent or written" in done.out


def test_a_point_without_a_word_over_there_is_told(nengshu: Terminal, tmp_path: Path) -> None:
    data = linked(tmp_path, valid_means="1", units=[units_of(JIA)[0].code])
    registry = open_registry(Settings(data_dir=data))
    point = {"unit": units_of(JIA)[0].code, "code": "0000000002330011", "granularity": "hour"}
    registry.upsert("data_point", [point], WHO)
    registry.close()
    done = nengshu("try", "above", "--data", data)
    assert (done.code, "1 points have no word over there" in done.out) == (3, True)


def test_a_hub_above_is_not_tried_by_who_pushes(nengshu: Terminal, tmp_path: Path) -> None:
    done = nengshu("try", "above", "--data", linked(tmp_path, "hub_push"))
    assert done.code == 1
    assert "this hub hands over by it" in done.err
