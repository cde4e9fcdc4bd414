"""How a row of each noun is checked and completed: the model's value is built of its cells, the rest is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from graph.errors import InvalidInput
from graph.model.access_device import AccessDevice
from graph.model.credit_code import CreditCode
from graph.model.energy import VARIETIES, Coefficient, CoefficientSource
from graph.model.instrument import DataPoint, Instrument
from graph.model.platform import Agency, Platform
from graph.model.progress import Milestone, Waiver
from graph.model.region import Region, RegionCode
from graph.model.report import QuarterlyReport
from graph.model.sync_run import Link
from graph.model.unit import Unit
from hub.stores.registry.known import Known, Place
from hub.stores.registry.link_cells import PAUSED

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Entry:
    """What is computed of a row beside its cells, and where the row belongs."""

    computed: Values
    place: Place


def as_given(row: Values) -> Values:
    """A row whose key is written out."""
    return row


def of_province(province: str) -> Place:
    """The place of what is a province's."""
    return Place(province, province)


def region(v: Values, known: Known) -> Entry:
    """A division; its level, parent and province follow from its code."""
    code: RegionCode = v["code"]
    Region(code, v["name"], v["short_name"], v["english"], v["abolished"])
    province = str(code) if code == code.province else known.province(code, "code")
    computed = {
        "level": code.level.value,
        "parent": None if code.parent is None else str(code.parent),
        "province": province,
        "simulated": code.is_simulated,
    }
    return Entry(computed, Place(province, str(code)))


def agency(v: Values, known: Known) -> Entry:
    """An agency; a national one belongs to no province."""
    agency = Agency(v["key"], v["name"], v["role"], v["province"], v["mechanism"])
    return Entry({}, Place() if agency.region is None else of_province(known.province(agency.region)))


def person(v: Values, known: Known) -> Entry:
    """A person responsible, of an agency that stands in the registry."""
    if v["agency"] not in known.agencies:
        raise InvalidInput(f"no agency has the key {v['agency']}", "agency")
    agency_id, province = known.agencies[v["agency"]]
    return Entry({"agency_id": agency_id}, Place(province, province))


def platform(v: Values, known: Known) -> Entry:
    """A province's platform."""
    platform = Platform(v["province"], v["name"], v["mode"], v["operation_assured"], v["filed_on"])
    return Entry({}, of_province(known.province(platform.region)))


def platform_milestone(v: Values, known: Known) -> Entry:
    """A stage of a platform's construction."""
    Milestone(v["stage"], v["planned"], v["actual"])
    return Entry({}, of_province(known.province(v["province"])))


def unit(v: Values, known: Known) -> Entry:
    """A unit; province and city follow from its region, the section from its industry."""
    unit = Unit(v["credit_code"], v["name"], v["region"], v["industry"], v["tier"], v["roster_batch"])
    region = known.division(unit.region)
    computed = {
        "province": str(unit.region.province),
        "city": None if unit.region.city is None else str(unit.region.city),
        "section": unit.industry.section,
    }
    return Entry(computed, Place(computed["province"], region, str(unit.credit_code)))


def of_unit(code: CreditCode, known: Known, **computed: Any) -> Entry:
    """The entry of what is a unit's: it lies where the unit does. Raises InvalidInput for an unknown unit."""
    unit = known.unit(code)
    return Entry({"unit_id": unit.id, **computed}, Place(unit.province, unit.region, str(code)))


def access_end_milestone(v: Values, known: Known) -> Entry:
    """A stage of an access end."""
    Milestone(v["stage"], v["planned"], v["actual"])
    return of_unit(v["unit"], known)


def instrument(v: Values, known: Known) -> Entry:
    """An instrument of a unit."""
    Instrument(**v)
    return of_unit(v["unit"], known)


def data_point(v: Values, known: Known) -> Entry:
    """A data point; variety, kind and scope follow from its code. A class without energy has no kind.

    A native unit that is written out is kept as what it is: none of its own.
    """
    point = DataPoint(**v)
    variety = VARIETIES.get(point.code.variety)
    return of_unit(
        point.unit,
        known,
        variety=point.code.variety,
        kind=None if variety is None else variety.kind.value,
        scope=int(point.code.scope),
        measure=point.measure if variety is None else None,
    )


def access_device(v: Values, known: Known) -> Entry:
    """A device that registered, as it is decided of."""
    AccessDevice(v["unit"], v["link"], v["state"], v["why"])
    return of_unit(v["unit"], known)


def link(v: Values, known: Known) -> Entry:
    """A link of a province; one that is paused says by whom, why and since when."""
    if len({v[name] is None for name in PAUSED}) > 1:
        raise InvalidInput(f"{', '.join(PAUSED)} are given together, or none of them", "paused_why")
    link = Link(v["key"], v["dialect"], v["province"], v["address"], v["credential"])
    return Entry({}, of_province(known.province(link.region)))


def with_source(row: Values) -> Values:
    """A coefficient with its source: what a unit gives it has measured, the rest is the standard's."""
    if row.get("source") is not None:
        return row
    return {**row, "source": CoefficientSource.unsaid(row.get("unit"))}


def coefficient(v: Values, known: Known) -> Entry:
    """A coefficient, a unit's own, the dictionary's or the standard's."""
    owner: CreditCode | None = v["unit"]
    Coefficient(**{**v, "unit": None if owner is None else str(owner)})
    return Entry({"unit_id": None}, Place()) if owner is None else of_unit(owner, known)


def waiver(v: Values, known: Known) -> Entry:
    """A waiver of a unit."""
    Waiver(**v)
    return of_unit(v["unit"], known)


def quarterly_report(v: Values, known: Known) -> Entry:
    """A province's report of a quarter."""
    report = QuarterlyReport(
        v["province"], v["quarter"], v["state"], v["submitted_on"], v["problems"], v["suggestions"]
    )
    return Entry({}, of_province(known.province(report.region)))
