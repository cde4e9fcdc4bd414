"""Gathers what is wrong with rows that came together, so that all of it is told at once."""

from __future__ import annotations

from graph.errors import Fault, FaultyRows, InvalidInput, NengshuError


class Faults:
    """The first `most` faults, and how many there are."""

    def __init__(self, most: int) -> None:
        self._most = most
        self._kept: list[Fault] = []
        self._rows: set[int] = set()
        self._found = 0

    def add(self, fault: NengshuError, row: int, column: str | None = None) -> None:
        """Take down what is wrong with a row, or with one cell of it."""
        self._rows.add(row)
        self._found += 1
        if len(self._kept) < self._most:
            self._kept.append(Fault(row, column, fault))

    def __contains__(self, row: int) -> bool:
        return row in self._rows

    def kept(self) -> list[Fault]:
        """The faults kept, in the order of the rows."""
        return sorted(self._kept, key=lambda fault: fault.row)

    def refuse_any(self, noun: str) -> None:
        """Raise InvalidInput in one sentence: the first faults and the number of rows that have any."""
        if not self._rows:
            return
        told = "; ".join(_told(fault) for fault in self._kept)
        more = f" ({len(self._rows)} rows in all)" if len(self._rows) > len(self._kept) else ""
        raise InvalidInput(told + more, noun)

    def refuse_each(self) -> None:
        """Raise FaultyRows, whose faults are told one by one, in the order of the rows."""
        if self._kept:
            raise FaultyRows(self.kept(), self._found - len(self._kept))


class FirstFaults(Faults):
    """The first fault of each row: of rows that stand for themselves one is enough to refuse it."""

    def add(self, fault: NengshuError, row: int, column: str | None = None) -> None:
        """Take down what is wrong with a row, unless something is already."""
        if row not in self:
            super().add(fault, row, column)


def _told(fault: Fault) -> str:
    column = "" if fault.column is None else f", {fault.column}"
    return f"row {fault.row}{column}: {fault.error}"
