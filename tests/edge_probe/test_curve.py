"""A day's drawing is true to its values: bars in their places, as high as what was used, holes where nothing is."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import replace
from decimal import Decimal
from html import unescape

from hypothesis import given
from hypothesis import strategies as st

from edge_probe.curve import BAR, HEIGHT, SLOTS, WIDTH, curve
from edge_probe.readings import ESTIMATED, QUARTER_HOUR, Reading
from graph.model.period import midnight
from tests.edge_probe.fakes import reading

DAY = dt.date(2026, 11, 23)
_BAR = re.compile(r"M(\S+) (\S+)V(\S+)h(\S+)V(\S+)z")


def at(slot: int, value: Decimal, origin: str = "instrument") -> Reading:
    return replace(reading("00:00"), start=midnight(DAY) + slot * QUARTER_HOUR, value=value, origin=origin)


def bars(svg: str, kind: str) -> list[tuple[float, float, float]]:
    """Left edge, bottom and top of each bar of a kind."""
    (path,) = re.findall(rf'class="{kind}" d="([^"]*)"', svg)
    return [(float(x), float(bottom), float(top)) for x, bottom, top, _, _ in _BAR.findall(path)]


amounts = st.decimals("-1000000", "1000000", places=4)


@given(st.dictionaries(st.integers(0, SLOTS - 1), amounts, max_size=SLOTS))
def test_each_value_is_one_bar_within_the_drawing_and_the_heights_are_in_proportion(
    values: dict[int, Decimal],
) -> None:
    drawn = bars(curve([at(slot, value) for slot, value in values.items()], DAY, "main"), "measured")
    assert [int(x // BAR) for x, _, _ in drawn] == sorted(values)
    assert all(0 <= x <= WIDTH and 0 <= bottom <= HEIGHT and 0 <= top <= HEIGHT for x, bottom, top in drawn)
    span = max([*values.values(), Decimal(0)]) - min([*values.values(), Decimal(0)])
    for (_, bottom, top), slot in zip(drawn, sorted(values), strict=True):
        assert abs((bottom - top) - float(values[slot] / (span or 1)) * HEIGHT) <= 0.11


def test_what_was_shared_out_is_told_from_what_was_measured_and_another_day_is_not_drawn() -> None:
    rows = [at(0, Decimal(1)), at(1, Decimal(2), ESTIMATED), at(SLOTS, Decimal(9)), at(-1, Decimal(9))]
    svg = curve(rows, DAY, "main")
    assert [len(bars(svg, kind)) for kind in ("measured", "estimated")] == [1, 1]


def test_a_label_cannot_break_out_and_the_drawing_has_no_style_of_its_own() -> None:
    svg = curve([], DAY, '</title><script>alert("1")</script>')
    assert unescape(re.findall(r"<title>(.*?)</title>", svg)[0]) == '</title><script>alert("1")</script>'
    assert "<script" not in svg
    assert "style=" not in svg
