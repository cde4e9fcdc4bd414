"""One GraphQL question to a provincial hub while somebody waits; the answer's frame is checked, not its data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from graph.errors import SourceMalformed
from graph.model.live import LiveFault, LiveQuestion
from graph.model.sync_run import Link
from provincial_adapters._toolkit.address import below
from provincial_adapters._toolkit.fetch import Bounds, post_json

FAULTS_MAX = 100  # errors of one answer that are told on
PATH_MAX = 64  # steps of an error's path; a question has twenty levels, and lists between them
PLACE_MAX = 2**31 - 1  # of a row in its list; JSON's writers know no number beyond 64 bits
NAME_CHARACTERS_MAX = 128  # of one step: a field or an alias
MESSAGE_CHARACTERS_MAX = 2_000  # of an error, before anybody shortens it for a reader


@dataclass(frozen=True)
class Said:
    """An answer in GraphQL's frame: data, errors, or both; and how many bytes it was, unpacked."""

    data: Mapping[str, Any] | None
    faults: tuple[LiveFault, ...]
    size_bytes: int


async def ask_hub(
    client: httpx.AsyncClient, link: Link, token: str, question: LiveQuestion, bounds: Bounds
) -> Said:
    """What the hub of a link answers. Raises SourceError."""
    address = below(link.address, "graphql")
    message = {"query": question.document, "variables": question.variables}
    headers = {"Authorization": f"Bearer {token}"}
    answer = await post_json(client, address, message, headers=headers, bounds=bounds)
    said = answer.json()
    if _holds(token, answer.body, said):  # whoever asks us is not to learn what we ask with
        raise SourceMalformed(f"{answer.address}: the answer holds the token it was asked with")
    data, faults = _frame(said, answer.address)
    return Said(data, faults, len(answer.body))


def _holds(token: str, body: bytes, said: Any) -> bool:
    """Whether an answer holds a text, as it stands or in JSON's escapes."""
    if token.encode() in body:
        return True
    return b"\\" in body and any(token in text for text in _texts(said))


def _texts(said: Any) -> Iterator[str]:
    """Every text of an answer, keys included."""
    waiting = [said]
    while waiting:
        found = waiting.pop()
        if isinstance(found, str):
            yield found
        elif isinstance(found, list):
            waiting += found
        elif isinstance(found, dict):
            waiting += [*found, *found.values()]


def _frame(said: Any, address: str) -> tuple[Mapping[str, Any] | None, tuple[LiveFault, ...]]:
    if not isinstance(said, dict):
        raise SourceMalformed(f"{address}: expected a GraphQL answer, came {_kind(said)}")
    data, errors = said.get("data"), said.get("errors") or []
    if not isinstance(data, dict | None):
        raise SourceMalformed(f"{address}: data is {_kind(data)}, expected an object or null")
    if not isinstance(errors, list):
        raise SourceMalformed(f"{address}: errors is {_kind(errors)}, expected a list")
    if data is None and not errors:
        raise SourceMalformed(f"{address}: the answer has neither data nor errors")
    return data, tuple(_fault(error, address) for error in errors[:FAULTS_MAX])


def _fault(error: Any, address: str) -> LiveFault:
    if not isinstance(error, dict) or not isinstance(error.get("message"), str):
        raise SourceMalformed(f"{address}: an error is no object with a message")
    extensions, path = error.get("extensions"), error.get("path")
    code = extensions.get("code") if isinstance(extensions, dict) else None
    return LiveFault(
        error["message"][:MESSAGE_CHARACTERS_MAX],
        code if isinstance(code, str) else None,
        _path(path) if isinstance(path, list) else (),
    )


def _path(path: Sequence[Any]) -> tuple[str | int, ...]:
    """The path of an error where it is one."""
    whole = len(path) <= PATH_MAX and all(_is_place(step) or _is_name(step) for step in path)
    return tuple(path) if whole else ()


def _is_place(step: Any) -> bool:
    return type(step) is int and 0 <= step <= PLACE_MAX


def _is_name(step: Any) -> bool:
    return isinstance(step, str) and len(step) <= NAME_CHARACTERS_MAX


def _kind(said: Any) -> str:
    names = {dict: "an object", list: "a list", str: "a text", type(None): "null", bool: "true or false"}
    return names.get(type(said), "a number")
