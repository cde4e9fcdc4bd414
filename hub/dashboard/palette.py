"""The colours of every chart, told apart by any eye; static/pages.css repeats those it needs.

Blues say that a duty is met, oranges that it is not; the two stay apart for the colour-blind. The kinds follow
Okabe and Ito's palette, darkened where a thin bar on white would be too faint.
"""

from __future__ import annotations

INK = "#1d2733"
QUIET = "#55616f"
FAINT = "#9aa5b1"
LINE = "#dfe4ea"
PAPER = "#ffffff"

CONNECTED, OVERDUE, PENDING = "#1f6fb2", "#d1580b", "#c3ccd6"

SHARE_BOUNDS = (0.5, 0.75, 0.9, 1.0)
SHARES = ("#f2b179", "#dbe8f4", "#a5cae8", "#2c74ae", "#0f4c81")
SHARE_DARK_FROM = 0.9  # from here on a tile is dark and its text light

COMPLETENESS_BOUNDS = (0.5, 0.9, 0.99)  # 0.9 is the duty
COMPLETENESSES = ("#d1580b", "#f2b179", "#a5cae8", "#2c74ae")

KINDS = {
    "COAL": "#434c58",
    "OIL": "#9a5b13",
    "NATURAL_GAS": "#56b4e9",
    "ELECTRICITY": "#1f6fb2",
    "HEAT": "#d1580b",
    "OTHER": "#9aa5b1",
}
