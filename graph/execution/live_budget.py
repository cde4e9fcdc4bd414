"""What answers of other hubs may cost one request, over however many provinces, fields and places they are spread."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

from graph.errors import TooLarge
from graph.execution.guard import COST_MAX

VALUES_MAX = COST_MAX  # a province says: no question we pass on asks for more
VALUES_MAX_OF_ALL = 2 * VALUES_MAX  # all say: whatever one liar says, the honest may say what they were asked
LIES_MAX = 100  # false values; beyond, nothing is worth reading, and each is an error to write
FAULTS_MAX = 300  # errors provinces tell of themselves; of each answer the first one is always told
AGAIN_MAX = 40  # places beyond its first at which the same answer stands: entities may repeat a province


class LiveBudget:
    """What is spent of it so far."""

    def __init__(self) -> None:
        self.lies = self.faults = 0
        self._values = Counter[str]()
        self._sizes: dict[int, int] = {}  # by answer: the same one is counted once

    def has_values_for(self, province: str, data: Mapping[str, Any]) -> bool:
        """Whether a province may say this, too; it then has. Raises TooLarge where all have said too much.

        Reading an answer holds up everybody, so that one that may not be said is not read.
        """
        if id(data) not in self._sizes:
            self._sizes[id(data)] = _size(data)
        size = self._sizes[id(data)]
        if self._values[province] + size > VALUES_MAX:
            return False
        if self._values.total() + size > VALUES_MAX_OF_ALL:
            raise TooLarge(f"more than {VALUES_MAX_OF_ALL} live values in one question; ask for less")
        self._values[province] += size
        return True

    def faults_told(self, came: int) -> int:
        """How many of the errors of one answer may be told; they then are."""
        told = max(min(came, FAULTS_MAX - self.faults), min(came, 1))
        self.faults += told
        return told


def _size(data: Mapping[str, Any]) -> int:
    """Values of an answer, as the guard counts those of a question, and no further than to one too many."""
    waiting: list[Any] = [data]
    values = 0
    while waiting and values <= VALUES_MAX:
        found = waiting.pop()
        if isinstance(found, Mapping):
            values += max(len(found), 1)
            inner = found.values()
        else:
            inner = found
            values += sum(not isinstance(value, dict) for value in found)
        waiting += [value for value in inner if isinstance(value, dict | list)]
    return values
