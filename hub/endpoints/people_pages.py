"""What the pages of signing in have in common: who came, in which language, the lane that hashing waits in, refusals."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import quote

from anyio import CapacityLimiter, to_thread
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from graph.errors import Forbidden, Unauthenticated
from hub.access.people.beginning import Begun, Came
from hub.access.people.browsers import LIVES
from hub.access.people.cookies import Cookie
from hub.access.people.gate import SignedIn
from hub.access.people.people import People
from hub.dashboard.pages import View, view
from hub.dashboard.shells import shells
from hub.dashboard.words import Words, language, words
from hub.endpoints.forms import own_page
from hub.endpoints.problems import busy
from hub.endpoints.problems import refused as log_refusal
from hub.endpoints.request_ids import request_id

T = TypeVar("T")
WAITING_MAX = 16  # who wait for a password to be hashed, a second or so; more are told to come again
RETRY_AFTER_S = 2
NO_STORE = {"Cache-Control": "no-store"}  # a page may hold a telephone's secret
SEE_OTHER = 303


def people_of(request: Request) -> People:
    """The people of the hub a request came to."""
    people: People = request.app.state.hub.people
    return people


def seen(request: Request, lang: str | None = None) -> View:
    """The language and moment of a page. Raises InvalidInput."""
    asked = language(lang or request.query_params.get("lang"))
    return view(asked, None, request.app.state.hub.clock.now())


def said(request: Request) -> Words:
    """The words about signing in."""
    found: Words = words(seen(request).language)["people"]
    return found


def page(
    request: Request, template: str, status: int = 200,
    *, at: View | None = None, headers: Mapping[str, str] | None = None, **told: Any,
) -> Response:  # fmt: skip
    """A page that nobody keeps."""
    sent = {**NO_STORE, **(headers or {})}
    return shells().page(template, request, at or seen(request), status=status, headers=sent, **told)


def refused(request: Request, status: int, why: str, *, at: View | None = None, root: str = "") -> Response:
    """A page that says why nobody was signed in."""
    return page(request, "refused.html", status, at=at, why=why, root=root)


def is_foreign(request: Request) -> Response | None:
    """A refusal of a form that is not of a page of ours; None for one that is."""
    try:
        people_of(request).own.require(request.headers)
    except Forbidden as fault:
        log_refusal(request, fault.code, str(fault))
        return refused(request, 403, "foreign")
    return None


def came(request: Request) -> Came:
    """Where a request came from, the session its browser has, and what that is known by."""
    address, cookies = None if request.client is None else request.client.host, people_of(request).cookies
    earlier, mark = (cookies.secret(request.headers, each) for each in (Cookie.SESSION, Cookie.KNOWN))
    return Came(address, request_id(request.scope), earlier, mark)


async def hashing(request: Request, call: Callable[[], T]) -> T:
    """What a call that hashes passwords returns, few at a time. Answers 429 where too many wait."""
    lane = people_of(request).lane
    if lane.statistics().tasks_waiting >= WAITING_MAX:
        raise busy("too many people are signing in", RETRY_AFTER_S)
    return await to_thread.run_sync(call, limiter=lane)


async def looking_up(request: Request, call: Callable[[], T]) -> T:
    """What a call that asks the stores returns."""
    lane: CapacityLimiter = people_of(request).lookups
    return await to_thread.run_sync(call, limiter=lane)


async def signed_in(request: Request) -> SignedIn | None:
    """Who is signed in, and does something."""
    gate = people_of(request).gate

    def look() -> SignedIn:
        found = gate.signed_in(request.headers)
        gate.seen(found)
        return found

    try:
        return await looking_up(request, look)
    except Unauthenticated:
        return None


def to_login(request: Request, back: str) -> Response:
    """Send somebody to sign in, and back afterwards."""
    lang = seen(request).language.value
    return RedirectResponse(f"login?lang={lang}&next={quote(back, safe='')}", SEE_OTHER)


def onward(request: Request) -> str:
    """The page somebody wanted, as the end of a query."""
    wanted = own_page(request.query_params.get("next"))
    return f"&next={quote(wanted, safe='')}" if wanted else ""


def to_page(begun: Begun, people: People, target: str) -> Response:
    """Into the hub, with the cookie of a new session."""
    reply = RedirectResponse(f"./{target}", SEE_OTHER, NO_STORE)
    give(reply, people, begun)
    return reply


def give(reply: Response, people: People, begun: Begun) -> None:
    """Put a session's cookie into an answer, and that of a browser which is known from now on."""
    reply.headers.append("Set-Cookie", people.cookies.given(Cookie.SESSION, begun.secret, begun.lives))
    if begun.mark is not None:
        reply.headers.append("Set-Cookie", people.cookies.given(Cookie.KNOWN, begun.mark, LIVES))


def wait_words(request: Request, wait_s: int) -> str:
    """That somebody has to wait, and how long."""
    found: str = said(request)["wrong"]["attempts"].format(seconds=wait_s)
    return found
