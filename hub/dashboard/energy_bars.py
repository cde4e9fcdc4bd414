"""Energy by kind and month, in tonnes of coal equivalent."""

from __future__ import annotations

from collections.abc import Mapping

from hub.dashboard import palette
from hub.dashboard.expressions import picked, short_number
from hub.dashboard.frame import Spec, amount, calculated, frame, steps, tip
from hub.dashboard.words import Language, words

HEIGHT = 280


def energy_bars(language: Language) -> Spec:
    """A stacked bar a month, by kind, in tonnes of coal equivalent.

    Rows: month, kind, tce (text or number; null where no coefficient is valid).
    """
    said = words(language)["energy"]
    kinds: Mapping[str, str] = words(language)["KIND"]
    order = list(palette.KINDS)
    colour = steps([kinds[kind] for kind in order], list(palette.KINDS.values()), said["legend"], 3)
    return {
        **frame(said["chart"]),
        "height": HEIGHT,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "transform": [
            {"filter": "isValid(datum.tce)"},
            *calculated(
                amount="toNumber(datum.tce)",
                kind_said=picked("datum.kind", kinds),
                place=f"indexof({order}, datum.kind)",
                amount_said=short_number("datum.amount", language) + " + ' tce'",
            ),
        ],
        "mark": {
            "type": "bar",
            "width": {"band": 0.62},
            "stroke": palette.PAPER,
            "strokeWidth": 0.7,
            "aria": False,
        },
        "encoding": {
            "x": {
                "field": "month",
                "type": "ordinal",
                "axis": {"title": said["month"], "labelAngle": 0, "labelOverlap": "greedy", "grid": False},
            },
            "y": amount("amount", said["axis"], short_number("datum.value", language)),
            "color": {"field": "kind_said", **colour},
            "order": {"field": "place"},
            "tooltip": [
                tip("month", said["month"]),
                tip("kind_said", said["kind"]),
                tip("amount_said", said["tce"]),
            ],
        },
    }
