"""Signing in and out (登录): forms that need no script, what the invited choose, and who is signed in as JSON."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

import orjson
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from graph.errors import Unauthenticated
from graph.model.principal import Role
from hub.access.people.beginning import Begun
from hub.access.people.pauses import TooManyAttempts
from hub.access.people.proving import Proof
from hub.access.people.telephones import in_groups
from hub.access.people.welcome import Chosen, Waiting
from hub.endpoints.forms import own_page, read_form
from hub.endpoints.own_account import change_own, show_own
from hub.endpoints.people_pages import (
    NO_STORE,
    came,
    hashing,
    is_foreign,
    onward,
    page,
    people_of,
    said,
    signed_in,
    to_page,
    wait_words,
)
from hub.endpoints.problems import problem
from hub.endpoints.signing_in_elsewhere import from_provider, log_out, to_provider


def people_routes() -> list[BaseRoute]:
    """Routes of signing in; they ask `app.state.hub` for its people, settings and clock."""
    return [
        Route("/login", show_login, methods=["GET"]),
        Route("/login", log_in, methods=["POST"]),
        Route("/login/oidc", to_provider, methods=["GET"]),
        Route("/login/oidc/return", from_provider, methods=["GET"]),
        Route("/welcome", show_welcome, methods=["GET"]),
        Route("/welcome", enter, methods=["POST"]),
        Route("/account", show_own, methods=["GET"]),
        Route("/account", change_own, methods=["POST"]),
        Route("/logout", log_out, methods=["POST"]),
        Route("/me", me, methods=["GET"]),
    ]


async def show_login(request: Request) -> Response:
    """`GET /login?next=…`: the form."""
    came_back = {"bye", "state"} & request.query_params.keys()  # from signing out, here or at the provider
    return _login(request, bye=bool(came_back))


async def log_in(request: Request) -> Response:
    """`POST /login`: a session, or the form again with one sentence for whatever was wrong."""
    if (foreign := is_foreign(request)) is not None:
        return foreign
    form, people = await read_form(request), people_of(request)
    proof = Proof(form.get("account", ""), form.get("password", ""), form.get("code", ""))
    try:
        begun = await hashing(request, partial(people.local.sign_in, proof, came(request)))
    except TooManyAttempts as fault:
        return _login(request, 429, wait_words(request, fault.wait_s), proof.account, fault.wait_s)
    except Unauthenticated:
        return _login(request, 401, said(request)["wrong"]["login"], proof.account)
    return to_page(begun, people, own_page(request.query_params.get("next")))


def _login(
    request: Request, status: int = 200, wrong: str = "", account: str = "", wait_s: int = 0, *, bye: bool = False
) -> Response:  # fmt: skip
    provider = people_of(request).rules.provider
    return page(
        request, "login.html", status, headers={"Retry-After": str(wait_s)} if wait_s else None,
        wrong=wrong, account=account, bye=bye, onward=onward(request),
        provider=None if provider is None else provider.name,
    )  # fmt: skip


async def show_welcome(request: Request) -> Response:
    """`GET /welcome`: where a one-time code is typed."""
    return page(request, "welcome.html", wrong="")


async def enter(request: Request) -> Response:
    """`POST /welcome`: the code first, then what its owner chose."""
    if (foreign := is_foreign(request)) is not None:
        return foreign
    form = await read_form(request)
    try:
        if "ticket" in form:
            return await _choose(request, form)
        show = partial(people_of(request).welcome.show, form.get("invitation", ""), came(request))
        return _choosing(request, await hashing(request, show), form)
    except TooManyAttempts as fault:
        wait = {"Retry-After": str(fault.wait_s)}
        return page(request, "welcome.html", 429, headers=wait, wrong=wait_words(request, fault.wait_s))
    except Unauthenticated:
        return page(request, "welcome.html", 401, wrong=said(request)["wrong"]["invitation"])


async def _choose(request: Request, form: Mapping[str, str]) -> Response:
    people = people_of(request)
    chosen = Chosen(
        *(form.get(name, "") for name in ("password", "again", "code", "account", "name")),
    )
    begun = await hashing(request, partial(people.welcome.redeem, form["ticket"], chosen, came(request)))
    if isinstance(begun, Begun):
        return to_page(begun, people, "")
    return _choosing(request, begun, form)


def _choosing(request: Request, waiting: Waiting, form: Mapping[str, str]) -> Response:
    label = people_of(request).rules.name if waiting.account is None else waiting.account.key
    return page(
        request, "choose.html", 200 if waiting.wrong is None else 400,
        waiting=waiting,
        wrong="" if waiting.wrong is None else said(request)["wrong"][waiting.wrong],
        account=form.get("account", ""), name=form.get("name", ""),
        drawing=people_of(request).telephones.drawing(label, waiting.telephone),
        typed=in_groups(waiting.telephone),
    )  # fmt: skip


async def me(request: Request) -> Response:
    """`GET /me`: who is signed in, and what they may do; 401 where nobody is."""
    found = await signed_in(request)
    if found is None:
        return problem(request, 401, Unauthenticated.code, "nobody is signed in: sign in at /login", NO_STORE)
    account, principal = found.account, found.principal
    told = {
        "account": account.key,
        "name": account.name,
        "organisation": {"key": principal.organisation, "name": account.organisation_name},
        "roles": [role.value for role in Role if role in principal.roles],
        "reach": str(principal.reach),
        "until": found.until,
    }
    return Response(orjson.dumps(told), headers=NO_STORE, media_type="application/json")
