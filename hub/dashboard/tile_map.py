"""The tile map: every province one tile, coloured by the share of its due units that are connected."""

from __future__ import annotations

from hub.dashboard import palette
from hub.dashboard.expressions import named, percent, picked, quoted, stepped, whole_number
from hub.dashboard.frame import Spec, calculated, frame, steps, tip
from hub.dashboard.words import Language, words

LETTERS_MAX = 4  # of a name on a tile of 28 pixels, as wide as a telephone lets it be
HEIGHT = 460  # a page sets it anew, so that tiles stay square


def tile_map(language: Language) -> Spec:
    """Provinces as tiles, coloured by connected / due; outlined where none is due.

    Rows: code, name, shortName, english, tileColumn, tileRow, unitsDue, connected.
    """
    said = words(language)
    labels = [said["share"][name] for name in ("low", "half", "most", "near", "all")]
    nothing = said["tiles"]["noUnits"]
    is_due = "datum.unitsDue > 0"
    colour = steps([*labels, nothing], [*palette.SHARES, palette.PAPER], said["tiles"]["legend"], 3)
    tile = {
        "mark": {"type": "rect", "cornerRadius": 4, "stroke": palette.FAINT, "aria": False},
        "encoding": {
            "color": {"field": "step", **colour},
            "strokeWidth": {"condition": {"test": is_due, "value": 0}, "value": 0.8},
            "tooltip": [
                tip("named", said["progress"]["province"]),
                tip("share_said", said["progress"]["share"]),
                tip("counts", f"{said['progress']['connected']} / {said['progress']['due']}"),
            ],
        },
    }
    return {
        **frame(said["tiles"]["chart"]),
        "height": HEIGHT,
        "autosize": {"type": "fit", "contains": "padding"},
        "transform": calculated(
            named=named(language),
            label=_tile_label(language),
            share=f"{is_due} ? datum.connected / datum.unitsDue : null",
            step=f"{is_due} ? {stepped('min(datum.share, 1)', palette.SHARE_BOUNDS, labels)} : {quoted(nothing)}",
            percent=percent("datum.share", 0),
            share_said=f"{is_due} ? {percent('datum.share')} : {quoted(nothing)}",
            counts=f"{whole_number('datum.connected')} + ' / ' + {whole_number('datum.unitsDue')}",
        ),
        "encoding": {"x": _tile_axis("tileColumn"), "y": _tile_axis("tileRow")},
        "layer": [
            tile,
            _tile_text("label", f"!({is_due})", 0, 12),
            _tile_text("label", is_due, -0.14, 13),
            _tile_text("percent", is_due, 0.2, 10.5),
        ],
    }


def _tile_axis(field: str) -> Spec:
    scale = {"paddingInner": 0.08, "paddingOuter": 0.04}
    return {"field": field, "type": "ordinal", "axis": None, "scale": scale}


def _tile_label(language: Language) -> str:
    """The short name; in English two letters, or the name's last word where a province has none."""
    if language is Language.ZH:
        return "datum.shortName"
    name = "split(datum.english, ' ')"
    return f"{picked('datum.code', words(language)['TILE'])} || slice({name}[length({name}) - 1], 0, {LETTERS_MAX})"


def _tile_text(field: str, test: str, below: float, size: float) -> Spec:
    """Text so far below the middle, in tiles; `size` in pixels on a tile that is large enough for it."""
    light = {"test": f"datum.share >= {palette.SHARE_DARK_FROM}", "value": palette.PAPER}
    return {
        "transform": [{"filter": test}],
        "mark": {
            "type": "text",
            "dy": {"expr": f"{below} * bandwidth('y')"},
            "fontSize": {"expr": f"min({size}, {size / 42:.3f} * bandwidth('x') + 1.5)"},
            "aria": False,
            "tooltip": None,
        },
        "encoding": {"text": {"field": field}, "color": {"condition": light, "value": palette.INK}},
    }
