"""The calendar of uploading: a row a province, a column a day, coloured by what came of what was due."""

from __future__ import annotations

from hub.dashboard import palette
from hub.dashboard.expressions import named, percent, stepped, whole_number
from hub.dashboard.frame import Spec, calculated, frame, province_axis, steps, tip
from hub.dashboard.words import Language, words

ROW_STEP = 24  # pixels of one province
PADDING = {"left": 4, "top": 4, "right": 16, "bottom": 4}  # the last day's label is wider than its cell


def completeness_calendar(language: Language) -> Spec:
    """A cell for each province and day, coloured by received / due.

    Rows: province, name, english, day, due, received.
    """
    said = words(language)["completeness"]
    labels = [said[name] for name in ("belowHalf", "belowDuty", "overDuty", "whole")]
    colour = steps(labels, palette.COMPLETENESSES, said["legend"], 4)
    counts = f"{whole_number('datum.received')} + ' / ' + {whole_number('datum.due')}"
    return {
        **frame(said["chart"]),
        "height": {"step": ROW_STEP},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "padding": PADDING,
        "transform": [
            {"filter": "datum.due > 0"},
            *calculated(
                named=named(language),
                key="datum.province + '|' + datum.named",
                rate="datum.received / datum.due",
                step=stepped("datum.rate", palette.COMPLETENESS_BOUNDS, labels),
                rate_said=percent("datum.rate"),
                counts=counts,
            ),
        ],
        "mark": {"type": "rect", "cornerRadius": 1.5, "aria": False},
        "encoding": {
            "x": _days(said["axis"]),
            "y": _provinces(),
            "color": {"field": "step", **colour},
            "tooltip": [
                tip("named", said["province"]),
                tip("day", said["day"]),
                tip("rate_said", said["rate"]),
                tip("counts", f"{said['received']} / {said['due']}"),
            ],
        },
    }


def _days(title: str) -> Spec:
    axis = {
        "title": title,
        "labelExpr": "slice(datum.value, 5)",
        "labelAngle": 0,
        "labelOverlap": "greedy",
        "labelSeparation": 8,
        "grid": False,
    }
    return {"field": "day", "type": "ordinal", "axis": axis, "scale": {"paddingInner": 0.1}}


def _provinces() -> Spec:
    axis = province_axis("split(datum.value, '|')[1]")
    return {"field": "key", "type": "nominal", "axis": axis, "scale": {"paddingInner": 0.12}}
