"""What of the readings behind differing digests has to be booked here, what is taken back, and what the other end lost.

The source decides of what it says: its value replaces one of the same or an older version. One of a newer version is a
correction that was made here, and is left. What stands here alone is taken back where that is certain: the source took it
back, too, or says that very value of the day before or after, where we do not have it, as a clock wrong by a day leaves it.
Else the source may have lost it: it is told, and nothing is taken back for it.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.reading import EXCHANGED, INSTANT

KEY = ["unit", "data_code", "granularity", "start"]
_SAID = [*KEY, "value"]
_NOTHING = EXCHANGED.empty_table()
_DAY = pa.scalar(dt.timedelta(days=1), pa.duration("us"))
_TICK_US = 1  # by which a mended value is newer than what it replaces


@dataclass(frozen=True)
class Mend:
    """Readings (EXCHANGED) by what is to become of them: `missing` and `changed` are theirs, the others ours.

    `moved` stand here on a day that is wrong by one, `withdrawn` the source took back; the source lost what is `gone_there`.
    """

    missing: pa.Table
    changed: pa.Table
    newer_here: pa.Table
    moved: pa.Table
    withdrawn: pa.Table
    gone_there: pa.Table

    @property
    def booked(self) -> pa.Table:
        """What is to be booked here."""
        return pa.concat_tables([self.missing, self.changed])

    @property
    def taken_back(self) -> pa.Table:
        """What is to hold here no longer."""
        return pa.concat_tables([self.moved, self.withdrawn])


def mend_of(ours: pa.Table, theirs: pa.Table, taken_back: pa.Table = _NOTHING) -> Mend:
    """What two ends' readings (EXCHANGED) of the same units' days come to; each end has each key once.

    `taken_back` are those the source says it took back.
    """
    here = ours.select([*KEY, "value", "version"]).rename_columns([*KEY, "our_value", "our_version"])
    both = theirs.join(here, KEY, join_type="left outer")
    is_new = pc.is_null(both["our_value"])
    differs = pc.fill_null(pc.not_equal(both["value"], both["our_value"]), fill_value=False)
    newer = pc.fill_null(pc.greater(both["our_version"], both["version"]), fill_value=False)
    changed = both.filter(pc.and_(differs, pc.invert(newer)))
    left = both.filter(pc.and_(differs, newer)).select(KEY)
    missing = both.filter(is_new)
    said = pa.concat_tables([missing.select(_SAID), changed.select(_SAID)])
    alone = ours.join(theirs.select(KEY), KEY, join_type="left anti")
    withdrawn = alone.join(taken_back.select(_SAID), _SAID, join_type="left semi")
    rest = alone.join(taken_back.select(_SAID), _SAID, join_type="left anti")
    beside = pa.concat_tables(_a_day_aside(said))
    return Mend(
        missing=_exchanged(missing),
        changed=_exchanged(_newer_than_ours(changed)),
        newer_here=_exchanged(ours.join(left, KEY, join_type="left semi")),
        moved=_exchanged(rest.join(beside, _SAID, join_type="left semi")),
        withdrawn=_exchanged(withdrawn),
        gone_there=_exchanged(rest.join(beside, _SAID, join_type="left anti")),
    )


def _a_day_aside(said: pa.Table) -> Iterator[pa.Table]:
    """What would stand here, had a clock been wrong by a day."""
    place = said.schema.get_field_index("start")
    for start in (pc.add(said["start"], _DAY), pc.subtract(said["start"], _DAY)):
        yield said.set_column(place, "start", start.cast(INSTANT))


def _newer_than_ours(changed: pa.Table) -> pa.Table:
    """Versions that replace ours: their own where it is newer already, else the least that is."""
    ours = pc.add(changed["our_version"].cast(pa.int64()), _TICK_US).cast(INSTANT)
    theirs = changed["version"].cast(INSTANT)
    is_newer = pc.fill_null(pc.greater(theirs, ours), fill_value=False)
    version = pc.if_else(is_newer, theirs, ours)
    return changed.set_column(changed.schema.get_field_index("version"), "version", version)


def _exchanged(table: pa.Table) -> pa.Table:
    ordered = table.select(EXCHANGED.names).sort_by([(name, "ascending") for name in KEY])
    return ordered.cast(pa.schema([pa.field(field.name, field.type) for field in EXCHANGED]))
