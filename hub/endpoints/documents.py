"""Which text is asked: the one that came, or the trusted one it is the name of; known before a word of it is parsed."""

from __future__ import annotations

from anyio import to_thread

from graph.errors import Forbidden, InvalidInput, UnknownDocument
from graph.model.document import id_of
from graph.model.principal import Principal, Role
from hub.settings import Questions
from hub.wiring import Hub

PLACE = "documentId"  # in a body, in an address and in a socket's message


async def text_of(hub: Hub, asker: Principal, came: str | None, name: object) -> str | None:
    """The text to be asked; None where nothing is.

    Raises InvalidInput, UnknownDocument, and Forbidden for what is no trusted document where its asker may not explore.
    """
    may_explore = hub.settings.questions is Questions.ANY or Role.EXPLORE in asker.roles
    if name is None and (came is None or may_explore):
        return came
    known = _name(came, name)
    if hub.documents.is_quick():
        found = hub.documents.find(known)
    else:
        found = await to_thread.run_sync(hub.documents.find, known, limiter=hub.lookups)
    if found is not None:
        return found
    if came is None:
        raise UnknownDocument(known)
    if not may_explore:
        raise Forbidden(
            f"only trusted documents are answered here, and this question is none: client {asker.client} "
            f"has no role {Role.EXPLORE.value!r}"
        )
    return came


def _name(came: str | None, name: object) -> str:
    """The name of what is asked. Raises InvalidInput where text and name do not agree."""
    if name is None and came is not None:
        return id_of(came)
    if not isinstance(name, str):
        raise InvalidInput("expected a string", PLACE)
    if came is not None and id_of(came) != name:
        raise InvalidInput("is not the name of the query beside it; send one of the two", PLACE)
    return name
