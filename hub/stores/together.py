"""Lists of the registry and, under a noun of its own, the audit trail: one row source for whoever asks by nouns."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import pyarrow as pa

from graph.ports import Ask, Page, RowSource


@dataclass(frozen=True)
class Together:
    """A row source that asks `others` for their nouns and `first` for all else."""

    first: RowSource
    others: Mapping[str, RowSource]

    def rows(self, ask: Ask) -> Page:
        """One page."""
        return self._of(ask.noun).rows(ask)

    def known(self, ask: Ask) -> Page | None:
        """The same page where it is known without waiting."""
        return self._of(ask.noun).known(ask)

    def pages(self, asks: Sequence[Ask]) -> list[Page]:
        """A page each; they differ in their conditions alone."""
        return self._of(asks[0].noun).pages(asks)

    def counts(self, ask: Ask, by: str, latest: str | None = None) -> pa.Table:
        """Rows by a column's values."""
        return self._of(ask.noun).counts(ask, by, latest)

    def _of(self, noun: str) -> RowSource:
        return self.others.get(noun, self.first)
