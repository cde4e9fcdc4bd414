"""What endpoints put into the record of access (访问日志): exports before their first byte, and what was denied."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from anyio import to_thread
from starlette.requests import HTTPConnection

from graph.model.principal import Principal
from hub.access.log import DENIED, GRANTED, Entry
from hub.doors import DOORS, SOCKET
from hub.endpoints.request_ids import request_id
from hub.stores.registry.known import Place, place_of

DENIALS = frozenset({"UNAUTHENTICATED", "FORBIDDEN"})  # which refusals are denials, and no mere mistakes
WORDS_MAX = 200  # characters of a reason, or of one word of a question


async def note_export(request: HTTPConnection, asker: Principal) -> None:
    """Record an export that is about to begin. Raises StoreError: what cannot be recorded is not given out."""
    asked = request.query_params
    said = {name: ", ".join(asked.getlist(name))[:WORDS_MAX] for name in asked}
    entry = _entry(request, asker, "export", GRANTED, None, said)
    hub = request.app.state.hub
    await to_thread.run_sync(hub.door.log.note, entry, limiter=hub.lookups)


def note_denied(request: HTTPConnection, codes: set[str], why: str, what: Collection[str] = ()) -> None:
    """Record that something was denied, if it was, beside the answer: nobody waits for it, and a flood is counted.

    `what` names the nouns that were refused, which tell one denial at an address from another.
    """
    denied = sorted(codes & DENIALS)
    app = request.scope.get("app")
    if not denied or app is None:
        return
    asker = getattr(request.state, "principal", None)
    detail = {"why": why[:WORDS_MAX]}
    if not (door := _door(request)).endswith(path := request.scope["path"]):
        detail["path"] = path[:WORDS_MAX]
    subject = f"{door} {', '.join(sorted(what))}".strip()
    entry = _entry(request, asker, "denied", DENIED, denied[0], detail, subject)
    app.state.denials.put(entry)


def _entry(
    request: HTTPConnection,
    asker: Principal | None,
    action: str,
    outcome: str,
    code: str | None,
    detail: Mapping[str, str],
    subject: str | None = None,
) -> Entry:
    scope = request.scope
    return Entry(
        at=request.app.state.hub.clock.now(),
        who=None if asker is None else asker.client,
        action=action,
        subject=subject or _door(request),
        outcome=outcome,
        code=code,
        organisation=None if asker is None else asker.organisation,
        place=Place() if asker is None else place_of(asker.reach),
        address=None if request.client is None else request.client.host,
        request=request_id(scope),
        detail=detail,
    )


def _door(request: HTTPConnection) -> str:
    """The door that was asked at, as hub/doors.py calls it: what is written into an address makes no other."""
    door: str | None = getattr(request.state, "door", None)
    scope = request.scope
    path = scope["path"] if door is None else door.partition(" ")[2]
    name = f"{scope.get('method', SOCKET)} {path}"
    return door if door is not None and name not in DOORS else name
