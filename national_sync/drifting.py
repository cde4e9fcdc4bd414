"""What a run sees of how its source changed: kept with each delivery, told once in the run's own words.

Drift is no failure: what fits is in, and the rest waits in quarantine.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from graph.model.drift import ColumnDrift
from graph.model.quarantine import Kept
from graph.model.sync_run import Link, Receipt
from graph.ports import Delivery, Quarantine

TOLD_MAX = 20  # columns a run names; all of them stand in the link's drift report
COLUMN_CHARACTERS_MAX = 100  # of one column's name


class NothingKept:
    """A quarantine of who keeps nothing (graph.ports.Quarantine)."""

    def keep(self, _link: Link, _delivery: Delivery, _receipt: Receipt, /) -> Kept:
        """Nothing."""
        return Kept()

    def settle(self, _link: Link, _seen: object, _who: str, /) -> None:
        """Nothing."""


@dataclass
class Drifting:
    """The drift of one run."""

    link: Link
    quarantine: Quarantine
    rows: int = 0
    came: bool = False
    seen: set[ColumnDrift] = field(default_factory=set)
    told: dict[ColumnDrift, None] = field(default_factory=dict)

    def keep(self, delivery: Delivery, receipt: Receipt) -> None:
        """Keep what of a delivery waits. Raises StoreError."""
        self.came = self.came or delivery.raw is not None
        self.seen.update(delivery.drift)
        if delivery.drift or receipt.rejected_count:
            kept = self.quarantine.keep(self.link, delivery, receipt)
            self.rows += kept.rows
            self.told |= dict.fromkeys(kept.told)

    def settle(self, who: str) -> None:
        """Settle what the whole run showed no more."""
        if self.came:
            self.quarantine.settle(self.link, self.seen, who)

    @property
    def text(self) -> str | None:
        """What is to be told of it, or None."""
        if not self.told:
            return None
        named = [_told(drift) for drift in list(self.told)[:TOLD_MAX]]
        more = len(self.told) - len(named)
        columns = ", ".join([*named, *([f"{more} more"] if more else [])])
        wait = f"; {self.rows:,} rows wait in quarantine".replace(",", " ") if self.rows else ""
        return f"drift: {columns}{wait}"


def _told(drift: ColumnDrift) -> str:
    name = "".join(letter if letter.isprintable() else " " for letter in drift.column)[:COLUMN_CHARACTERS_MAX]
    came = f" as {drift.came}"[:COLUMN_CHARACTERS_MAX] if drift.came and drift.keeps_rows_out else ""
    return f"column {name} {drift.kind.value}{came}"
