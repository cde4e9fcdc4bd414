"""A device's configuration becomes points it proposes; the province decides whether they count.

The data code is put together from its segments, and a segment left empty above the item's scope is zeros
(assumed: devices of several makers leave them out). A code configured at several statistics is one point, due at
its finest; the bounds are those of that statistic.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from graph.errors import InvalidInput, MalformedCode
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.instrument import PointState
from graph.model.period import Granularity
from graph.model.reading import VALUE_DIGITS, VALUE_SCALE
from provincial_adapters._nhjc04.messages import CONFIG_ITEMS_MAX, UNREADABLE, ConfigItem, ConfigUpload
from provincial_adapters._nhjc04.words import granularities, scopes
from provincial_adapters._toolkit.devices import Problem, Proposal
from provincial_adapters._toolkit.rejected import RAW_CHARACTERS_MAX

ENTERPRISE_TEXT_MAX = 500  # of one field; names and addresses are shorter
LATITUDES, LONGITUDES = (3, 54), (73, 136)  # China lies between
_SCOPES = scopes()
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


def proposal(upload: ConfigUpload, unit: CreditCode, realtime_minutes: int, today: dt.date) -> Proposal:
    """The points of a configuration, due from `today` on. Raises InvalidInput for one of absurd length."""
    if len(upload.collect_item_config) > CONFIG_ITEMS_MAX:
        raise InvalidInput(
            f"{len(upload.collect_item_config)} items, at most {CONFIG_ITEMS_MAX}", "collectItemConfig"
        )
    points: dict[str, dict[str, Any]] = {}
    problems = _position_problems(upload.enterprise)
    for number, raw in enumerate(upload.collect_item_config, 1):
        try:
            point = _point(msgspec.json.decode(raw, type=ConfigItem), realtime_minutes)
        except _Unusable as fault:
            problems.append(Problem(number, fault.field, fault.why))
        except UNREADABLE as fault:
            problems.append(Problem(number, "item", str(fault)))
        else:
            _keep_finest(points, {"unit": unit.text, "since": today, **point})
    return Proposal(unit, tuple(points.values()), _said(upload.enterprise), tuple(problems))


class _Unusable(Exception):
    """An item that makes no point."""

    def __init__(self, field: str, why: str) -> None:
        super().__init__(why)
        self.field, self.why = field, why


def _point(item: ConfigItem, realtime_minutes: int) -> dict[str, Any]:
    code = data_code_of(item)
    granularity = granularities(realtime_minutes).get(item.stat_type)
    if granularity is None:
        raise _Unusable("statType", f"came {item.stat_type!r:.64}, expected 0 to 3")
    low, high = _bound("dataValueMin", item.data_value_min), _bound("dataValueMax", item.data_value_max)
    if low is not None and high is not None and low > high:
        raise _Unusable("dataValueMin", f"{low} is above dataValueMax {high}")
    return {
        "code": code.digits,
        "granularity": granularity,
        "low": low,
        "high": high,
        "state": PointState.PROPOSED.value,
    }


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
        raise _Unusable("dataCode", str(fault)) from fault
    return code


def _segment(item: ConfigItem, attribute: str, field: str, digits: int, may_be_empty: bool) -> str:
    """A segment's digits: nothing at all may stand for zeros, and a JSON number lost its own."""
    given = getattr(item, attribute)
    if given in (None, "") and may_be_empty:
        return "0" * digits
    text = f"{given:0{digits}d}" if isinstance(given, int) else (given or "").strip()
    if len(text) != digits or not text.isascii() or not text.isdigit():
        raise _Unusable(field, f"came {given!r:.40}, expected {digits} digits")
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
        raise _Unusable(field, why)
    return bound


def _number_of(given: Any) -> Decimal | None:
    try:
        number = Decimal(given if isinstance(given, str) else repr(given))
    except InvalidOperation:
        return None
    return number if number.is_finite() and number.adjusted() <= VALUE_DIGITS else None


def _keep_finest(points: dict[str, dict[str, Any]], point: dict[str, Any]) -> None:
    known = points.get(point["code"])
    if known is None or _number(point) < _number(known):
        points[point["code"]] = point


def _number(point: Mapping[str, Any]) -> int:
    return Granularity(point["granularity"]).number


def _said(enterprise: Mapping[str, Any]) -> dict[str, str]:
    """The enterprise's fields that hold a text or a number."""
    return {
        key[:RAW_CHARACTERS_MAX]: str(value)[:ENTERPRISE_TEXT_MAX]
        for key, value in enterprise.items()
        if isinstance(value, str | int | float) and value != ""
    }


def _position_problems(enterprise: Mapping[str, Any]) -> list[Problem]:
    """Latitude and longitude swapped is the most common fault of a form filled in by hand."""
    try:
        latitude, longitude = float(enterprise["latitude"]), float(enterprise["longitude"])
    except (KeyError, TypeError, ValueError):
        return []
    if _within(latitude, LATITUDES) and _within(longitude, LONGITUDES):
        return []
    swapped = _within(longitude, LATITUDES) and _within(latitude, LONGITUDES)
    why = "swapped with longitude" if swapped else f"{latitude}, {longitude} lies outside China"
    return [Problem(None, "enterprise.latitude", why)]


def _within(degrees: float, bounds: tuple[int, int]) -> bool:
    return bounds[0] <= degrees <= bounds[1]
