"""How a row of each noun of supervision is checked and completed, as `entries` does it for the others."""

from __future__ import annotations

from graph.errors import InvalidInput
from graph.model.bulletin import Bulletin
from graph.model.credit_entry import CreditEntry
from graph.model.duty import Duty
from graph.model.inspection import Inspection
from graph.model.rectification_order import RectificationOrder
from graph.model.score import Score
from hub.stores.registry.entries import Entry, Values, of_province, of_unit
from hub.stores.registry.known import Known, Place


def duty(v: Values, known: Known) -> Entry:
    """A duty of a province or of a unit; a unit's lies where the unit does."""
    duty = Duty(**v)
    province = known.province(duty.province)
    if duty.unit is None:
        return Entry({"unit_id": None}, of_province(province))
    entry = of_unit(duty.unit, known)
    if entry.place.province != province:
        raise InvalidInput(f"came {province}, and its unit lies in {entry.place.province}", "province")
    return entry


def inspection(v: Values, known: Known) -> Entry:
    """An inspection of a unit, by an agency of its province or of the nation."""
    Inspection(**v)
    entry = of_unit(v["unit"], known)
    known.agency(v["agency"], str(entry.place.province))
    return entry


def rectification_order(v: Values, known: Known) -> Entry:
    """An order to a unit, by an agency of its province or of the nation, perhaps after an inspection of it."""
    RectificationOrder(**v)
    entry = of_unit(v["unit"], known)
    known.agency(v["issued_by"], str(entry.place.province), "issued_by")
    known.same_unit("inspection", v["inspection"], v["unit"])
    return entry


def credit_entry(v: Values, known: Known) -> Entry:
    """A unit's credit entry, perhaps after an order to it."""
    CreditEntry(**v)
    known.same_unit("rectification_order", v["order_number"], v["unit"])
    return of_unit(v["unit"], known)


def score(v: Values, known: Known) -> Entry:
    """A score of a province."""
    score = Score(**v)
    return Entry({}, of_province(known.province(score.province)))


def bulletin(v: Values, _: Known) -> Entry:
    """A bulletin, which is the nation's."""
    Bulletin(**v)
    return Entry({}, Place())
