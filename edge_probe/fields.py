"""Takes the fields of a TOML table one by one and gathers every fault, so that all are told at once."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import TypeVar

from graph.errors import InvalidInput

T = TypeVar("T")
Member = TypeVar("Member", bound=StrEnum)

LABEL_MAX = 63  # characters between two dots of a host's name (RFC 1035, 2.3.4)
# What tomllib raises: ValueError of what is no TOML, or a number too long; the others of exponents and depths beyond bounds.
UNREADABLE = (ValueError, InvalidOperation, RecursionError)


def not_toml(fault: Exception) -> str:
    """Why a text is no TOML that can be read, for people."""
    if isinstance(fault, RecursionError):
        return "not TOML: lists or tables stand too deep within each other"
    if isinstance(fault, InvalidOperation):
        return "not TOML: a number's exponent is too large"
    return f"not TOML: {fault}"


class Fields:
    """One table under reading. What is wrong goes to `faults`, and a harmless value stands in meanwhile."""

    def __init__(self, table: object, place: str, faults: list[str]) -> None:
        self.place, self.faults = place, faults
        self._left: dict[str, object] = {}
        if isinstance(table, Mapping):
            self._left = {str(key): value for key, value in table.items()}
        else:
            faults.append(f"{place}: expected a table, came {_shown(table)}")

    def fault(self, key: str, why: str) -> None:
        """Note that a field is wrong."""
        self.faults.append(f"{self.place}: {key}: {why}")

    def text(self, key: str, default: str | None = None) -> str:
        """A text that is not empty."""
        value = self._take(key, default)
        if isinstance(value, str) and value.strip():
            return value.strip()
        if value is not None and value != default:
            self.fault(key, f"expected text, came {_shown(value)}")
        return default or ""

    def texts(self, key: str, most: int) -> list[str]:
        """One text, or a list of one to `most` different ones."""
        if not isinstance(self._left.get(key), list):
            return [text] if (text := self.text(key)) else []
        value = self._take(key, [])
        texts = [each.strip() for each in value if isinstance(each, str)] if isinstance(value, list) else []
        if value and isinstance(value, list) and all(texts) and len({*texts}) == len(value) <= most:
            return texts
        self.fault(key, f"expected a text, or 1 to {most} different ones, came {_shown(value)}")
        return []

    def one_of(self, key: str, known: Collection[str], default: str | None = None) -> str:
        """A text from a closed list."""
        value = self.text(key, default)
        if value and value not in known:
            self.fault(key, f"expected one of {', '.join(sorted(known))}, came {_shown(value)}")
        return value

    def member(self, key: str, kind: type[Member], default: Member | None = None) -> Member:
        """A text that is a member of an enumeration."""
        text = self.one_of(key, list(kind), default)
        return kind(text) if text in list(kind) else next(iter(kind))

    def checked(self, key: str, parse: Callable[[str], T]) -> T | None:
        """A text that `parse` makes a value of; its InvalidInput becomes a fault."""
        value = self.text(key)
        try:
            return parse(value) if value else None
        except InvalidInput as fault:
            self.fault(key, str(fault))
            return None

    def whole(self, key: str, low: int, high: int, default: int | None = None) -> int:
        """A whole number from `low` to `high`, both included."""
        value = self._take(key, default)
        if isinstance(value, int) and not isinstance(value, bool) and low <= value <= high:
            return value
        if value is not None:
            self.fault(key, f"expected a whole number from {low} to {high}, came {_shown(value)}")
        return low

    def number(self, key: str, low: str, high: str, default: str | None = None) -> Decimal:
        """An exact decimal from `low` to `high`, written as a number or as text."""
        value = self._take(key, default)
        number = _decimal(value)
        if number is not None and Decimal(low) <= number <= Decimal(high):
            return number
        if value is not None:
            self.fault(key, f"expected a number from {low} to {high}, came {_shown(value)}")
        return Decimal(low)

    def pair(self, key: str) -> tuple[Decimal, Decimal]:
        """Two exact decimals, as a list."""
        value = self._take(key, None)
        match [_decimal(each) for each in value] if isinstance(value, list) else []:
            case [Decimal() as first, Decimal() as second]:
                return first, second
        if value is not None:
            self.fault(key, f"expected two numbers, came {_shown(value)}")
        return Decimal(0), Decimal(0)

    def flag(self, key: str, default: bool) -> bool:
        """true or false."""
        value = self._take(key, default)
        if not isinstance(value, bool):
            self.fault(key, f"expected true or false, came {_shown(value)}")
        return value is True

    def has(self, key: str) -> bool:
        """Whether a field is there and not taken yet."""
        return key in self._left

    def drop(self, key: str) -> None:
        """Pass over a field that was told as a fault already."""
        self._left.pop(key, None)

    def names(self) -> list[str]:
        """The fields that are there and not taken yet."""
        return list(self._left)

    def table(self, key: str) -> Fields:
        """A table within this one."""
        return Fields(self._take(key, {}), f"{self.place}.{key}", self.faults)

    def untouched(self, key: str) -> Mapping[str, object]:
        """A table as it stands, for somebody else to read."""
        value = self._take(key, {})
        if isinstance(value, Mapping):
            return {str(name): each for name, each in value.items()}
        self.fault(key, f"expected a table, came {_shown(value)}")
        return {}

    def named_tables(self, key: str) -> dict[str, Fields]:
        """The tables within a table, by their names."""
        inner = self.table(key)
        return {name: inner.table(name) for name in inner.names()}

    def tables(self, key: str) -> list[Fields]:
        """A list of tables (`[[key]]`), told apart by their place, counted from 1."""
        value = self._take(key, [])
        if not isinstance(value, list):
            self.fault(key, f"expected [[{key}]], came {_shown(value)}")
            return []
        return [Fields(v, f"{self.place}.{key}[{n}]", self.faults) for n, v in enumerate(value, 1)]

    def finish(self) -> None:
        """What nobody took is a typing error."""
        for key in self._left:
            self.fault(key, "no such setting")

    def _take(self, key: str, default: object) -> object:
        if key not in self._left and default is None:
            self.fault(key, "is missing")
        return self._left.pop(key, default)


def host_of(text: str) -> str:
    """A host's address or name. Raises InvalidInput for one that can be asked of nobody, which would end the program."""
    is_name = text.isprintable() and not set(text) & set(" /[]") and text.count(":") != 1
    if not is_name or any(len(label) > LABEL_MAX for label in text.split(".")) or ".." in text:
        expected = "expected a name or an address such as 192.0.2.17 or fe80::1, without port and brackets"
        raise InvalidInput(f"{expected}, came {text[:64]!r}")
    return text


def _decimal(value: object) -> Decimal | None:
    if isinstance(value, bool) or not isinstance(value, int | str | Decimal):
        return None
    try:
        number = Decimal(value)
    except InvalidOperation:
        return None
    return number if number.is_finite() else None


def _shown(value: object) -> str:
    return repr(str(value)[:64]) if isinstance(value, str | Decimal) else repr(value)[:64]
