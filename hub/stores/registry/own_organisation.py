"""The organisation that runs a hub, which comes with its first administrator."""

from __future__ import annotations

from sqlalchemy import Connection, insert, select

from graph.model.principal import Part
from graph.model.region import DivisionTree
from hub.stores.registry import cells
from hub.stores.registry.account_rows import ORGANISATION, OwnOrganisation
from hub.stores.registry.audit import Author, Change, record
from hub.stores.registry.known import Place, load
from hub.stores.registry.writes import add_divisions


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
