"""Every address of a hub and who may come in there (入口): what has no line here is no address of the hub's.

Behind a door rights are the row sources' affair (hub/access/sources.py): a role opens the door, and shows nothing yet.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from starlette.routing import BaseRoute, Route, WebSocketRoute

from graph.errors import ConfigurationError, Forbidden
from graph.model.principal import OrganisationKind, Principal, Role
from hub.access.oauth.identifiers import INTROSPECT_PATH, JWKS_PATH, METADATA_PATH, REVOKE_PATH, TOKEN_PATH
from hub.dashboard import bundle

SOCKET = "WS"  # in place of a method


@dataclass(frozen=True)
class Door:
    """Who may come in: with any of these roles, or anybody, and then `why`.

    `of_units` are roles that open it for a unit's own clients besides, who see that unit alone.
    """

    roles: frozenset[Role] = frozenset()
    why: str = ""
    of_units: frozenset[Role] = frozenset()

    def opening(self, kind: OrganisationKind) -> frozenset[Role]:
        """The roles that open it for this kind of organisation."""
        return self.roles | self.of_units if kind is OrganisationKind.UNIT else self.roles

    def require(self, asker: Principal) -> None:
        """Raise Forbidden unless it opens for the asker."""
        opening = self.opening(asker.kind)
        if opening and opening.isdisjoint(asker.roles):
            wanted = " or ".join(repr(role.value) for role in Role if role in opening)
            raise Forbidden(f"client {asker.client} has no role {wanted}")


def _with(*roles: Role) -> Door:
    return Door(frozenset(roles))


_ASKING = _with(Role.READ, Role.AUDIT, Role.ADMINISTER)
_SHELL = Door(why="the page's shell: what it shows it asks of /graphql")
_SIGNED = Door(why="a client signs what it asks here with its own key")
_PUBLIC = Door(why="public keys, and where what is asked")
_STRANGERS = Door(why="where people say who they are")
_OWN = Door(why="shows and changes what is the signed-in person's own, and nothing to anybody else")
_DEVICE = Door(why="the protocol of access devices has no secret (docs/adr/0011)")

DOORS: Mapping[str, Door] = MappingProxyType(
    {
        "GET /healthz": Door(why="says that the process lives"),
        "GET /metrics": _with(Role.READ),
        "POST /graphql": _ASKING,
        "GET /graphql": _ASKING,
        f"{SOCKET} /graphql": _ASKING,
        "POST /sync/v1/batches": _with(Role.UPLOAD),
        "GET /sync/v1/batches/{id:int}": _with(Role.READ, Role.UPLOAD, Role.SYNC),
        "GET /sync/v1/batches/registry/{id:int}": _with(Role.READ, Role.UPLOAD, Role.SYNC),
        "GET /sync/v1/changes": _with(Role.SYNC),
        "GET /sync/v1/changes/days": _with(Role.SYNC),
        # A probe compares what it handed in; its client has the role to do so, and no other.
        "GET /sync/v1/digests": Door(frozenset({Role.SYNC}), of_units=frozenset({Role.UPLOAD})),
        "GET /sync/v1/readings": _with(Role.SYNC),
        "POST /sync/v1/health": _with(Role.UPLOAD),
        "GET /sync/v1/openapi.json": Door(why="what the protocol is, the same for everybody"),
        "POST /sync/v1/uploads": _with(Role.UPLOAD),
        **dict.fromkeys(
            (f"{method} /sync/v1/uploads/{{id}}" for method in ("GET", "PATCH", "DELETE")), _with(Role.UPLOAD)
        ),
        "GET /export/readings": _with(Role.READ),
        "GET /export/balance": _with(Role.READ),
        "GET /export/persons": _with(Role.READ),
        **dict.fromkeys((f"POST {path}" for path in (TOKEN_PATH, INTROSPECT_PATH, REVOKE_PATH)), _SIGNED),
        **dict.fromkeys((f"GET {path}" for path in (JWKS_PATH, METADATA_PATH)), _PUBLIC),
        **dict.fromkeys(("GET /", "GET /graphiql"), _SHELL),
        **dict.fromkeys(
            (f"{method} {path}" for method in ("GET", "POST") for path in ("/login", "/welcome")), _STRANGERS
        ),
        **dict.fromkeys(("GET /login/oidc", "GET /login/oidc/return"), _STRANGERS),
        **dict.fromkeys(("GET /account", "POST /account", "POST /logout", "GET /me"), _OWN),
        **dict.fromkeys(
            (
                "GET /static/{digest}/{name:path}",
                "GET /static/{digest}/charts.{lang}.json",
                f"GET /static/{bundle.NAME}",
            ),
            Door(why="files that the pages are made of"),
        ),
        **dict.fromkeys(
            (
                "POST /enterprise/register",
                "POST /enterprise/versionCheck",
                "POST /enterprise/downloadBaseData",
                "POST /enterprise/downloadConfigData",
                "POST /enterprise/uploadEnergyData",
            ),
            _DEVICE,
        ),
        **dict.fromkeys(
            (
                "POST /YNEnergy/enterpriseInfo/rwk",
                "POST /YNEnergy/enterpriseInfo/apply",
                "POST /YNEnergy/requestAK",
                "POST /YNEnergy/platformAccessURL",
            ),
            Door(why="where a device of the AK dialect gets its token"),
        ),
        **dict.fromkeys(
            (
                "POST /YNEnergy/enterpriseInfo/update",
                "POST /YNEnergy/checkVersion",
                "POST /YNEnergy/dataDownload",
                "POST /YNEnergy/processConfigure",
                "POST /YNEnergy/processUnitConfigure",
                "POST /YNEnergy/collectItemConfigure",
                "POST /YNEnergy/gaugeConfigure",
                "POST /YNEnergy/gaugeReplaceConfigure",
                "POST /YNEnergy/gaugeVerifyConfigure",
                "POST /YNEnergy/dataEnterpriseEnergy",
            ),
            Door(why="a device's own token opens it (docs/nhjc-ak.md), and no role"),
        ),
    }
)


def door_of(name: str) -> Door:
    """The door of a name such as `POST /graphql`."""
    return DOORS[name]


def check_doors(routes: Iterable[BaseRoute], doors: Mapping[str, Door] = DOORS) -> None:
    """Raise ConfigurationError for a route without a line: nobody has said who may come in there."""
    if without := sorted(set(names_of(routes)) - doors.keys()):
        raise ConfigurationError("doors", [f"{name} has no line" for name in without])


def names_of(routes: Iterable[BaseRoute]) -> Iterator[str]:
    """What the doors of these routes are called."""
    for route in routes:
        if isinstance(route, WebSocketRoute):
            yield f"{SOCKET} {route.path}"
        elif isinstance(route, Route):
            methods = route.methods or {"GET", "POST"}
            yield from (f"{method} {route.path}" for method in sorted(methods - {"HEAD"}))
        else:
            raise ConfigurationError("doors", [f"{route!r} is no single address, so nobody sees its doors"])
