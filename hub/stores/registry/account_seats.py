"""Where an account belongs: its organisation, and a reach within that of the organisation."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, RowMapping, insert, select

from graph.errors import InvalidInput, NotFound
from graph.model.principal import Part, Reach
from graph.model.region import DivisionTree
from hub.stores.registry import cells
from hub.stores.registry.account_rows import ORGANISATION, UNIT, OwnOrganisation, reach_of
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.known import Known, Place, load
from hub.stores.registry.tables import KEY_MAX
from hub.stores.registry.writes import add_divisions, holds


def organisation_of(connection: Connection, key: str) -> RowMapping:
    """The row of an organisation with its unit's credit code. Raises NotFound."""
    source = ORGANISATION.outerjoin(UNIT)
    wanted = select(ORGANISATION, UNIT.c.credit_code.label("unit")).select_from(source)
    row = connection.execute(wanted.where(ORGANISATION.c.key == key)).mappings().first()
    if row is None:
        raise NotFound(f"no organisation has the key {key[:KEY_MAX]!r}")
    return row


def seat(
    connection: Connection, author: Author, tree: DivisionTree, reach: Reach, organisation: RowMapping
) -> dict[str, Any]:
    """A reach as the table keeps it, nothing where it is the organisation's own. Raises InvalidInput beyond that."""
    if reach.is_national:
        return {"region": None, "province": None, "unit_id": None}
    known = load(connection, tree, [str(reach.unit)] if reach.unit else [])
    found, place = _seat(known, reach)
    theirs = reach_of(organisation["region"], organisation["unit"])
    if not holds(theirs, place):
        raise InvalidInput(f"{reach} is out of reach of {organisation['key']}, which is {theirs}", "reach")
    add_divisions(connection, author, known)
    return found


def _seat(known: Known, reach: Reach) -> tuple[dict[str, Any], Place]:
    unit = None if reach.unit is None else known.unit(reach.unit)
    region = None if reach.region is None else known.division(reach.region)
    if unit is not None:
        place = Place(unit.province, unit.region, str(reach.unit))
        return {"region": region, "province": unit.province, "unit_id": unit.id}, place
    province = None if reach.region is None else str(reach.region.province)
    return {"region": region, "province": province, "unit_id": None}, Place(province, region)


def add_own(connection: Connection, author: Author, tree: DivisionTree, own: OwnOrganisation) -> None:
    """The organisation that runs this hub, unless it is there."""
    if connection.execute(select(ORGANISATION.c.id).where(ORGANISATION.c.key == own.key)).first():
        return
    region, known = own.reach.region, load(connection, tree)
    code = None if region is None else known.division(region)
    province = None if region is None else str(region.province)
    row = {
        "key": cells.key(own.key),
        "name": cells.words()(own.name),
        "kind": own.kind.value,
        "parts": " ".join(part.value for part in Part if part in own.parts),
        "region": code,
        "province": province,
        "unit_id": None,
        "enabled": True,
    }
    add_divisions(connection, author, known)
    connection.execute(insert(ORGANISATION).values(row))
    said = {name: value for name, value in row.items() if name != "unit_id"}
    record(connection, author, "organisation", [Change((own.key,), None, said, Place(province, code))])
