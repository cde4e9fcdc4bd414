"""What was denied, counted: kinds told apart within a minute, so many of each asker's that no other uses them up.

A known asker has a budget of its own, a stranger's address one of the strangers'. What comes beyond it is counted as the
asker's "others", in a row with its name or address; what comes from strangers beyond all addresses' is one row of nobody's.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import TypeAlias

from hub.access.log import Entry
from hub.stores.door.tables import ADDRESS_MAX, SUBJECT_MAX
from hub.stores.registry.known import Place
from hub.stores.registry.tables import NAME_MAX

AGAIN = dt.timedelta(seconds=60)  # in which what comes again is counted
KINDS_OF_KNOWN_MAX = (
    50  # of one asker: one that errs asks the same again, one that pries is seen by fifty rows
)
KNOWN_KINDS_MAX = (
    5_000  # of all known askers: their clients and accounts are the hub's own, a hundred at once prying
)
KINDS_OF_ADDRESS_MAX = 20  # of one stranger: few addresses of a hub's refuse strangers at all
STRANGERS_KINDS_MAX = 200  # of all strangers: 400 rows a minute, 300 MB a day if a flood never ends
OTHERS = "others"  # the subject of what was denied beside so many kinds
Asker: TypeAlias = tuple[bool, str]  # whether it is known, and its name or address
Kind: TypeAlias = tuple[Asker, str, str | None]


@dataclass
class Again:
    """How often a kind came again since its first, and the latest of them."""

    since: dt.datetime
    latest: Entry
    times: int = 0


class Denials:
    """What is counted now; one thread at a time may call."""

    def __init__(self) -> None:
        self._kinds: dict[Kind, Again] = {}  # in the order in which they began
        self._of_asker: Counter[Asker] = Counter()
        self._of_all: Counter[bool] = Counter()  # of the known, and of strangers
        self._others: Again | None = None  # of nobody

    def count(self, entry: Entry) -> bool:
        """Whether an entry is the first of its kind, and has to be written; any other is counted here."""
        kind = kind_of(entry)
        known = self._kinds.get(kind)
        if known is None and self._has_room(kind[0]):
            self._begin(kind, entry)
            return True
        if known is None:
            known, entry = self._beside(kind[0], entry)
        known.times += 1
        known.latest = entry
        return False

    def postpone(self, entry: Entry) -> None:
        """Count an entry, the first of its kind too, which is written when its minute is over."""
        if self.count(entry):
            self._kinds[kind_of(entry)].times += 1

    def forget(self, entry: Entry) -> None:
        """The first of a kind could not be written: the next one of it is the first."""
        kind = kind_of(entry)
        if kind in self._kinds:
            self.put_back([self._take(kind)])

    def over(self, now: dt.datetime) -> list[Again]:
        """What is not counted any longer, taken away."""
        over = []
        for kind, counted in self._kinds.items():
            if now < counted.since + AGAIN:
                break
            over.append(kind)
        found = [self._take(kind) for kind in over]
        if self._others is not None and now >= self._others.since + AGAIN:
            found += self._without_others()
        return found

    def all(self) -> list[Again]:
        """All that is counted, taken away."""
        return [self._take(kind) for kind in list(self._kinds)] + self._without_others()

    def put_back(self, counted: Iterable[Again]) -> None:
        """What could not be written is counted among nobody's others."""
        for each in counted:
            if not each.times:
                continue
            self._others = self._others or Again(each.since, _of_nobody(each.latest))
            self._others.times += each.times

    def _has_room(self, asker: Asker) -> bool:
        is_known, _ = asker
        each, all_ = (
            (KINDS_OF_KNOWN_MAX, KNOWN_KINDS_MAX) if is_known else (KINDS_OF_ADDRESS_MAX, STRANGERS_KINDS_MAX)
        )
        return self._of_asker[asker] < each and self._of_all[is_known] < all_

    def _begin(self, kind: Kind, entry: Entry) -> Again:
        self._kinds[kind] = begun = Again(entry.at, entry)
        self._of_asker[kind[0]] += 1
        self._of_all[kind[0][0]] += 1
        return begun

    def _beside(self, asker: Asker, entry: Entry) -> tuple[Again, Entry]:
        """Where what has no room is counted, and as what: the asker's others where it has kinds here, else nobody's."""
        if self._of_asker[asker]:
            said = replace(entry, subject=OTHERS, code=None, detail={})
            kind = kind_of(said)
            return self._kinds.get(kind) or self._begin(kind, said), said
        said = _of_nobody(entry)
        self._others = self._others or Again(entry.at, said)
        return self._others, said

    def _take(self, kind: Kind) -> Again:
        self._leave(kind)
        return self._kinds.pop(kind)

    def _leave(self, kind: Kind) -> None:
        asker = kind[0]
        self._of_all[asker[0]] -= 1
        self._of_asker[asker] -= 1
        if not self._of_asker[asker]:
            del self._of_asker[asker]

    def _without_others(self) -> list[Again]:
        others, self._others = self._others, None
        return [] if others is None else [others]


def kind_of(entry: Entry) -> Kind:
    """Who was denied, what, and why; of strangers the address stands for who."""
    asker = (
        (False, (entry.address or "")[:ADDRESS_MAX]) if entry.who is None else (True, entry.who[:NAME_MAX])
    )
    return asker, entry.subject[:SUBJECT_MAX], entry.code


def _of_nobody(entry: Entry) -> Entry:
    return Entry(entry.at, None, entry.action, OTHERS, entry.outcome, None, None, Place(), None, None, {})
