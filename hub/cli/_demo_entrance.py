"""The demo's own way in: a visitor's session for whoever has the address that the terminal shows, once.

A hub has no such door; the demo's is added to its application, and dies with it.
"""

from __future__ import annotations

import datetime as dt
import secrets
from dataclasses import dataclass

from anyio import to_thread
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from graph.errors import Unauthenticated
from graph.model.principal import Role
from hub.doors import Door
from hub.endpoints.asking import hub_of
from hub.endpoints.people_pages import came, to_page
from hub.stores.registry.account_rows import Invitation
from hub.wiring import Hub

PATH, KIND, VISITOR = "/demo", "demo", "visitor"
LIVES = dt.timedelta(hours=8)
ROLES = (Role.READ, Role.EXPLORE, Role.AUDIT)
DOORS = {f"GET {PATH}": Door(why="whoever sees the terminal has its address, which counts once")}


@dataclass(frozen=True)
class Entrance:
    """An address that lets somebody in as the visitor."""

    hub: Hub

    def address(self, base: str) -> str:
        """A new one. The visitor has a password that nobody knows: this is the only way to be it."""
        accounts, invitation = (
            self.hub.registry.accounts,
            Invitation(secrets.token_hex(), self.hub.clock.now() + LIVES),
        )
        if accounts.find(VISITOR) is None:
            accounts.add(VISITOR, "虚构访客", "agency", ROLES, "demo", invitation=invitation)
            accounts.redeem(invitation, secrets.token_hex(), secrets.token_hex())
        return f"{base}{PATH}?ticket={self.hub.door.pending.put(KIND, {}, self.hub.clock.now() + LIVES)}"


def entrance_route() -> Route:
    """Where it leads."""
    return Route(PATH, _enter, methods=["GET"])


async def _enter(request: Request) -> Response:
    hub, ticket = hub_of(request), request.query_params.get("ticket", "")

    def begin() -> Response:
        account = hub.registry.accounts.find(VISITOR)
        if account is None or hub.door.pending.take(KIND, ticket) is None:
            raise Unauthenticated("this way in counted once: the terminal shows another after `nengshu demo`")
        return to_page(hub.people.beginning.begin(account, "password", came(request)), hub.people, "")

    return await to_thread.run_sync(begin, limiter=hub.lookups)
