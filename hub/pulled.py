"""What links bring into the registry: a province speaks for its own rows, and not over what those above it decided."""

from __future__ import annotations

import datetime as dt
import hashlib
import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from graph.errors import InvalidInput
from graph.model.principal import NATION, Reach
from graph.model.report import ReportState, Standing, standing_after_pull
from graph.ports import Upserted
from hub.stores.registry import cells
from hub.stores.registry.registry import Registry
from hub.stores.registry.writes import Settle, as_it_came

PAGES_MAX = 100_000  # of a noun, a thousand rows each: fifty nations' points
DIGEST_BYTES = 16  # no two pages meet in it
Row = Mapping[str, Any]


@dataclass(frozen=True)
class PulledNouns:
    """Writes of nouns that were pulled. Implements graph.ports.RegistrySink.

    Nouns come whole each time and hardly ever differ: a page that was written is not looked at again until its noun or
    some unit has changed in the registry, by whomever. A page that was refused always is.
    """

    registry: Registry
    _pages: Pages = field(default_factory=lambda: Pages())

    def upsert(self, noun: str, rows: Iterable[Row], who: str, reach: Reach = NATION) -> Upserted:
        """Insert or change by natural key, all rows or none, as Registry.upsert. Raises InvalidInput."""
        given = list(rows)
        page = _digest(noun, given, who, reach)
        rests_on = (noun, "unit")  # where a unit lies says who may speak of it
        before = self.registry.revision(rests_on)
        if self._pages.hold(noun, page, before):
            return Upserted(0, 0, len(given))
        told = self.registry.upsert(noun, given, who, reach, SETTLES.get(noun, as_it_came))
        self._pages.keep(noun, page, before, self.registry.revision(rests_on))
        return told


class Pages:
    """Digests of pages that say what the registry says, by noun, as of the noun's revision; any thread may ask."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._kept: dict[str, tuple[int, set[bytes]]] = {}

    def hold(self, noun: str, page: bytes, revision: int) -> bool:
        """Whether the page was written, and its noun has not changed since."""
        with self._lock:
            return page in self._of(noun, revision)

    def keep(self, noun: str, page: bytes, before: int, after: int) -> None:
        """A page was written between two revisions; where those differ it is looked at once more."""
        with self._lock:
            pages = self._of(noun, after)
            if before == after and len(pages) < PAGES_MAX:
                pages.add(page)

    def _of(self, noun: str, revision: int) -> set[bytes]:
        """Those of this revision; what is kept of an older one is forgotten, and nothing is kept for one."""
        kept, pages = self._kept.get(noun, (-1, set()))
        if revision > kept:
            pages = set()
            self._kept[noun] = (revision, pages)
        return pages if revision >= kept else set()


def _digest(noun: str, rows: list[Row], who: str, reach: Reach) -> bytes:
    """Of all that is said of rows, and who says it."""
    told = repr((noun, who, str(reach), [sorted(row.items()) for row in rows]))
    return hashlib.blake2b(told.encode("utf-8", "surrogatepass"), digest_size=DIGEST_BYTES).digest()


def _report(held: Row | None, came: Row) -> Row:
    """A report with the state that stands; what is no state or no day is left for the registry to refuse."""
    if not isinstance(came.get("state"), str) or came["state"] not in set(ReportState):
        return came
    try:
        came = {**came, "submitted_on": _day(came.get("submitted_on"))}
    except InvalidInput:
        return came
    before = None if held is None else _standing(held)
    state, day = standing_after_pull(before, _standing(came))
    return {**came, "state": state.value, "submitted_on": day}


def _day(said: Any) -> dt.date | None:
    """A day, which may come as text: the same day is no other one because of how it is written."""
    return None if said is None else cells.day(said)


def _standing(row: Row) -> Standing:
    return ReportState(row["state"]), row.get("submitted_on")


SETTLES: Mapping[str, Settle] = {"quarterly_report": _report}
