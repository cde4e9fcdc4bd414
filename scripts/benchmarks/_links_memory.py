"""What a hub's process holds at most while the largest batches come in: every format, one by one and two at once."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import pyarrow as pa
from rich.console import Console
from rich.progress import track

from scripts.benchmarks._figure import Figure, Wanted
from scripts.benchmarks._links_bodies import FORMS, Form
from scripts.benchmarks._links_nation import Province
from scripts.benchmarks._links_sender import Sender
from scripts.benchmarks._links_served import Process
from scripts.benchmarks._store_nation import POINTS

ROWS = 1_000_000  # the most a batch may have
AT_ONCE = 2  # as many as the hub lets in at once
# 0.6 of DuckDB's, 0.6 of a nation's registry and of Python, and two bodies of 190 MB of text with what is made of them.
BOUND_GB = 3.5


@dataclass(frozen=True)
class Largest:
    """A hub that gets batches of so many rows of a nation's provinces; each takes the next of `days` for itself."""

    hub: Process
    provinces: Sequence[Province]
    senders: Mapping[str, Sender]
    days: Iterator[dt.date]
    rows: int = ROWS
    bound_gb: float = BOUND_GB

    def bodies(self, form: Form) -> list[tuple[Province, bytes, int]]:
        """A body for each of those who send at once."""
        return [self._body(form, province) for province in self.provinces[:AT_ONCE]]

    def _body(self, form: Form, province: Province) -> tuple[Province, bytes, int]:
        days = -(-self.rows // (province.units * POINTS))
        table = pa.concat_tables([province.day(next(self.days)) for _ in range(days)]).slice(0, self.rows)
        return province, form.body(table), table.num_rows

    def send(self, form: Form, told: tuple[Province, bytes, int]) -> None:
        """One of them."""
        province, body, rows = told
        self.senders[province.code].send(form, body, rows).check("accepted")


def memory_figures(largest: Largest, forms: Sequence[Form] = FORMS) -> Iterator[Figure]:
    """The peak of each format, alone and two at once; then the peak of all."""
    peaks = []
    for form in track(forms, "largest batches", console=Console(stderr=True), transient=True):
        for name, at_once in (("one", 1), (f"{AT_ONCE} at once", AT_ONCE)):
            bodies = largest.bodies(form)[:at_once]
            largest.hub.forget_peak()
            with ThreadPoolExecutor(at_once) as threads:
                for sent in [threads.submit(largest.send, form, told) for told in bodies]:
                    sent.result()
            peaks.append(largest.hub.peak_bytes / 1e9)
            yield Figure(f"largest batch, {form.name}, {name}: memory at most", peaks[-1], "GB")
    yield Figure("largest batches: memory at most", max(peaks), "GB", largest.bound_gb, Wanted.AT_MOST)
    yield Figure("largest batches: memory afterwards", largest.hub.resident_bytes / 1e9, "GB")
