"""The charts as Vega-Lite specifications over rows called `rows`, the same for a page and for a printed report.

Rows are GraphQL's own with a province's names beside its code. Whatever a mark shows is worked out by the
specification, so that every renderer shows the same.
"""

from __future__ import annotations

from hub.dashboard.completeness_calendar import completeness_calendar
from hub.dashboard.energy_bars import energy_bars
from hub.dashboard.frame import Spec
from hub.dashboard.progress_bars import progress_bars
from hub.dashboard.tile_map import tile_map
from hub.dashboard.words import Language


def charts(language: Language) -> dict[str, Spec]:
    """Every chart by its name, labelled in a language."""
    return {
        "tiles": tile_map(language),
        "progress": progress_bars(language),
        "progressNarrow": progress_bars(language, is_narrow=True),
        "completeness": completeness_calendar(language),
        "energy": energy_bars(language),
    }
