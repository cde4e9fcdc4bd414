"""Batches handed in over a socket until they are durable: every format in turn, and bare DuckDB with the same rows.

A round gives every form a day of its own, of provinces that take turns, and begins with another form than the one before.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from statistics import median
from time import perf_counter

from rich.console import Console
from rich.progress import track

from scripts.benchmarks._access_pairs import Middle
from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._links_bare import Bare
from scripts.benchmarks._links_bodies import FORMS, PLAIN, Form
from scripts.benchmarks._links_nation import Province
from scripts.benchmarks._links_sender import Sender
from scripts.benchmarks._links_served import Process

ARROW_ROWS_S_MIN, LINES_ROWS_S_MIN = 1_000_000, 250_000
SHARE_OF_BARE_MIN = 0.2
AT_ONCE = 2  # senders, of different provinces
TOGETHER, RESENT, CORRECTED = f"Arrow, {AT_ONCE} senders at once", "Arrow, resent", "Arrow, corrected"
AS_SENT, AS_NUMBERS = "bare append", "bare append, words as numbers"
LEAST = {PLAIN.name: ARROW_ROWS_S_MIN, "NDJSON": LINES_ROWS_S_MIN}


@dataclass(frozen=True)
class Taken:
    """What some rows took: seconds, and those of CPU, the hub's or of who appends."""

    rows: int
    seconds: float
    cpu_s: float = 0.0


Act = Callable[[], Taken]


@dataclass(frozen=True)
class Uploads:
    """The hub, who sends to it, and what is compared with it; each takes the next of `days` for itself."""

    hub: Process
    provinces: Sequence[Province]
    senders: Mapping[str, Sender]
    bare: Bare
    days: Iterator[dt.date]

    def warm(self) -> None:
        """Every province's points are looked up, and the registry is copied, before anything counts."""
        for province in self.provinces:
            self._fresh(PLAIN, province)

    def acts(self, number: int) -> list[tuple[str, Act]]:
        """What a round does, by name."""
        own = partial(self._province, number)
        return [
            *((form.name, partial(self._fresh, form, own(place))) for place, form in enumerate(FORMS)),
            (TOGETHER, partial(self._together, [own(place) for place in range(AT_ONCE)])),
            (RESENT, partial(self._again, own(2), 0, "duplicate")),
            (CORRECTED, partial(self._again, own(3), 1, "corrected")),
            (AS_SENT, partial(self._appended, self.bare.append, own(4))),
            (AS_NUMBERS, partial(self._appended, self.bare.append_numbers, own(5))),
        ]

    def _province(self, number: int, place: int) -> Province:
        return self.provinces[(number + place) % len(self.provinces)]

    def _fresh(self, form: Form, province: Province) -> Taken:
        rows = province.day(next(self.days))
        body, before = form.body(rows), self.hub.cpu_s
        sent = self.senders[province.code].send(form, body, rows.num_rows).check("accepted")
        return Taken(sent.rows, sent.seconds, self.hub.cpu_s - before)

    def _again(self, province: Province, revision: int, fate: str) -> Taken:
        """A day that is known, said again."""
        sender, day = self.senders[province.code], next(self.days)
        known, rows = province.day(day), province.day(day, revision)
        sender.send(PLAIN, PLAIN.body(known), known.num_rows).check("accepted")
        body, before = PLAIN.body(rows), self.hub.cpu_s
        sent = sender.send(PLAIN, body, rows.num_rows).check(fate)
        return Taken(sent.rows, sent.seconds, self.hub.cpu_s - before)

    def _together(self, provinces: Sequence[Province]) -> Taken:
        """Several at once, until the last of them has its receipt."""
        day = next(self.days)
        tables = [province.day(day) for province in provinces]
        bodies, before = [PLAIN.body(rows) for rows in tables], self.hub.cpu_s
        with ThreadPoolExecutor(len(provinces)) as threads:
            began = perf_counter()
            sent = [
                threads.submit(self.senders[province.code].send, PLAIN, body, rows.num_rows)
                for province, body, rows in zip(provinces, bodies, tables, strict=True)
            ]
            rows = sum(each.result().check("accepted").rows for each in sent)
            return Taken(rows, perf_counter() - began, self.hub.cpu_s - before)

    def _appended(self, append: Callable[..., tuple[float, float]], province: Province) -> Taken:
        rows = province.day(next(self.days))
        return Taken(rows.num_rows, *append(rows))


def upload_figures(uploads: Uploads, rounds: int) -> Iterator[Figure]:
    """The rate of each, what CPU of the hub it takes, and how much of bare DuckDB's rate is left."""
    uploads.warm()
    found: dict[str, list[Taken]] = defaultdict(list)
    for number in track(range(rounds), "uploads", console=Console(stderr=True), transient=True):
        acts = uploads.acts(number)
        first = number * 5 % len(acts)
        for name, act in (*acts[first:], *acts[:first]):
            found[name].append(act())
    for name, taken in found.items():
        yield from _rates(name, taken)
    for name in (PLAIN.name, TOGETHER):
        yield from _shares(name, found)


def _rates(name: str, taken: Sequence[Taken]) -> Iterator[Figure]:
    rate = Middle.of([each.rows / each.seconds for each in taken])
    yield Figure(name, rate.median, "readings/s", LEAST.get(name))
    yield Figure(f"{name}, least", rate.least, "readings/s")
    yield Figure(f"{name}, most", rate.most, "readings/s")
    if any(each.cpu_s for each in taken):
        cpu = median(each.rows / each.cpu_s for each in taken if each.cpu_s)
        yield Figure(f"{name}: for a second of CPU", cpu, "readings")


def _shares(name: str, found: Mapping[str, Sequence[Taken]]) -> Iterator[Figure]:
    """Round by round, lest what else the machine does meets only one of them."""
    for bare in (AS_SENT, AS_NUMBERS):
        pairs = list(zip(found[name], found[bare], strict=True))
        share = Middle.of([(a.rows / a.seconds) / (b.rows / b.seconds) for a, b in pairs])
        held = name == PLAIN.name
        target = SHARE_OF_BARE_MIN if held else None
        yield Figure(f"{name}: share of {bare}", share.median, "x", target, Wanted.AT_LEAST)
        yield Figure(f"{name}: share of {bare}, least", share.least, "x")
        yield Figure(f"{name}: share of {bare}, most", share.most, "x")
        by_cpu = [(a.rows / a.cpu_s) / (b.rows / b.cpu_s) for a, b in pairs if a.cpu_s and b.cpu_s]
        if by_cpu:
            yield Figure(f"{name}: share of {bare}, by CPU", median(by_cpu), "x")
