"""How a row of an organisation is checked and completed."""

from __future__ import annotations

from graph.model.organisation import Organisation
from hub.stores.registry.entries import Entry, Values
from hub.stores.registry.known import Known, Place


def organisation(v: Values, known: Known) -> Entry:
    """An organisation; a unit's lies where its unit does, one without region and unit is the nation's."""
    made = Organisation(v["key"], v["name"], v["kind"], v["parts"], v["region"], v["unit"])
    if made.unit is not None:
        unit = known.unit(made.unit)
        place = Place(unit.province, unit.region, str(made.unit))
        return Entry({"unit_id": unit.id, "province": unit.province}, place)
    if made.region is None:
        return Entry({"unit_id": None, "province": None}, Place())
    province = known.province(made.region)
    return Entry({"unit_id": None, "province": province}, Place(province, known.division(made.region)))
