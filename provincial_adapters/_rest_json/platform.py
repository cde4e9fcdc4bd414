"""Asks one platform as its link declares it, and shows it who asks; a token is got anew once where it counts no longer."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, quote, urlencode, urlsplit

from graph.errors import InvalidInput, SourceMalformed, SourceRefused
from graph.model.sync_run import Link
from provincial_adapters._rest_json.answers import as_utf8, parsed
from provincial_adapters._rest_json.auth import Auth, AuthStyle, ClientIn
from provincial_adapters._rest_json.filling import filled, filled_path
from provincial_adapters._rest_json.request import Request
from provincial_adapters._rest_json.signs import word
from provincial_adapters._toolkit.address import below
from provincial_adapters._toolkit.dialect import Means
from provincial_adapters._toolkit.fetch import (
    EXCERPT_CHARACTERS,
    Answer,
    Bounds,
    Terms,
    get,
    post_form,
    post_json,
)
from provincial_adapters._toolkit.untold import without_tokens

NO_LONGER = 401  # how a platform says that a token counts no longer
TOKEN_CHARACTERS_MAX = 8_192  # a header no server would read
Values = Mapping[str, str | int | None]


@dataclass(frozen=True)
class Shown:
    """What shows who asks: headers, what comes behind the query, and what of it is never told."""

    headers: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()


@dataclass
class Platform:
    """A platform behind a link. `tokens` are kept by the link's key, for as long as whoever asks lives."""

    means: Means
    link: Link
    request: Request
    bounds: Bounds
    tokens: dict[str, str] = field(repr=False)
    _said: tuple[str, ...] = field(default=(), repr=False)

    def address(self, values: Values) -> str:
        """Where a page is asked for, without what shows who asks. Raises SourceUnreachable."""
        query = filled(self.request.query, values)
        asked = {name: str(value) for name, value in query.items()}
        return below(self.link.address, filled_path(self.request.path, values).lstrip("/"), asked)

    async def ask(self, address: str, values: Values) -> Answer:
        """A page that came, of a status that went well or is one of the request's. Raises SourceError."""
        renews = self.request.auth.gets_token and self.link.key in self.tokens
        answer = await self._asked(address, values, {NO_LONGER} if renews else set())
        if renews and answer.status == NO_LONGER:
            self.forget()
            answer = await self._asked(address, values, set())
        return answer

    def forget(self) -> None:
        """Its token counts no longer: the next question gets another."""
        self.tokens.pop(self.link.key, None)

    def without_secrets(self, said: str) -> str:
        """Words of the platform as anybody may read them."""
        return without_tokens(self._said, said)[:EXCERPT_CHARACTERS]

    @contextmanager
    def malformed(self, answer: Answer) -> Iterator[None]:
        """What cannot be read of an answer, as the source's fault with its address."""
        try:
            yield
        except InvalidInput as fault:
            why = f"{answer.address}: {without_tokens(self._said, str(fault))}"
            raise SourceMalformed(why, place=answer.address) from fault

    async def _asked(self, address: str, values: Values, also: set[int]) -> Answer:
        shown = await self._shown()
        terms = Terms(self.request.statuses | also, shown.secrets)
        headers, expected = {**self.request.headers, **shown.headers}, self.request.content_type
        address = _with_query(address, shown.query)
        client, bounds = self.means.client, self.bounds
        if self.request.method == "GET":
            return await get(client, address, expected=expected, headers=headers, bounds=bounds, terms=terms)
        message = filled(self.request.body or {}, values)
        return await post_json(
            client, address, message, expected=expected, headers=headers, bounds=bounds, terms=terms
        )

    async def _shown(self) -> Shown:
        shown = await self._shown_by(self.request.auth)
        self._said = shown.secrets
        return shown

    async def _shown_by(self, auth: Auth) -> Shown:
        if auth.style is AuthStyle.NONE:
            return Shown()
        if auth.style is AuthStyle.BEARER:
            token = await self.means.token(self.link)
            return Shown({"Authorization": f"Bearer {token}"}, secrets=(token,))
        secret = self.means.secret(self.link)
        if auth.style is AuthStyle.BASIC:
            return _basic(auth.user, secret)
        if auth.style is AuthStyle.HEADER:
            return Shown({auth.name: f"{auth.prefix}{secret}"}, secrets=(secret,))
        if auth.style is AuthStyle.QUERY:
            return Shown(query={auth.name: secret}, secrets=(secret,))
        if self.link.key not in self.tokens:
            self.tokens[self.link.key] = await self._got(auth, secret)
        token = self.tokens[self.link.key]
        return Shown({auth.name: f"{auth.prefix}{token}"}, secrets=(token, secret))

    async def _got(self, auth: Auth, secret: str) -> str:
        """A token for the link's secret."""
        address = below(self.link.address, auth.path.lstrip("/"))
        answer = await self._signed_in(auth, secret, address)
        self._said = (secret,)
        with self.malformed(answer):
            document = parsed(as_utf8(answer.body, self.request.encoding))
        token = word(auth.token.found(document))
        if token in (None, "", "null") or len(token or "") > TOKEN_CHARACTERS_MAX:
            raise SourceRefused(f"{answer.address}: gave no token at {auth.token}{self._why_none(document)}")
        return token or ""

    async def _signed_in(self, auth: Auth, secret: str, address: str) -> Answer:
        client, bounds = self.means.client, self.bounds
        if auth.style is AuthStyle.LOGIN:
            message = filled(auth.body, {"user": auth.user, "secret": secret})
            terms = Terms(secrets=(secret,))
            expected, headers = self.request.content_type, self.request.headers
            return await post_json(
                client, address, message, expected=expected, headers=headers, bounds=bounds, terms=terms
            )
        form = {"grant_type": "client_credentials", **({"scope": auth.scope} if auth.scope else {})}
        shown = _basic(quote(auth.user, safe=""), quote(secret, safe=""))
        if auth.client_in is ClientIn.BODY:
            shown = Shown(secrets=(secret,))
            form |= {"client_id": auth.user, "client_secret": secret}
        terms = Terms(secrets=(*shown.secrets, secret))
        return await post_form(client, address, form, headers=shown.headers, bounds=bounds, terms=terms)

    def _why_none(self, document: Any) -> str:
        try:
            why = None if self.request.success is None else self.request.success.refusal(document)
        except InvalidInput:
            return ""
        return "" if why is None else f": {self.without_secrets(why)}"


def _basic(user: str, secret: str) -> Shown:
    both = base64.b64encode(f"{user}:{secret}".encode()).decode()
    return Shown({"Authorization": f"Basic {both}"}, secrets=(secret, both))


def _with_query(address: str, query: Mapping[str, str]) -> str:
    """An address with these in its query, each once."""
    if not query:
        return address
    parts = urlsplit(address)
    others = [pair for pair in parse_qsl(parts.query, keep_blank_values=True) if pair[0] not in query]
    return parts._replace(query=urlencode([*others, *query.items()])).geturl()
