"""Signing in at the identity provider and back (统一身份认证), and signing out here and there.

The provider sends the browser back from another site, which a strict cookie does not come along with: neither on that
request nor on one it is redirected to. So the login under way has a cookie of its own, and its answer is a small page of
ours that leads on; what that page asks for comes from this site.
"""

from __future__ import annotations

from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from graph.errors import NengshuError, SourceError, SourceUnreachable, Unauthenticated
from hub.access.people.cookies import Cookie
from hub.access.people.people import People
from hub.access.people.provider_door import NotAdmitted, ProviderDoor
from hub.access.people.under_way import LIVES
from hub.dashboard.pages import View
from hub.endpoints.forms import own_page
from hub.endpoints.people_pages import (
    NO_STORE,
    SEE_OTHER,
    came,
    give,
    is_foreign,
    looking_up,
    page,
    people_of,
    refused,
    seen,
)
from hub.endpoints.problems import refused as log_refusal

UP, UP_TWICE = (
    "../",
    "../../",
)  # to the site's root from /login/oidc, and from where the provider sends browsers


async def to_provider(request: Request) -> Response:
    """`GET /login/oidc?next=…`: off to the provider."""
    people, at = people_of(request), seen(request)
    if (door := people.provider) is None:
        return RedirectResponse("../login", SEE_OTHER)
    try:
        address, session = await door.provider.begin()
    except SourceError as fault:
        return _told(request, fault, at, UP)
    wanted = {"next": own_page(request.query_params.get("next")), "lang": at.language.value}
    sealed = door.under_way.begin(session, wanted)
    reply = RedirectResponse(address, SEE_OTHER, NO_STORE)
    reply.headers.append("Set-Cookie", people.cookies.given(Cookie.LOGIN, sealed, LIVES))
    return reply


async def from_provider(request: Request) -> Response:
    """`GET /login/oidc/return?code=…&state=…`: back, into the hub or told why not."""
    people, at = people_of(request), seen(request)
    if (door := people.provider) is None:
        return RedirectResponse("../../login", SEE_OTHER)
    sealed = people.cookies.secret(request.headers, Cookie.LOGIN)
    if (login := await looking_up(request, partial(door.under_way.end, sealed))) is None:
        return _told(request, Unauthenticated("this browser began no login, or too long ago"), at, UP_TWICE)
    at = seen(request, login.page["lang"])
    try:
        person = await door.provider.finish(login.session, request.query_params)
        begun, kept = await looking_up(request, partial(door.admit, person, came(request)))
    except (SourceError, Unauthenticated) as fault:
        return await _refused(request, door, fault, at)
    to = f"{UP_TWICE}{login.page['next']}"
    reply = page(request, "onward.html", at=at, comes=True, root=UP_TWICE, to=to)
    give(reply, people, begun)
    reply.headers.append("Set-Cookie", people.cookies.given(Cookie.PROVIDER, kept, begun.lives))
    reply.headers.append("Set-Cookie", people.cookies.taken_back(Cookie.LOGIN))
    return reply


async def _refused(request: Request, door: ProviderDoor, fault: NengshuError, at: View) -> Response:
    """A login that was under way came to nothing: the access log is told, by the door itself where it knows of whom."""
    if not isinstance(fault, NotAdmitted):
        await looking_up(request, partial(door.refused, fault, came(request)))
    return _told(request, fault, at, UP_TWICE)


def _told(request: Request, fault: NengshuError, at: View, root: str) -> Response:
    """The page that says so, and a line of the hub's own log."""
    log_refusal(request, fault.code, str(fault), is_noted=True)
    if isinstance(fault, Unauthenticated):
        status, why = 401, "unknown" if isinstance(fault, NotAdmitted) else "unvouched"
    else:
        status, why = 503, "down" if isinstance(fault, SourceUnreachable) else "unclear"
    reply = refused(request, status, why, at=at, root=root)
    reply.headers.append("Set-Cookie", people_of(request).cookies.taken_back(Cookie.LOGIN))
    return reply


async def log_out(request: Request) -> Response:
    """`POST /logout`: the session counts no longer; who came by the provider is signed out there, too."""
    if (foreign := is_foreign(request)) is not None:
        return foreign
    people = people_of(request)
    await looking_up(request, partial(_end, request, people))
    reply = await _farewell(request, people)
    for cookie in set(Cookie) - {Cookie.KNOWN}:
        reply.headers.append("Set-Cookie", people.cookies.taken_back(cookie))
    return reply


def _end(request: Request, people: People) -> None:
    try:
        found = people.gate.signed_in(request.headers)
    except Unauthenticated:
        return
    people.beginning.end(found.secret, found.account, came(request))


async def _farewell(request: Request, people: People) -> Response:
    """To the provider by a page that leads there: a form's answer may not, by the pages' own policy."""
    lang = seen(request).language.value
    secret = people.cookies.secret(request.headers, Cookie.PROVIDER)
    if (door := people.provider) is not None and secret is not None:
        token = await looking_up(request, partial(door.token_of, secret))
        after = f"{people.rules.base_url.rstrip('/')}/login"  # as it is registered there, letter by letter
        address = None if token is None else await door.provider.farewell(token, after)
        if address is not None:
            return page(request, "onward.html", comes=False, to=address)
    return RedirectResponse(f"login?lang={lang}&bye=1", SEE_OTHER, NO_STORE)
