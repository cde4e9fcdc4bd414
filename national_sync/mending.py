"""What of the readings behind differing digests has to be booked here, what is ours to keep, and what the other end lost.

The source decides of what it says: its value replaces one of the same or an older version. One of a newer version is a
correction that was made here, and is left; a reading the source no longer has is told, and nothing is deleted for it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.reading import EXCHANGED, INSTANT

KEY = ["unit", "data_code", "granularity", "start"]
_TICK_US = 1  # by which a mended value is newer than what it replaces


@dataclass(frozen=True)
class Mend:
    """Readings (EXCHANGED) by what is to become of them: `missing` and `changed` are theirs, the other two ours."""

    missing: pa.Table
    changed: pa.Table
    newer_here: pa.Table
    gone_there: pa.Table

    @property
    def booked(self) -> pa.Table:
        """What is to be booked here."""
        return pa.concat_tables([self.missing, self.changed])


def mend_of(ours: pa.Table, theirs: pa.Table) -> Mend:
    """What two ends' readings (EXCHANGED) of the same units' days come to; each end has each key once."""
    here = ours.select([*KEY, "value", "version"]).rename_columns([*KEY, "our_value", "our_version"])
    both = theirs.join(here, KEY, join_type="left outer")
    is_new = pc.is_null(both["our_value"])
    differs = pc.fill_null(pc.not_equal(both["value"], both["our_value"]), fill_value=False)
    newer = pc.fill_null(pc.greater(both["our_version"], both["version"]), fill_value=False)
    changed = both.filter(pc.and_(differs, pc.invert(newer)))
    left = both.filter(pc.and_(differs, newer)).select(KEY)
    return Mend(
        missing=_exchanged(both.filter(is_new)),
        changed=_exchanged(_newer_than_ours(changed)),
        newer_here=_exchanged(ours.join(left, KEY, join_type="left semi")),
        gone_there=_exchanged(ours.join(theirs.select(KEY), KEY, join_type="left anti")),
    )


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
