"""What a device configures: kept as said, points proposed, formulas read; what does not fit is told as a problem.

Of every message the rows stand in `data`, as a list or as one object, or the message is itself the row (assumed). Collect
items are those of NHJC-04 with a whole `dataCode` allowed in place of its segments, and beside it the instrument, how
it counts and its ratio: items of one code and statType are the terms of one formula, in the order they came (assumed).
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

import msgspec

from graph.errors import InvalidInput, TooLarge
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.virtual_meter import TERMS_MAX, Arithmetic, Formula, Term
from provincial_adapters._nhjc04.config import proposal
from provincial_adapters._nhjc04.messages import ConfigUpload
from provincial_adapters._nhjc04.rows import spelt
from provincial_adapters._nhjc_ak.messages import CONFIG_ROWS_MAX
from provincial_adapters._nhjc_ak.problems import problem
from provincial_adapters._toolkit.codes import readable
from provincial_adapters._toolkit.devices import Problem, Proposal

TEXT_MAX = 500  # of one field; names and addresses are shorter
FIELDS_MAX = 60  # of one row; the largest form has some forty
NUMBER_DIGITS_MAX = 4  # of one that is a word of a table, such as 1 to 4: what is longer is none
ANY_MINUTES = 15  # of a realtime period, where nothing is collected
DAY_LETTERS = 10  # yyyy-MM-dd, whatever time of day stands behind it
_ENVELOPE = frozenset({"enterpriseCode", "token", "password", "regVersion", "dicVersion", "data"})
# Where a data code's digits stand, by the field of an item.
_SEGMENTS = {
    "processCode": (0, 2),
    "processUnitCode": (2, 4),
    "equipmentCode": (4, 6),
    "equipmentUnitCode": (6, 8),
    "energyClassCode": (8, 10),
    "energyTypeCode": (10, 14),
    "dataUsageCode": (14, 16),
}

Row = Mapping[str, Any]
NO_ROW: Row = MappingProxyType({})  # where one came that is none: the others keep their numbers
Calibration = tuple[dt.date | None, dt.date | None]


def rows_of(message: Row, of: str = "data") -> tuple[list[Row], tuple[Problem, ...]]:
    """The rows of a configuration, and what is wrong with each that is none: in its place stands an empty one.

    Raises InvalidInput where no row is one, TooLarge for too many.
    """
    data = message.get("data")
    came = data if isinstance(data, list) else [data if isinstance(data, dict) else _beside(message)]
    if len(came) > CONFIG_ROWS_MAX:
        raise TooLarge(f"{len(came)} rows, at most {CONFIG_ROWS_MAX} of one configuration", "data")
    rows: list[Row] = [row if isinstance(row, dict) else NO_ROW for row in came]
    problems = tuple(
        problem("malformed-row", "row", f"came {spelt(said):.64}, expected an object with fields", number, of)
        for number, (row, said) in enumerate(zip(rows, came, strict=True), 1)
        if not row
    )
    if problems and not any(rows):
        raise InvalidInput(problems[0].why, f"data[{problems[0].item}]")
    return rows, problems


def _beside(message: Row) -> dict[str, Any]:
    return {name: value for name, value in message.items() if name not in _ENVELOPE}


def as_said(row: Row) -> dict[str, str]:
    """A row's fields that hold a text or a number."""
    return {
        name[:TEXT_MAX]: str(value)[:TEXT_MAX]
        for name, value in list(row.items())[:FIELDS_MAX]
        if isinstance(value, str | int | float) and value != ""
    }


def _kept(rows: Sequence[Row]) -> tuple[dict[str, str], ...]:
    return tuple(as_said(row) for row in rows if row)


def enterprise(message: Row, unit: CreditCode, today: dt.date) -> Proposal:
    """What a device says of its enterprise, in `enterprise` or beside the credit code."""
    nested = message.get("enterprise")
    fields = nested if isinstance(nested, dict) else _beside(message)
    upload = ConfigUpload(device_id="", enterprise_code=unit.text, enterprise=fields)
    found = proposal(upload, unit, ANY_MINUTES, today)
    return Proposal(unit, (), as_said(fields), _told(found.problems), about="enterprise")


def part(name: str, rows: Sequence[Row], unit: CreditCode, problems: Sequence[Problem] = ()) -> Proposal:
    """Rows that are kept as said under the name of a part, in place of those before."""
    return Proposal(unit, (), {}, tuple(problems), {name: _kept(rows)}, about=name)


def added(name: str, rows: Sequence[Row], unit: CreditCode, problems: Sequence[Problem]) -> Proposal:
    """Rows of things that happened, which stand beside those said before, as do their problems."""
    return Proposal(unit, (), {}, tuple(problems), {name: _kept(rows)}, frozenset([name]))


def collect_items(rows: Sequence[Row], unit: CreditCode, realtime_minutes: int, today: dt.date) -> Proposal:
    """Points of collect items, and the formula of each whose instruments are named."""
    items = [msgspec.Raw(msgspec.json.encode(dict(_with_segments(row)))) for row in rows]
    upload = ConfigUpload(device_id="", enterprise_code=unit.text, collect_item_config=items)
    found = proposal(upload, unit, realtime_minutes, today)
    formulas, problems = _formulas(rows)
    parts = {"collectItems": _kept(rows), "formulas": tuple(formulas)}
    of_items = [each for each in _told(found.problems) if each.item is None or rows[each.item - 1]]
    return Proposal(unit, found.points, {}, (*of_items, *problems), parts, about="collectItems")


def _told(problems: Iterable[Problem]) -> tuple[Problem, ...]:
    """Those of NHJC-04 that are wrong here, too: items of one code are the terms of its formula."""
    return tuple(each for each in problems if each.code != "repeated-item")


def _with_segments(row: Row) -> Row:
    """An item that names its whole data code, with the segments too."""
    code = readable(row["dataCode"]) if isinstance(row.get("dataCode"), str) else None
    if code is None:
        return row
    return {**row, **{name: code.digits[first:end] for name, (first, end) in _SEGMENTS.items()}}


def _formulas(rows: Sequence[Row]) -> tuple[list[dict[str, str]], list[Problem]]:
    """The formulas of items that name their instruments; one with a term that cannot be read is none."""
    terms: dict[tuple[str, str], list[Term | None]] = {}
    problems = []
    for number, row in enumerate(rows, 1):
        code = _code_of(row)
        if code is None or row.get("gaugeCode") in (None, ""):
            continue
        found, wrong = _term(number, row)
        terms.setdefault((str(code), str(row.get("statType"))), []).append(found)
        problems += wrong
    formulas = []
    for (text, stat_type), some in terms.items():
        good = [term for term in some if term is not None]
        if len(good) < len(some):
            continue
        try:
            told = str(Formula(tuple(good[: TERMS_MAX + 1])))
        except InvalidInput as fault:
            problems.append(problem("malformed-formula", f"formula of {text}", str(fault)))
        else:
            formulas.append({"dataCode": text, "statType": stat_type, "formula": told})
    return formulas, problems


def _code_of(row: Row) -> DataCode | None:
    """The code of an item, as far as it has one: what it lacks is the points' affair."""
    row = _with_segments(row)
    digits = "".join(
        str(row.get(name) or "").strip().rjust(end - first, "0") for name, (first, end) in _SEGMENTS.items()
    )
    return readable(digits)


def _term(number: int, row: Row) -> tuple[Term | None, list[Problem]]:
    """An item's term, or all that is wrong with it, by its instrument and field."""
    gauge, problems = str(row["gaugeCode"])[:TEXT_MAX], []

    def wrong(field: str, why: str) -> None:
        problems.append(problem("malformed-term", field, f"term {gauge:.64}: {why}", number))

    arithmetic, ratio = _arithmetic(row.get("reportArithmetic")), _ratio(row.get("reportRatio"))
    if arithmetic is None:
        wrong("reportArithmetic", f"came {row.get('reportArithmetic')!r:.40}, expected 1 to 4")
    if ratio is None:
        wrong("reportRatio", f"came {row.get('reportRatio')!r:.40}, expected a number")
    if arithmetic is None or ratio is None:
        return None, problems
    try:
        return Term(gauge, arithmetic, ratio), problems
    except InvalidInput as fault:
        wrong("reportRatio" if gauge.strip() else "gaugeCode", str(fault))
        return None, problems


def _arithmetic(said: Any) -> Arithmetic | None:
    number = str(said or Arithmetic.ADD.value).strip()
    if not number.isdecimal() or len(number) > NUMBER_DIGITS_MAX or int(number) not in set(Arithmetic):
        return None
    return Arithmetic(int(number))


def _ratio(said: Any) -> Decimal | None:
    try:
        return Decimal(1) if said in (None, "") else Decimal(str(said).strip())
    except InvalidOperation:
        return None


def instruments(rows: Sequence[Row], unit: CreditCode) -> Proposal:
    """What a device says of its instruments; one without its number is told."""
    return part("instruments", rows, unit, list(_without(rows, "gaugeConfigure", "gaugeCode")))


def replacements(rows: Sequence[Row], unit: CreditCode) -> Proposal:
    """Instruments that were replaced: none carries a reading of the old one's end or the new one's beginning (read)."""
    of = "gaugeReplaceConfigure"
    problems = [*_without(rows, of, "gaugeCode"), *_without(rows, of, "newGaugeCode")]
    for number, row in _numbered(rows):
        day = day_of(row.get("replaceDate"))
        if day is None:
            problems.append(
                problem("malformed-day", "replaceDate", _no_day(row.get("replaceDate")), number, of)
            )
        elif row.get("gaugeCode") and row.get("newGaugeCode"):
            problems.append(
                problem(
                    "without-readings",
                    f"{row['gaugeCode']!s:.64} replaced without readings",
                    _hint(row, day),
                    number,
                    of,
                )
            )
    return added("replacements", rows, unit, problems)


def _hint(row: Row, day: dt.date) -> str:
    return (
        f"{row['newGaugeCode']!s:.64} took its place on {day}, with neither a closing nor an opening reading:"
        " a negative use around that day is the counters' difference, kept with the verdict `negative` (field failure 15)"
    )


def verifications(rows: Sequence[Row], unit: CreditCode, known: Mapping[str, Calibration]) -> Proposal:
    """Dates of verification as said, and where they are others than the registry's, which stay."""
    of = "gaugeVerifyConfigure"
    problems = list(_without(rows, of, "gaugeCode"))
    for number, row in _numbered(rows):
        said = day_of(row.get("verifyDate")), day_of(row.get("validDate"))
        if said[0] is None:
            problems.append(
                problem("malformed-day", "verifyDate", _no_day(row.get("verifyDate")), number, of)
            )
        elif (standing := known.get(str(row.get("gaugeCode")))) is None:
            problems.append(
                problem(
                    "unknown-instrument",
                    "gaugeCode",
                    "the registry has no instrument of this number",
                    number,
                    of,
                )
            )
        elif said != standing:
            why = f"came {_days(said)}, the registry has {_days(standing)}"
            problems.append(
                problem(
                    "calibration-differs", f"calibration of {row['gaugeCode']!s:.64} differs", why, number, of
                )
            )
    return added("verifications", rows, unit, problems)


def _days(days: Calibration) -> str:
    return " to ".join("no day" if day is None else str(day) for day in days)


def _without(rows: Sequence[Row], of: str, field: str) -> Iterator[Problem]:
    for number, row in _numbered(rows):
        if not str(row.get(field) or "").strip():
            yield problem("missing", field, "missing", number, of)


def _numbered(rows: Sequence[Row]) -> Iterator[tuple[int, Row]]:
    return ((number, row) for number, row in enumerate(rows, 1) if row)


def _no_day(came: Any) -> str:
    return f"came {came!r:.40}, expected a day such as 2026-01-31"


def day_of(text: Any) -> dt.date | None:
    """The day a date or moment begins with; None for what is none."""
    try:
        return dt.date.fromisoformat(str(text).strip()[:DAY_LETTERS])
    except ValueError:
        return None
