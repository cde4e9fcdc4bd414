"""A device's configuration becomes points it proposes; the province decides whether they count.

The data code is put together from its segments, and a segment left empty above the item's scope is zeros
(assumed: devices of several makers leave them out). A code configured at several statistics is one point, due at
its finest; the bounds are those of that statistic.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal, InvalidOperation
from typing import Any

import msgspec

from graph.errors import InvalidInput, MalformedCode
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.instrument import PointState
from graph.model.period import Granularity
from graph.model.reading import VALUE_DIGITS, VALUE_SCALE
from graph.model.region import RegionCode
from provincial_adapters._nhjc04.messages import CONFIG_ITEMS_MAX, UNREADABLE, ConfigItem, ConfigUpload
from provincial_adapters._nhjc04.plant import Plant, Row, padded, plant, said
from provincial_adapters._nhjc04.problems import ITEMS, problem
from provincial_adapters._nhjc04.words import HALF_HOUR, INPUT_TYPES, granularities, origins, scopes
from provincial_adapters._toolkit.devices import Problem, Proposal

_SCOPES, _ORIGINS = scopes(), origins()
# A data code's segments in order: attribute, the protocol's word, digits, whether nothing stands for zeros.
_SEGMENTS = (
    ("process_code", "processCode", 2, True),
    ("process_unit_code", "processUnitCode", 2, True),
    ("equipment_code", "equipmentCode", 2, True),
    ("equipment_unit_code", "equipmentUnitCode", 2, True),
    ("energy_class_code", "energyClassCode", 2, False),
    ("energy_type_code", "energyTypeCode", 4, False),
    ("data_usage_code", "dataUsageCode", 2, False),
)


def proposal(
    upload: ConfigUpload,
    unit: CreditCode,
    realtime_minutes: int,
    today: dt.date,
    province: RegionCode | None = None,
) -> Proposal:
    """The points of a configuration, due from `today` on, and all else it says; `province` is the unit's, where known.

    Raises InvalidInput for one of absurd length.
    """
    items = upload.collect_item_config or []
    if len(items) > CONFIG_ITEMS_MAX:
        raise InvalidInput(f"{len(items)} items, at most {CONFIG_ITEMS_MAX}", "collectItemConfig")
    found = plant(upload.beside, unit, province)
    read = _Items(realtime_minutes, found)
    for number, raw in enumerate(items, 1):
        read.take(number, raw)
    points = tuple({"unit": unit.text, "since": today, **point} for point in read.points.values())
    parts = {"items": tuple(read.said), **found.parts} if items else found.parts
    return Proposal(unit, points, found.enterprise, (*found.problems, *read.problems), parts)


def first_of_items(said: Proposal) -> Problem | None:
    """The first thing that is wrong with an item."""
    return next((found for found in said.problems if found.item and found.of == ITEMS), None)


class _Items:
    """Reads items one by one: points, what each said, and what is wrong."""

    def __init__(self, realtime_minutes: int, found: Plant) -> None:
        self._granularities, self._plant = granularities(realtime_minutes), found
        self._is_of_half_hours = realtime_minutes == HALF_HOUR
        self._seen: dict[tuple[str, str], int] = {}
        self.points: dict[str, dict[str, Any]] = {}
        self.said: list[Row] = []
        self.problems: list[Problem] = []

    def take(self, number: int, raw: msgspec.Raw) -> None:
        """One more item."""
        try:
            self.said.append(said(msgspec.json.decode(raw, type=dict[str, Any])))
            item = msgspec.json.decode(raw, type=ConfigItem)
            self._check_place(number, item)
            point = self._point(item)
        except _Unusable as fault:
            self.problems.append(problem(fault.code, fault.field, fault.why, number))
        except UNREADABLE as fault:
            self.problems.append(problem("malformed-row", "item", str(fault), number))
        else:
            self._keep(number, point)

    def _keep(self, number: int, point: dict[str, Any]) -> None:
        """Of one code the finest statistic stands; one that came before is told."""
        key = point["code"], point["granularity"]
        if key in self._seen:
            why = f"{point['code']} at this statType is item {self._seen[key]} already, which stands"
            self.problems.append(problem("repeated-item", "statType", why, number))
            return
        self._seen[key] = number
        known = self.points.get(point["code"])
        if known is None or _number(point) < _number(known):
            self.points[point["code"]] = point

    def _check_place(self, number: int, item: ConfigItem) -> None:
        """Whether process and unit are among those that the same configuration declares, if it does."""
        process, unit = (padded(str(code or "")) for code in (item.process_code, item.process_unit_code))
        processes, units = self._plant.processes, self._plant.process_units
        if processes is not None and process not in processes | {"00"}:
            why = f"no process {process} is declared"
            self.problems.append(problem("unknown-process", "processCode", why, number))
        elif units is not None and unit != "00" and (process, unit) not in units:
            why = f"no unit {unit} of process {process} is declared"
            self.problems.append(problem("unknown-process-unit", "processUnitCode", why, number))

    def _point(self, item: ConfigItem) -> dict[str, Any]:
        code = data_code_of(item)
        granularity = self._granularities.get(item.stat_type)
        if granularity is None:
            raise _Unusable("statType", f"came {item.stat_type!r:.64}, expected 0 to 3")
        if item.input_type not in (None, "") and item.input_type not in _ORIGINS:
            raise _Unusable("inputType", f"came {item.input_type!r:.64}, expected 1 to {INPUT_TYPES}")
        low, high = (
            _bound("dataValueMin", item.data_value_min),
            _bound("dataValueMax", item.data_value_max),
        )
        if low is not None and high is not None and low > high:
            raise _Unusable("dataValueMin", f"{low} is above dataValueMax {high}", "reversed-range")
        if self._is_shared_out(granularity, code):
            low, high = _half(low, ROUND_FLOOR), _half(high, ROUND_CEILING)
        return {
            "code": code.digits,
            "granularity": granularity,
            "low": low,
            "high": high,
            "state": PointState.PROPOSED.value,
        }

    def _is_shared_out(self, granularity: str, code: DataCode) -> bool:
        """Whether a value is shared out over two quarter-hours, and its bounds with it (docs/adr/0033)."""
        is_half_hour = self._is_of_half_hours and granularity == Granularity.QUARTER_HOUR.value
        return is_half_hour and code.data_class.adds_up


class _Unusable(Exception):
    """An item that makes no point."""

    def __init__(self, field: str, why: str, code: str = "unknown-word") -> None:
        super().__init__(why)
        self.field, self.why, self.code = field, why, code


def data_code_of(item: ConfigItem) -> DataCode:
    """The data code of an item's segments, agreeing with its scope."""
    scope = None if item.scope in (None, "") else _SCOPES.get(item.scope)
    if scope is None and item.scope not in (None, ""):
        raise _Unusable("scope", f"came {item.scope!r:.64}, expected 1 to 4")
    digits = "".join(_segment(item, *segment) for segment in _SEGMENTS)
    try:
        code = DataCode(digits)
        if scope is not None:
            code.check_scope(scope)
    except MalformedCode as fault:
        raise _Unusable("dataCode", str(fault), "malformed-data-code") from fault
    return code


def _segment(item: ConfigItem, attribute: str, field: str, digits: int, may_be_empty: bool) -> str:
    """A segment's digits: nothing at all may stand for zeros, and a JSON number lost its own."""
    given = getattr(item, attribute)
    if given in (None, "") and may_be_empty:
        return "0" * digits
    text = f"{given:0{digits}d}" if isinstance(given, int) else (given or "").strip()
    if len(text) != digits or not text.isascii() or not text.isdigit():
        raise _Unusable(field, f"came {given!r:.40}, expected {digits} digits", "malformed-data-code")
    return text


def _bound(field: str, given: Any) -> Decimal | None:
    """A bound exactly as written, within what the readings store holds."""
    if given is None or given == "":
        return None
    bound = _number_of(given)
    if (
        bound is None
        or abs(bound) >= 10 ** (VALUE_DIGITS - VALUE_SCALE)
        or bound != round(bound, VALUE_SCALE)
    ):
        why = f"came {given!r:.40}, expected a number with {VALUE_DIGITS} digits, {VALUE_SCALE} of them decimals"
        raise _Unusable(field, why, "malformed-bound")
    return bound


def _half(bound: Decimal | None, rounding: str) -> Decimal | None:
    return None if bound is None else (bound / 2).quantize(Decimal(1).scaleb(-VALUE_SCALE), rounding)


def _number_of(given: Any) -> Decimal | None:
    try:
        number = Decimal(given if isinstance(given, str) else repr(given))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() <= VALUE_DIGITS else None


def _number(point: Mapping[str, Any]) -> int:
    return Granularity(point["granularity"]).number
