"""How old a figure may be that others show or publish, and how far their clocks may be from ours."""

from __future__ import annotations

FRESH_SECONDS = "900"  # unless told otherwise; a quarter-hour: what is older is of another period
AHEAD_S_MAX = 60.0  # two clocks differ by less, or one of them is wrong
