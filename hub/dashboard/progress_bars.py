"""Progress by province: units connected, overdue and not yet late, a tick at the units due, the platform's stage."""

from __future__ import annotations

from hub.dashboard import palette
from hub.dashboard.expressions import named, percent, picked, quoted, whole_number
from hub.dashboard.frame import Spec, amount, calculated, frame, province_axis, steps, tip
from hub.dashboard.words import Language, Words, words

ROW_STEP = 34  # pixels of one province
NARROW_ROW_STEP = 44  # the same with its name above the bar
LABEL_ROOM = 84  # pixels the axis goes on past the longest bar, for the numbers at its end
LIFT = 10  # pixels a narrow row's text and bar stand apart from its middle
PARTS = ("connected", "overdue", "pending")


def progress_bars(language: Language, is_narrow: bool = False) -> Spec:
    """A row a province, name on the left and stage on the right, or both above the bar on a narrow screen.

    Rows: code, name, english, mode, stage, unitsDue, connected, overdue.
    """
    said = words(language)["progress"]
    layers = [_parts(said), _due_tick(), _room(), _counts()]
    if is_narrow:
        for layer in layers:
            layer["mark"]["yOffset"] = LIFT
        layers += [_heading("named", "left", palette.INK), _heading("stage_said", "right", palette.QUIET)]
    else:
        layers[0]["encoding"]["y"]["axis"] = province_axis("split(datum.value, '|')[1]")
        layers[3]["encoding"]["y"]["axis"] = province_axis("split(datum.value, '|')[2]", "right")
    return {
        **frame(said["chart"]),
        "height": {"step": NARROW_ROW_STEP if is_narrow else ROW_STEP},
        "autosize": {"type": "fit-x", "contains": "padding"},
        "transform": _worked_out(language),
        "resolve": {"axis": {"y": "independent"}},
        "layer": layers,
    }


def _worked_out(language: Language) -> list[Spec]:
    said = words(language)
    stage = picked("datum.stage", said["STAGE"])
    no_stage = f"(datum.mode === 'DIRECT' ? {quoted(said['MODE']['DIRECT'])} : {quoted(said['progress']['noPlatform'])})"
    share = percent("datum.connected / datum.unitsDue")
    return [
        *calculated(
            named=named(language),
            stage_said=f"{stage} || {no_stage}",
            key="datum.code + '|' + datum.named + '|' + datum.stage_said",
            pending="max(0, datum.unitsDue - datum.connected - datum.overdue)",
            share_said=f"datum.unitsDue > 0 ? {share} : {quoted(said['none'])}",
            end="max(datum.unitsDue, datum.connected + datum.overdue)",
            counts=f"{whole_number('datum.connected')} + ' / ' + {whole_number('datum.unitsDue')}",
        ),
        {"joinaggregate": [{"op": "max", "field": "end", "as": "longest"}]},
        *calculated(room=f"max(1, datum.longest) * width / max({LABEL_ROOM // 2}, width - {LABEL_ROOM})"),
    ]


def _parts(said: Words) -> Spec:
    labels = [said[part] for part in PARTS]
    colour = steps(labels, [palette.CONNECTED, palette.OVERDUE, palette.PENDING], None, 3)
    return {
        "transform": [
            {"fold": list(PARTS), "as": ["part", "units"]},
            *calculated(
                part_said=picked("datum.part", dict(zip(PARTS, labels, strict=True))),
                place=f"indexof({list(PARTS)}, datum.part)",
            ),
        ],
        "mark": {"type": "bar", "height": 15, "aria": False},
        "encoding": {
            "y": _row(),
            "x": amount("units", said["axis"], "datum.value % 1 ? '' : format(datum.value, ',')"),
            "color": {"field": "part_said", **colour},
            "order": {"field": "place"},
            "tooltip": [
                tip("named", said["province"]),
                tip("stage_said", said["stage"]),
                tip("unitsDue", said["due"]),
                tip("connected", said["connected"]),
                tip("overdue", said["overdue"]),
                tip("share_said", said["share"]),
            ],
        },
    }


def _due_tick() -> Spec:
    mark = {"type": "tick", "color": palette.INK, "thickness": 2, "height": 20, "aria": False}
    encoding = {"y": _row(), "x": _along("unitsDue")}
    return {"transform": [{"filter": "datum.unitsDue > 0"}], "mark": mark, "encoding": encoding}


def _room() -> Spec:
    mark = {"type": "point", "opacity": 0, "aria": False, "tooltip": None}
    return {"mark": mark, "encoding": {"y": _row(), "x": _along("room")}}


def _counts() -> Spec:
    mark = {"type": "text", "align": "left", "dx": 7, "fontSize": 11, "color": palette.QUIET, "aria": False}
    return {"mark": mark, "encoding": {"y": _row(), "x": _along("end"), "text": {"field": "counts"}}}


def _heading(field: str, side: str, colour: str) -> Spec:
    mark = {"type": "text", "align": side, "yOffset": -LIFT, "fontSize": 12, "color": colour, "aria": False}
    place = {"value": 0 if side == "left" else "width"}
    return {"mark": mark, "encoding": {"y": _row(), "x": place, "text": {"field": field}}}


def _row() -> Spec:
    return {"field": "key", "type": "nominal", "sort": None, "axis": None}


def _along(field: str) -> Spec:
    return {"field": field, "type": "quantitative"}
