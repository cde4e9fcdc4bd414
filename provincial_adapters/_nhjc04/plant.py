"""What a device says of the plant it stands in: kept in its own words, and what is wrong with it told.

Fields of enterprise, process, processUnit and group are those of clients in the field (read). Instruments are in no message
seen; a list called `instruments` or `instrument` is taken as it comes (assumed). Fields nobody knows are kept, too.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from graph.errors import MalformedCode
from graph.model.credit_code import CreditCode
from graph.model.region import RegionCode
from provincial_adapters._nhjc04.problems import problem
from provincial_adapters._toolkit.devices import Problem

TEXT_MAX = 500  # characters of one field; names and addresses are shorter
FIELDS_MAX = 60  # of one row: an enterprise has some forty
PART_ROWS_MAX = 2_000  # processes, units and instruments of a large plant twice
# What the message calls a list, and what it is kept as.
_PARTS = {
    "process": "processes",
    "processUnit": "processUnits",
    "group": "groups",
    "instruments": "instruments",
    "instrument": "instruments",
}
LATITUDES, LONGITUDES = (3, 54), (73, 136)  # China lies between
# The divisions of each section of GB/T 4754-2017; a section is its letter alone.
_SECTIONS = {
    "A": (1, 5), "B": (6, 12), "C": (13, 43), "D": (44, 46), "E": (47, 50), "F": (51, 52), "G": (53, 60),
    "H": (61, 62), "I": (63, 65), "J": (66, 69), "K": (70, 70), "L": (71, 72), "M": (73, 75), "N": (76, 79),
    "O": (80, 82), "P": (83, 83), "Q": (84, 85), "R": (86, 90), "S": (91, 96), "T": (97, 97),
}  # fmt: skip
_INDUSTRY = re.compile(r"([A-T])([0-9]{2})?[0-9]{0,2}")
_JSON_NAMES = {str: "a text", int: "a number", float: "a number", bool: "a boolean", list: "an array"}
Row: TypeAlias = Mapping[str, str]


@dataclass(frozen=True)
class Plant:
    """The parts of a configuration beside its items, as said, and what is wrong with them.

    A part that was not sent is not in `parts`.
    """

    enterprise: Row
    parts: Mapping[str, tuple[Row, ...]]
    problems: tuple[Problem, ...] = ()

    @property
    def processes(self) -> frozenset[str] | None:
        """The codes of the processes it declares; None where it says nothing of processes."""
        rows = self.parts.get("processes")
        return None if rows is None else frozenset(padded(row.get("processCode")) for row in rows)

    @property
    def process_units(self) -> frozenset[tuple[str, str]] | None:
        """Process and code of each unit it declares; None where it says nothing of them."""
        rows = self.parts.get("processUnits")
        if rows is None:
            return None
        return frozenset((padded(row.get("processCode")), padded(row.get("code"))) for row in rows)


def plant(sent: Mapping[str, Any], unit: CreditCode, province: RegionCode | None) -> Plant:
    """What a configuration says of its plant, by the protocol's words; `province` is the unit's, where it is known."""
    problems: list[Problem] = []
    enterprise, *_ = _rows(sent.get("enterprise"), "enterprise", problems) or [{}]
    parts: dict[str, tuple[Row, ...]] = {}
    for word, part in _PARTS.items():
        rows = _rows(sent.get(word), word, problems)
        if rows is not None:
            parts[part] = (*parts.get(part, ()), *rows)
    found = Plant(enterprise, parts)
    problems += _of_enterprise(enterprise, unit, province)
    problems += _of_processes(found)
    return Plant(enterprise, parts, tuple(problems))


def said(row: Mapping[str, Any]) -> Row:
    """The fields of a row that hold a text or a number, as texts."""
    some = list(row.items())[:FIELDS_MAX]
    return {
        key[:TEXT_MAX]: _text(value)[:TEXT_MAX]
        for key, value in some
        if isinstance(value, str | int | float) and value != ""
    }


def _text(value: str | float) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def padded(code: str | None) -> str:
    """A code of two digits: a number lost its zero, and none is zeros."""
    text = (code or "").strip()
    return text.zfill(2) if text.isascii() and (text.isdigit() or not text) else text


def _rows(sent: Any, of: str, problems: list[Problem]) -> list[Row] | None:
    """The rows of a part, which some clients send as one object; None for one that was not sent."""
    if sent is None or sent == "":
        return None
    rows = sent if isinstance(sent, list) else [sent]
    if len(rows) > PART_ROWS_MAX:
        problems.append(
            problem("too-many", of, f"{len(rows)} rows, the first {PART_ROWS_MAX} are kept", of=of)
        )
    kept = []
    for number, row in enumerate(rows[:PART_ROWS_MAX], 1):
        if isinstance(row, Mapping):
            kept.append(said(row))
        else:
            # What it says is not told: it may be how to reach somebody.
            why = f"came {_JSON_NAMES.get(type(row), 'something else')}, expected an object with fields"
            problems.append(problem("malformed-row", "row", why, number, of))
    return kept


def _of_enterprise(enterprise: Row, unit: CreditCode, province: RegionCode | None) -> Iterator[Problem]:
    code, region = enterprise.get("code", ""), enterprise.get("regionCode", "")
    if code and code.strip().upper() != unit.text:
        yield _of("other-enterprise", "code", f"came {code!r:.40}, the sender is {unit}")
    if region:
        yield from _of_region(region, province)
    yield from _of_industry(enterprise, None, "enterprise")
    yield from _of_position(enterprise)


def _of_region(text: str, province: RegionCode | None) -> Iterator[Problem]:
    try:
        region = RegionCode(text.strip())
    except MalformedCode as fault:
        yield _of("malformed-region", "regionCode", f"came {text!r:.40}: {fault.segment}: {fault.why}")
        return
    if province is not None and not province.province.holds(region):
        yield _of("other-province", "regionCode", f"{region} does not lie in {province.province}")


def _of_industry(row: Row, item: int | None, of: str) -> Iterator[Problem]:
    code = row.get("industryCode", "").strip()
    if code and not _is_industry(code):
        why = f"came {code!r:.40}, expected a section and its digits such as C or C3110"
        yield problem("unknown-industry", _place(of, "industryCode", item), why, item, of)


def _is_industry(code: str) -> bool:
    found = _INDUSTRY.fullmatch(code)
    if found is None or found[2] is None:
        return found is not None and len(code) == 1
    low, high = _SECTIONS[found[1]]
    return low <= int(found[2]) <= high


def _of_position(enterprise: Row) -> Iterator[Problem]:
    """Latitude and longitude swapped is the most common fault of a form filled in by hand."""
    texts = [enterprise.get(name) for name in ("latitude", "longitude")]
    if texts == [None, None]:
        return
    try:
        latitude, longitude = (float(text or "") for text in texts)
    except ValueError:
        why = f"came {texts[0]!r:.40}, {texts[1]!r:.40}, expected degrees such as 39.9, 116.4"
        yield _of("position-unreadable", "latitude", why)
        return
    if _within(latitude, LATITUDES) and _within(longitude, LONGITUDES):
        return
    if _within(longitude, LATITUDES) and _within(latitude, LONGITUDES):
        yield _of("position-swapped", "latitude", f"{latitude:g} is swapped with longitude {longitude:g}")
    else:
        yield _of("position-outside", "latitude", f"{latitude:g}, {longitude:g} lies outside China")


def _of_processes(found: Plant) -> Iterator[Problem]:
    for number, row in enumerate(found.parts.get("processes", ()), 1):
        yield from _of_industry(row, number, "process")
    known = found.processes or frozenset()
    for number, row in enumerate(found.parts.get("processUnits", ()), 1):
        process = padded(row.get("processCode"))
        if process not in known and process != "00":
            yield problem(
                "unknown-process", "processCode", f"no process {process} is declared", number, "processUnit"
            )


def _of(code: str, field: str, why: str) -> Problem:
    return problem(code, f"enterprise.{field}", why)


def _place(of: str, field: str, item: int | None) -> str:
    return field if item else f"{of}.{field}"


def _within(degrees: float, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= degrees <= bounds[1]
