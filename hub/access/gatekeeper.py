"""From a request to a principal: a machine by its access token, a person by the session of their browser."""

from __future__ import annotations

from collections.abc import Mapping

from graph.model.principal import Principal
from hub.access.oauth.verifying import Asked, TokenVerifier
from hub.access.people.gate import Gate

HEADER = "authorization"


class Gatekeeper:
    """Knows who asks. A token counts before a session: whoever sends one means it."""

    def __init__(self, tokens: TokenVerifier, people: Gate) -> None:
        self._tokens, self._people = tokens, people

    def is_quick(self, headers: Mapping[str, str]) -> bool:
        """Whether `principal` answers without waiting for a store."""
        who = self._people if self._is_person(headers) else self._tokens
        return who.is_quick(headers)

    def is_known(self, headers: Mapping[str, str]) -> bool:
        """Whether the headers say who asks, be it true or not."""
        return HEADER in headers or self._is_person(headers)

    def principal(self, asked: Asked, *, is_websocket: bool = False) -> Principal:
        """Who asks. Raises Unauthenticated; Forbidden for a person whose request comes from another site's page."""
        if self._is_person(asked.headers):
            return self._people.principal_of_session(asked.headers, asked.method, is_websocket)
        return self._tokens.principal(asked)

    def again(self, headers: Mapping[str, str]) -> Principal:
        """Who was let in with these headers, if they still stand. Raises Unauthenticated."""
        if self._is_person(headers):
            return self._people.principal_of_session(headers, "GET", is_websocket=False, is_look=True)
        return self._tokens.again(headers)

    def _is_person(self, headers: Mapping[str, str]) -> bool:
        return HEADER not in headers and self._people.has_session(headers)
