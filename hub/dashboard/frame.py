"""What every chart has in common: its frame, its type and lines, its steps of colour, its tooltips."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypeAlias

from hub.dashboard import palette

Spec: TypeAlias = dict[str, Any]

SCHEMA = "https://vega.github.io/schema/vega-lite/v6.json"  # the language's name; nothing is fetched from it
FONT = "system-ui, 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', sans-serif"
NARROW = 420  # pixels below which a legend takes two columns


def frame(description: str) -> Spec:
    """A chart's outside: as wide as its place, over rows that are handed to it."""
    return {
        "$schema": SCHEMA,
        "description": description,
        "data": {"name": "rows"},
        "width": "container",
        "background": palette.PAPER,
        "config": _config(),
    }


def _config() -> Spec:
    text = {
        "labelColor": palette.QUIET,
        "titleColor": palette.QUIET,
        "labelFontSize": 12,
        "titleFontSize": 12,
    }
    return {
        "font": FONT,
        "view": {"stroke": None},
        "text": {"font": FONT, "color": palette.INK},
        "axis": {
            **text,
            "titleFontWeight": "normal",
            "gridColor": palette.LINE,
            "domain": False,
            "ticks": False,
            "labelPadding": 6,
            "titlePadding": 10,
        },
        "legend": {
            **text,
            "orient": "bottom",
            "titleFontWeight": "normal",
            "symbolType": "square",
            "symbolSize": 130,
            "labelLimit": 140,
            "columnPadding": 16,
            "rowPadding": 5,
            "offset": 14,
        },
    }


def steps(labels: Sequence[str], colours: Sequence[str], title: str | None, columns: int) -> Spec:
    """A colour for each label, with a legend; on a narrow chart of two columns where it would have four."""
    legend = {
        "title": title,
        "columns": {"expr": f"width < {NARROW} ? {min(columns, 2)} : {columns}"} if columns > 3 else columns,
        "symbolStrokeColor": palette.QUIET,
        "symbolStrokeWidth": 0.5,
    }
    scale = {"domain": list(labels), "range": list(colours)}
    return {"type": "nominal", "scale": scale, "legend": legend}


def amount(field: str, title: str, label: str) -> Spec:
    """A stacked amount from zero, with its unit in the axis's title."""
    axis = {"title": title, "tickCount": 5, "labelExpr": label, "labelOverlap": "greedy"}
    return {"field": field, "type": "quantitative", "stack": "zero", "axis": axis}


def tip(field: str, title: str) -> Spec:
    """One line of a tooltip."""
    return {"field": field, "title": title, "type": "nominal"}


def province_axis(label: str, side: str = "left") -> Spec:
    """Names beside rows: what `label` makes of the row's key."""
    colour = palette.INK if side == "left" else palette.QUIET
    return {
        "orient": side,
        "title": None,
        "labelExpr": label,
        "labelColor": colour,
        "labelLimit": 120,
        "grid": False,
    }


def calculated(**expressions: str) -> list[Spec]:
    """A column for each expression, in order; a later one may use the earlier."""
    return [{"calculate": expression, "as": name} for name, expression in expressions.items()]
