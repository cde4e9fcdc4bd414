"""Selectors name one place in a JSON document, and rows the places of a list: a small part of RFC 9535, read whole.

    $.data.rows[*]          members by name and every entry of a list
    $['数据'][0]["a.b"]     names in quotes, entries counted from 0, or from the end with [-1]

Nothing else is read: no filters, slices, unions or descendants. Every fault of a text is told.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final

from graph.errors import InvalidInput

SELECTOR_CHARACTERS_MAX = 500  # a path, not a program
STEPS_MAX = 32  # as deep as an answer may be nested


class Step(Enum):
    """Every entry of a list, and a place where nothing is."""

    EVERY = "[*]"
    NOTHING = "nothing"


EVERY: Final = Step.EVERY
NOTHING: Final = Step.NOTHING

_SHORT = r"[A-Za-z_\u0080-\U0010ffff][A-Za-z0-9_\u0080-\U0010ffff]*"
_QUOTED = r"'(?:[^'\\\x00-\x1f]|\\.)*'|" + r'"(?:[^"\\\x00-\x1f]|\\.)*"'
_STEP = re.compile(
    rf"\.(?P<name>{_SHORT})|\[\s*(?:(?P<quoted>{_QUOTED})|(?P<index>0|-?[1-9][0-9]{{0,8}})|(?P<every>\*))\s*\]"
)
_UNREAD = (
    (re.compile(rf"\.\.(?:{_SHORT}|\*)?"), "descendants (..) are not read"),
    (re.compile(r"\.\*"), "every member of an object (.*) is not read, [*] is every entry of a list"),
    (re.compile(r"\[\s*\?[^\]]*\]?"), "filters ([?...]) are not read"),
    (re.compile(r"\[\s*-?\d*\s*:[^\]]*\]?"), "slices ([a:b]) are not read"),
    (re.compile(r"\[[^\]]*,[^\]]*\]?"), "several at once ([a, b]) are not read"),
    (re.compile(r"\[[^\]]*\]?"), "expected ['a name'], [a number] or [*]"),
    (re.compile(r"\.?[^.\[]*"), "expected .name, ['a name'], [a number] or [*]"),
)
_ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "/": "/", "\\": "\\", "'": "'", '"': '"'}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.?))", re.DOTALL)


@dataclass(frozen=True)
class Selector:
    """A path (选择器) from the root of a document: names, numbers and EVERY."""

    steps: tuple[str | int | Step, ...]

    @classmethod
    def parse(cls, text: str) -> Selector:
        """Any selector of the part that is read. Raises InvalidInput with every fault."""
        if not text.startswith("$"):
            raise InvalidInput(f"{text!r:.64}: a selector begins with $")
        if len(text) > SELECTOR_CHARACTERS_MAX:
            raise InvalidInput(f"{text!r:.64}: longer than {SELECTOR_CHARACTERS_MAX} characters")
        steps: list[str | int | Step] = []
        faults: list[str] = []
        at = 1
        while at < len(text):
            at = _read_step(text, at, steps, faults)
        if len(steps) > STEPS_MAX:
            faults.append(f"{len(steps)} steps, at most {STEPS_MAX}")
        if faults:
            raise InvalidInput(f"{text!r:.64}: " + "; ".join(faults))
        return cls(tuple(steps))

    @classmethod
    def of_one(cls, text: str) -> Selector:
        """A selector of one place. Raises InvalidInput."""
        found = cls.parse(text)
        if EVERY in found.steps:
            raise InvalidInput(f"{text!r:.64}: [*] is many places, expected one")
        return found

    @classmethod
    def of_rows(cls, text: str) -> Selector:
        """A selector of every entry of a list, or of lists in a list. Raises InvalidInput."""
        found = cls.parse(text)
        if not found.steps or found.steps[-1] is not EVERY:
            raise InvalidInput(f"{text!r:.64}: rows are the entries of a list, expected [*] at the end")
        return found

    @classmethod
    def of_column(cls, text: str) -> Selector:
        """A selector of a field of a row, or of an object in it. Raises InvalidInput."""
        found = cls.parse(text)
        if not found.names:
            raise InvalidInput(f"{text!r:.64}: a column is a field of a row, expected names alone")
        return found

    @property
    def names(self) -> tuple[str, ...]:
        """The steps where all are names, else none."""
        names = tuple(step for step in self.steps if isinstance(step, str))
        return names if len(names) == len(self.steps) else ()

    def __str__(self) -> str:
        return "$" + "".join(map(_written, self.steps))

    def found(self, document: Any) -> Any:
        """What stands there; NOTHING where nothing does."""
        for step in self.steps:
            if isinstance(step, str):
                document = document.get(step, NOTHING) if isinstance(document, dict) else NOTHING
            elif (
                isinstance(document, list)
                and isinstance(step, int)
                and -len(document) <= step < len(document)
            ):
                document = document[step]
            else:
                return NOTHING
        return document


def _read_step(text: str, at: int, steps: list[str | int | Step], faults: list[str]) -> int:
    """Read what stands at a place, or note why it cannot be read; where the next step begins."""
    found = _STEP.match(text, at)
    if found is None:
        tried = ((pattern.match(text, at), why) for pattern, why in _UNREAD)
        unread, why = next((match, why) for match, why in tried if match is not None and match[0])
        faults.append(f"{unread[0]!r:.40} at character {at + 1}: {why}")
        return unread.end()
    if found["name"] is not None:
        steps.append(found["name"])
    elif found["index"] is not None:
        steps.append(int(found["index"]))
    elif found["every"] is not None:
        steps.append(EVERY)
    else:
        _read_quoted(found["quoted"], at, steps, faults)
    return found.end()


def _read_quoted(quoted: str, at: int, steps: list[str | int | Step], faults: list[str]) -> None:
    """A name in quotes with its escapes resolved."""
    if unknown := [
        found[0] for found in _ESCAPE.finditer(quoted) if not found[1] and found[2] not in _ESCAPES
    ]:
        faults.append(f"{quoted!r:.40} at character {at + 1}: unknown escape {', '.join(unknown)}")
        return
    name = _ESCAPE.sub(lambda found: chr(int(found[1], 16)) if found[1] else _ESCAPES[found[2]], quoted[1:-1])
    try:
        steps.append(name.encode("utf-16", "surrogatepass").decode("utf-16"))
    except UnicodeDecodeError:
        faults.append(f"{quoted!r:.40} at character {at + 1}: half a character")


def _written(step: str | int | Step) -> str:
    if isinstance(step, Step):
        return step.value
    if isinstance(step, int):
        return f"[{step}]"
    if re.fullmatch(_SHORT, step):
        return f".{step}"
    return "['" + "".join(map(_escaped, step)) + "']"


def _escaped(letter: str) -> str:
    if letter in "'\\":
        return f"\\{letter}"
    return letter if letter >= " " else f"\\u{ord(letter):04x}"
