"""The charts are valid Vega-Lite, and what they show is right."""

from __future__ import annotations

import re
from typing import Any

import pytest
import vl_convert

from hub.dashboard.charts import charts
from hub.dashboard.expressions import percent, short_number, stepped
from hub.dashboard.words import Language, words
from tests.hub.dashboard.nation import Row, completeness_rows, energy_rows, provinces
from tests.hub.dashboard.test_pages import MONDAY

ZH, EN = Language.ZH, Language.EN


def _rows(name: str) -> list[Row]:
    if name == "energy":
        return energy_rows()
    if name == "completeness":
        named = {row["code"]: row for row in provinces()}
        day = MONDAY.date()
        return [{**named[row["province"]], **row} for row in completeness_rows(day.replace(day=1), day)]
    rows = provinces()
    return rows if name == "tiles" else [row for row in rows if row["unitsDue"]]


def _svg(language: Language, name: str, rows: list[Row] | None = None, width: int = 640) -> str:
    specification = charts(language)[name]
    shown = _rows(name) if rows is None else rows
    return vl_convert.vegalite_to_svg({**specification, "width": width, "datasets": {"rows": shown}})


def _said(expression: str, value: float) -> str:
    """What an expression makes of a value, drawn as a chart's only text."""
    chart: dict[str, Any] = {
        "data": {"values": [{"value": value}]},
        "transform": [{"calculate": expression, "as": "said"}],
        "mark": "text",
        "encoding": {"text": {"field": "said", "type": "nominal"}},
    }
    found = re.findall(r"<text[^>]*>([^<]*)</text>", vl_convert.vegalite_to_svg(chart))
    assert len(found) == 1
    return str(found[0])


@pytest.mark.parametrize("language", Language)
@pytest.mark.parametrize("name", list(charts(ZH)))
def test_every_chart_draws_in_both_languages_at_both_widths(language: Language, name: str) -> None:
    for width in (640, 330):
        svg = _svg(language, name, width=width)
        assert "NaN" not in svg
        assert "undefined" not in svg
        assert ">null<" not in svg


@pytest.mark.parametrize("name", list(charts(ZH)))
def test_a_chart_without_rows_is_still_a_chart(name: str) -> None:
    assert _svg(ZH, name, rows=[]).startswith("<svg")


def test_bars_name_provinces_stages_and_counts() -> None:
    svg = _svg(ZH, "progress")
    for text in ("虚构丙省", "900 / 1,600", "试运行", "建成", "直接接入", "逾期未联通"):
        assert text in svg


def test_a_narrow_chart_has_the_names_above_the_bars() -> None:
    svg = _svg(EN, "progressNarrow", width=330)
    assert "Invented Bing" in svg
    assert "Trial run" in svg


def test_tiles_say_the_share_rounded_down_and_leave_out_who_owes_nothing() -> None:
    svg = _svg(EN, "tiles")
    for text in (">Bing<", ">56%<", ">100%<", ">BJ<", "No units due"):
        assert text in svg
    assert ">0%<" not in svg


def test_axes_name_their_units() -> None:
    assert "重点用能单位（家）" in _svg(ZH, "progress")
    assert "能源消费量（tce）" in _svg(ZH, "energy")
    assert "日期（北京时间）" in _svg(ZH, "completeness")


def test_large_figures_are_in_the_language_own_form() -> None:
    assert "万<" in _svg(ZH, "energy")
    assert re.search(r">[0-9.]+M<", _svg(EN, "energy"))


@pytest.mark.parametrize(
    ("language", "value", "said"),
    [
        (ZH, 0, "0"),
        (ZH, 9999, "9,999"),
        (ZH, 12_345_678, "1,235万"),
        (ZH, 1_234_567_890, "12.35亿"),
        (ZH, -23_000, "−2.3万"),
        (EN, 999, "999"),
        (EN, 12_345_678, "12.35M"),
        (EN, 2_000, "2k"),
    ],
)
def test_a_large_number_is_said_shortly(language: Language, value: float, said: str) -> None:
    assert _said(short_number("datum.value", language), value) == said


@pytest.mark.parametrize(("share", "said"), [(0.9996, "99.9%"), (1, "100.0%"), (0.57, "57.0%"), (0, "0.0%")])
def test_a_share_is_rounded_down(share: float, said: str) -> None:
    assert _said(percent("datum.value"), share) == said


@pytest.mark.parametrize(("value", "said"), [(0.49, "low"), (0.5, "mid"), (0.9, "high"), (1, "high")])
def test_a_bound_belongs_to_the_step_above(value: float, said: str) -> None:
    assert _said(stepped("datum.value", (0.5, 0.9), ("low", "mid", "high")), value) == said


def test_specifications_name_no_data_of_their_own() -> None:
    for chart in charts(ZH).values():
        assert chart["data"] == {"name": "rows"}


def test_a_chart_describes_itself() -> None:
    assert charts(EN)["energy"]["description"] == words(EN)["energy"]["chart"]
