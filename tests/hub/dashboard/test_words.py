"""Both languages say the same things, and colours can be read."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from graph.model.energy import EnergyKind
from graph.model.platform import PlatformMode, PlatformStage
from graph.model.region import PROVINCES
from graph.model.report import ReportPunctuality
from hub.dashboard import palette
from hub.dashboard.words import Language, words


def _leaves(said: Any, path: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(said, str):
        yield path, said
        return
    for name, value in said.items():
        yield from _leaves(value, f"{path}.{name}")


def _blanks(text: str) -> set[str]:
    return {piece.split("}")[0] for piece in text.split("{")[1:]}


def test_both_languages_say_the_same_things_with_the_same_blanks() -> None:
    zh, en = (dict(_leaves(words(of))) for of in Language)
    en = {path: text for path, text in en.items() if not path.startswith(".TILE.")}
    assert zh.keys() == en.keys()
    assert {path for path in zh if _blanks(zh[path]) != _blanks(en[path])} == set()


@pytest.mark.parametrize("of", Language)
def test_every_member_of_the_model_has_a_word(of: Language) -> None:
    said = words(of)
    assert said["MODE"].keys() == {mode.name for mode in PlatformMode}
    assert list(said["STAGE"]) == [stage.name for stage in PlatformStage]
    assert said["KIND"].keys() == {kind.name for kind in EnergyKind} == palette.KINDS.keys()
    assert said["REPORT"].keys() == {member.name for member in ReportPunctuality}


def test_every_province_has_letters_for_its_english_tile() -> None:
    tiles = words(Language.EN)["TILE"]
    assert tiles.keys() == {str(code) for code in PROVINCES}
    assert len(set(tiles.values())) == len(tiles)


def _luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (
        part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
    )
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _contrast(one: str, other: str) -> float:
    dark, light = sorted((_luminance(one), _luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_text_on_tiles_and_paper_has_the_contrast_of_wcag_aa() -> None:
    light_from = palette.SHARE_BOUNDS.index(palette.SHARE_DARK_FROM) + 1
    inks = [palette.INK] * light_from + [palette.PAPER] * (len(palette.SHARES) - light_from)
    pairs = [
        *zip(palette.SHARES, inks, strict=True),
        (palette.QUIET, palette.PAPER),
        (palette.INK, palette.PAPER),
    ]
    assert {pair: _contrast(*pair) for pair in pairs if _contrast(*pair) < 4.5} == {}


def test_bars_that_say_something_stand_out_from_the_paper() -> None:
    bars = (palette.CONNECTED, palette.OVERDUE)
    assert all(_contrast(colour, palette.PAPER) >= 3 for colour in bars)
