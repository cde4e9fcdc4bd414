"""Organisations and clients for tests: whoever reaches so far, with these roles, is of a kind that can have both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

from graph.model.principal import NATION, OrganisationKind, Part, Reach, Role
from graph.model.rights import GIVEN
from hub.access.oauth.identifiers import Identifiers
from hub.access.oauth.tokens import Tokens
from hub.settings import Settings
from hub.stores.registry.registry import Registry
from hub.wiring import SystemClock, keyring_of, open_registry

WHO = "tester"


def kind_of(reach: Reach, roles: Collection[Role] = ()) -> OrganisationKind:
    """Of which kind somebody is who reaches so far and has these roles."""
    if reach.unit is not None:
        return OrganisationKind.UNIT
    if reach.region is not None:
        return OrganisationKind.PROVINCIAL_DEPARTMENT
    fits = GIVEN[OrganisationKind.NATIONAL_AGENCY] >= set(roles)
    return OrganisationKind.NATIONAL_AGENCY if fits else OrganisationKind.CONSTRUCTION_BODY


def parts_of(kind: OrganisationKind) -> frozenset[Part]:
    """All parts, of an authority."""
    authorities = (OrganisationKind.NATIONAL_AGENCY, OrganisationKind.PROVINCIAL_DEPARTMENT)
    return frozenset(Part) if kind in authorities else frozenset()


def organisation(registry: Registry, reach: Reach = NATION, roles: Collection[Role] = ()) -> str:
    """The key of such an organisation, which is made where it is not there yet."""
    kind = kind_of(reach, roles)
    key = f"{kind.value}-{reach}"
    row: dict[str, Any] = {"key": key, "name": "试验单位", "kind": kind.value, "parts": list(parts_of(kind))}
    row |= {
        "region": (reach.region and reach.unit is None and str(reach.region)) or None,
        "unit": reach.unit and str(reach.unit),
    }
    registry.upsert("organisation", [row], WHO)
    return key


def add_client(
    registry: Registry,
    key: str,
    reach: Reach = NATION,
    roles: Collection[Role] = (Role.READ,),
    lives: dt.timedelta | None = None,
    jwks: Mapping[str, Any] | None = None,
) -> None:
    """A client of such an organisation."""
    of = organisation(registry, reach, roles)
    registry.clients.add(key, of, roles, WHO, lives=lives, jwks=jwks)


def token_at(
    data: Path,
    base: str,
    key: str,
    reach: Reach = NATION,
    roles: Collection[Role] = (Role.READ,),
    lives: dt.timedelta | None = None,
) -> str:
    """A token of a client of the hub that answers there and keeps its stores in this folder; made where it is not there."""
    settings, clock = Settings(data_dir=data), SystemClock()
    with closing(open_registry(settings)) as registry:
        if registry.clients.find(key) is None:
            add_client(registry, key, reach, roles, lives)
        tokens = Tokens(Identifiers(base), keyring_of(settings, registry, clock), clock)
        token, _ = tokens.issue(key, roles)
        return token
