"""Reads a table of a configuration key by key and gathers every fault, so that they are told at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import InvalidOperation
from enum import StrEnum
from typing import Any, TypeVar

from graph.errors import InvalidInput

ENCODINGS = {  # of text, by the words that are common for them
    "utf-8": "utf-8", "utf8": "utf-8", "utf-8-sig": "utf-8",
    "gb18030": "gb18030", "gbk": "gb18030", "gb2312": "gb18030",
}  # fmt: skip
T = TypeVar("T")
E = TypeVar("E", bound=StrEnum)


class Table:
    """A table given from outside. Readers return a value even after a fault; the faults decide in the end."""

    def __init__(self, given: Mapping[str, Any], place: str) -> None:
        self._given, self._place = given, place
        self._asked: set[str] = set()
        self._faults: list[str] = []
        self._below: list[Table] = []

    def fault(self, key: str, why: str) -> None:
        """Note what is wrong with a key."""
        self._faults.append(f"{self._place}{key}: {why}")

    def all_faults(self) -> list[str]:
        """What was found here and in tables below, and every key nobody asked for."""
        unknown = [f"{self._place}{key}: unknown key" for key in self._given if key not in self._asked]
        return [*self._faults, *unknown, *(fault for table in self._below for fault in table.all_faults())]

    def optional_text(self, key: str) -> str | None:
        """A text, or None where there is none."""
        self._asked.add(key)
        value = self._given.get(key)
        if value is None or (isinstance(value, str) and value):
            return value
        self.fault(key, f"came {value!r:.64}, expected text")
        return None

    def text(self, key: str) -> str:
        """A text that must be there."""
        if key not in self._given:
            self.fault(key, "missing")
        return self.optional_text(key) or ""

    def parsed(self, key: str, parse: Callable[[str], T]) -> T | None:
        """A text, or a whole number, that `parse` understands; None where there is none.

        A float is refused: it is no longer what was written.
        """
        if type(self._given.get(key)) is int:
            self._asked.add(key)
            text: str | None = str(self._given[key])
        else:
            text = self.optional_text(key)
        try:
            return None if text is None else parse(text)
        except InvalidInput as fault:
            self.fault(key, str(fault))
        except InvalidOperation:
            self.fault(key, f"came {text!r:.64}, expected a number")
        return None

    def choice(self, key: str, words: Mapping[str, T]) -> T | None:
        """What one of these words stands for; None where there is none."""
        text = self.optional_text(key)
        if text is not None and text not in words:
            self.fault(key, f"came {text!r:.64}, expected one of {', '.join(map(repr, words))}")
        return None if text is None else words.get(text)

    def word(self, key: str, words: type[E], default: E | None = None) -> E:
        """A member of an enumeration; missing is a fault where there is no default."""
        text = self.optional_text(key)
        if text is None and default is None and key not in self._given:
            self.fault(key, f"missing, expected one of {', '.join(words)}")
        if text is not None and text not in set(words):
            self.fault(key, f"came {text!r:.64}, expected one of {', '.join(words)}")
        elif text is not None:
            return words(text)
        return default or next(iter(words))

    def one_or_other(
        self, constant: str, column: str, parse: Callable[[str], T]
    ) -> tuple[T | None, str | None]:
        """One value for the whole file, or the name of a column: exactly one of the two."""
        if (constant in self._given) == (column in self._given):
            self.fault(constant, f"give either {constant} or {column}")
        return self.parsed(constant, parse), self.optional_text(column)

    def texts(self, key: str, most: int) -> tuple[str, ...]:
        """A list of at most so many texts; none where there is no such key."""
        self._asked.add(key)
        entries = self._given.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(entry, str) and entry for entry in entries):
            self.fault(key, "expected a list of texts")
            return ()
        if len(entries) > most:
            self.fault(key, f"came {len(entries)}, at most {most}")
        return tuple(entries)

    def anything(self, key: str) -> Any:
        """Whatever stands there, for who checks it further; None where there is no such key."""
        self._asked.add(key)
        return self._given.get(key)

    def number(self, key: str, low: int, high: int, default: int | None = None) -> int | None:
        """A whole number of this range; the default where there is none."""
        value = self.anything(key)
        if value is None or (type(value) is int and low <= value <= high):
            return default if value is None else value
        self.fault(key, f"came {value!r:.64}, expected a whole number from {low} to {high}")
        return default

    def table(self, key: str) -> Table:
        """A table below this one; where there is none, one without keys."""
        value = self.anything(key)
        if value is not None and not isinstance(value, Mapping):
            self.fault(key, f"came {value!r:.64}, expected a table")
        below = Table(value if isinstance(value, Mapping) else {}, f"{self._place}{key}.")
        self._below.append(below)
        return below

    def __contains__(self, key: str) -> bool:
        return key in self._given

    @property
    def keys(self) -> tuple[str, ...]:
        """What it says anything of."""
        return tuple(self._given)

    def tables(self, key: str) -> list[Table]:
        """A list of tables below this one."""
        self._asked.add(key)
        entries = self._given.get(key, [])
        if not isinstance(entries, list) or not all(isinstance(entry, Mapping) for entry in entries):
            self.fault(key, "expected a list of tables")
            return []
        below = [Table(entry, f"{self._place}{key}[{number}].") for number, entry in enumerate(entries, 1)]
        self._below += below
        return below
