"""How a row of each noun of supervision is checked and completed, as `entries` does it for the others."""

from __future__ import annotations

from graph.errors import InvalidInput
from graph.model.duty import Duty
from hub.stores.registry.entries import Entry, Values, of_province, of_unit
from hub.stores.registry.known import Known


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
