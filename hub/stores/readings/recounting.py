"""A store counts itself again: what it keeps of units' days is held against their readings, and made to follow from them.

Somebody wrote into the file, or a block of it was lost: then what is kept beside the readings lies, and two ends that
compare it agree where they do not. What is lost cannot be counted back; it shows as a difference once cards are right.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa

from graph.model.reading import granularity_names
from graph.ports import NOW, DigestAsk, DigestLevel
from hub.stores.readings.arrow_tables import registered
from hub.stores.readings.database import Database, one_state
from hub.stores.readings.digesting import days_from_readings, digests_of, lanes_of, of_units
from hub.stores.readings.lanes import integers
from hub.stores.readings.mirror import Mirror
from hub.stores.readings.point_columns import PointColumns
from hub.stores.readings.rederiving import rederive
from hub.stores.readings.statements import run
from national_sync.comparing import apart

READINGS_PER_PIECE = (
    500_000  # that a piece of units holds about: some hundred megabytes while they are counted
)
UNITS_PER_PIECE = 200  # of which nothing is kept, and that hold who knows how much
_DAY = ["unit", "granularity", "day"]
_DAYS = pa.schema([("unit", pa.string()), ("granularity", pa.string()), ("day", pa.date32())])

Told: TypeAlias = Callable[[int, int], None]


@dataclass(frozen=True)
class Recount:
    """What counting came to: units' days that were not as their readings make them, and periods of which two held."""

    days: int = 0
    twice: int = 0

    def __add__(self, other: Recount) -> Recount:
        return Recount(self.days + other.days, self.twice + other.twice)


@dataclass(frozen=True)
class Recounting:
    """Counts a store's units in a period as they stand now; `bound` is what statements of such a question bind."""

    database: Database
    mirror: Mirror
    ask: DigestAsk
    bound: Mapping[str, Any]

    def run(self, told: Told, *, mend: bool) -> Recount:
        """Count piece by piece; with `mend` each piece is put right in a transaction of its own."""
        pieces, found = list(self._pieces()), Recount()
        for number, units in enumerate(pieces, 1):
            wrong, twice = self._wrong(units)
            found += Recount(wrong.num_rows, twice.num_rows)
            if mend and wrong.num_rows:
                self._mend(wrong, twice)
            told(number, len(pieces))
        return found

    def _pieces(self) -> Iterator[tuple[str, ...]]:
        """Units that are counted together."""
        days = {"first_day": self.ask.period.first_day, "last_day": self.ask.period.last_day}
        asked = {**self.bound, **days, "units": list(self.ask.units) or None}
        with self.database.reading(much=True) as cursor:
            rows = run(cursor, "recount_units", asked).fetchall()
        piece: list[str] = []
        held = 0
        for unit, readings in rows:
            if piece and (held + readings > READINGS_PER_PIECE or len(piece) == UNITS_PER_PIECE):
                yield tuple(piece)
                piece, held = [], 0
            piece.append(unit)
            held += readings
        if piece:
            yield tuple(piece)

    def _wrong(self, units: tuple[str, ...]) -> tuple[pa.Table, pa.Table]:
        """The days of some units that are not what their readings make them, and what stands there twice."""
        ask = replace(self.ask, level=DigestLevel.DAY, units=units, as_of=NOW)
        with self.database.reading(much=True) as cursor, one_state(cursor):
            told = digests_of(cursor, ask, self.bound, self.mirror.points)
            counted = days_from_readings(cursor, ask, self.bound, self.mirror.points)
            twice = run(cursor, "recount_twice", of_units(cursor, ask, self.bound)).to_arrow_table()
        words = granularity_names(twice["granularity"])
        doubled = twice.set_column(twice.schema.get_field_index("granularity"), "granularity", words)
        differs = apart(told, counted, _DAY).select(_DAY).cast(_DAYS)
        wrong = pa.concat_tables([differs, doubled.select(_DAY).cast(_DAYS)])
        return wrong.group_by(_DAY, use_threads=False).aggregate([]), twice

    def _mend(self, wrong: pa.Table, twice: pa.Table) -> None:
        """Energy is told by the last batch: what earlier ones told of it cannot be known any more."""
        with self.database.writing() as cursor, self.database.on_all_cores():
            ((at,),) = cursor.execute("SELECT max(received_at) FROM batch").fetchall()
            if twice.num_rows:
                with registered(cursor, twice=twice):
                    self.database.marked.add(run(cursor, "recount_single").to_arrow_table())
            with registered(cursor, wrong=wrong):
                run(cursor, "recount_damaged")
            rows = run(cursor, "recount_rows").to_arrow_table()
            with registered(cursor, recounted=_with_lanes(rows, self.mirror.points)):
                run(cursor, "recount_cards")
            run(cursor, "rederive_before")
            rederive(cursor, at, cards=False)


def _with_lanes(rows: pa.Table, points: PointColumns) -> pa.Table:
    """Changes with both lanes of digest; those of what went are taken away."""
    _, first, second = lanes_of(rows, points)
    gone = integers(rows["sign"]) < 0
    for name, lane in (("lane_a", first), ("lane_b", second)):
        rows = rows.append_column(name, pa.array(np.where(gone, np.uint64(0) - lane, lane)))
    return rows
