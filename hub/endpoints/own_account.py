"""The page of one's own account (我的账号): who one is here, and a new password or telephone."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from graph.errors import Unauthenticated
from graph.model.period import BEIJING
from graph.model.principal import Role
from hub.access.people.beginning import Begun
from hub.access.people.gate import SignedIn
from hub.access.people.pauses import TooManyAttempts
from hub.access.people.telephones import in_groups
from hub.access.people.welcome import Waiting
from hub.endpoints.forms import read_form
from hub.endpoints.people_pages import (
    NO_STORE,
    SEE_OTHER,
    came,
    give,
    hashing,
    is_foreign,
    page,
    people_of,
    said,
    seen,
    signed_in,
    to_login,
    wait_words,
)

PASSWORD, TELEPHONE, CONFIRM = "password", "telephone", "confirm"  # what a form of this page is about


async def show_own(request: Request) -> Response:
    """`GET /account`: the page; to the login where nobody is signed in."""
    of = await signed_in(request)
    return to_login(request, "account") if of is None else _own(request, of)


async def change_own(request: Request) -> Response:
    """`POST /account`: a new password, or the two steps to a new telephone."""
    if (foreign := is_foreign(request)) is not None:
        return foreign
    form, of = await read_form(request), await signed_in(request)
    if of is None:
        return to_login(request, "account")
    what = form.get("what", "")
    step = {PASSWORD: _password, TELEPHONE: _telephone, CONFIRM: _confirm}.get(what)
    if step is None:
        return _own(request, of, 400)
    try:
        return await step(request, of, form)
    except TooManyAttempts as fault:
        return _own(request, of, 429, what, wait_words(request, fault.wait_s))
    except Unauthenticated:
        late = said(request)["wrong"]["late" if what == CONFIRM else "proof"]
        return _own(request, of, 401, TELEPHONE if what == CONFIRM else what, late)


async def _password(request: Request, of: SignedIn, form: Mapping[str, str]) -> Response:
    change = partial(
        people_of(request).own_account.change_password, of, _proof(form),
        form.get("password", ""), form.get("again", ""), came(request),
    )  # fmt: skip
    done = await hashing(request, change)
    if isinstance(done, Begun):
        return _changed(request, done)
    return _own(request, of, 400, PASSWORD, said(request)["wrong"][done])


async def _telephone(request: Request, of: SignedIn, form: Mapping[str, str]) -> Response:
    begin = partial(people_of(request).own_account.begin_telephone, of, _proof(form), came(request))
    return _waiting(request, await hashing(request, begin))


async def _confirm(request: Request, of: SignedIn, form: Mapping[str, str]) -> Response:
    change = partial(
        people_of(request).own_account.change_telephone, of, form.get("ticket", ""), form.get("code", ""),
        came(request),
    )  # fmt: skip
    done = await hashing(request, change)
    return _changed(request, done) if isinstance(done, Begun) else _waiting(request, done)


def _proof(form: Mapping[str, str]) -> tuple[str, str]:
    return form.get("present", ""), form.get("code", "")


def _changed(request: Request, begun: Begun) -> Response:
    reply = RedirectResponse(f"account?lang={seen(request).language.value}&changed=1", SEE_OTHER, NO_STORE)
    give(reply, people_of(request), begun)
    return reply


def _waiting(request: Request, waiting: Waiting) -> Response:
    label = people_of(request).rules.name if waiting.account is None else waiting.account.key
    return page(
        request, "telephone.html", 200 if waiting.wrong is None else 400,
        waiting=waiting,
        wrong="" if waiting.wrong is None else said(request)["wrong"][waiting.wrong],
        drawing=people_of(request).telephones.drawing(label, waiting.telephone),
        typed=in_groups(waiting.telephone),
    )  # fmt: skip


def _own(request: Request, of: SignedIn, status: int = 200, what: str = "", wrong: str = "") -> Response:
    return page(
        request, "account.html", status, of=of, what=what, wrong=wrong,
        roles=[role.value for role in Role if role in of.principal.roles],
        until=of.until.astimezone(BEIJING), changed=status == 200 and "changed" in request.query_params,
    )  # fmt: skip
