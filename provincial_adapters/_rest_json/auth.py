"""How a platform wants to know who asks: declared here, with every secret named by the link and kept in the settings."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from provincial_adapters._mapping.selectors import Selector
from provincial_adapters._mapping.settings_table import Table
from provincial_adapters._rest_json.filling import SIGNING_IN, placeholders
from provincial_adapters._rest_json.signs import SIGNS_MAX, Sign

HEADER_NAME = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_USUAL_TOKEN = Selector(("access_token",))


class AuthStyle(StrEnum):
    """Who asks, and how that is shown (认证方式)."""

    NONE = "none"
    BEARER = "bearer"
    BASIC = "basic"
    HEADER = "header"
    QUERY = "query"
    OAUTH = "oauth"
    LOGIN = "login"


class ClientIn(StrEnum):
    """Where an OAuth client names itself."""

    HEADER = "header"
    BODY = "body"


GETS_TOKEN = (AuthStyle.OAUTH, AuthStyle.LOGIN)


@dataclass(frozen=True)
class Auth:
    """How requests are let in. `name` and `prefix` say where a secret or a token goes, `path` where a token is got."""

    style: AuthStyle = AuthStyle.NONE
    name: str = "Authorization"
    prefix: str = ""
    user: str = ""
    path: str = ""
    scope: str | None = None
    client_in: ClientIn = ClientIn.HEADER
    body: Mapping[str, Any] | None = None
    token: Selector = _USUAL_TOKEN
    expired: Sign | None = None

    @property
    def gets_token(self) -> bool:
        """Whether a token is got, and can be got anew where it is taken no longer."""
        return self.style in GETS_TOKEN


_KEYS = {  # what each style may say, and with a star what it must
    AuthStyle.NONE: (),
    AuthStyle.BEARER: (),
    AuthStyle.BASIC: ("user*",),
    AuthStyle.HEADER: ("name*", "prefix"),
    AuthStyle.QUERY: ("name*",),
    AuthStyle.OAUTH: ("user*", "path*", "scope", "client_in", "token", "expired"),
    AuthStyle.LOGIN: ("user", "path*", "body*", "token*", "name", "prefix", "expired"),
}


def read_auth(table: Table) -> Auth:
    """How a platform lets in; its faults stay with the table."""
    style = table.word("style", AuthStyle, AuthStyle.NONE)
    allowed = {key.rstrip("*") for key in _KEYS[style]}
    for key in table.keys:
        if key != "style" and key not in allowed and any(key in map(_bare, keys) for keys in _KEYS.values()):
            table.fault(key, f'is nothing of style "{style}"')
            table.anything(key)
    for key in _KEYS[style]:
        if key.endswith("*") and _bare(key) not in table:
            table.fault(_bare(key), f'missing, style "{style}" needs it')
    prefix = "Bearer " if style in (AuthStyle.LOGIN, AuthStyle.OAUTH) else ""
    return Auth(
        style,
        _header_name(table, style),
        _prefix(table, prefix),
        table.optional_text("user") or "",
        table.optional_text("path") or "",
        table.optional_text("scope"),
        table.word("client_in", ClientIn, ClientIn.HEADER),
        _body(table),
        table.parsed("token", Selector.of_one) or _USUAL_TOKEN,
        _expired(table),
    )


def _bare(key: str) -> str:
    return key.rstrip("*")


def _header_name(table: Table, style: AuthStyle) -> str:
    name = table.optional_text("name") or "Authorization"
    if style is not AuthStyle.QUERY and not HEADER_NAME.fullmatch(name):
        table.fault("name", f"came {name!r:.64}, expected the name of a header")
    return name


def _prefix(table: Table, usual: str) -> str:
    prefix = table.anything("prefix")
    if prefix is None:
        return usual
    if not isinstance(prefix, str) or not prefix.isascii() or not prefix.isprintable():
        table.fault("prefix", f"came {prefix!r:.64}, expected printable ASCII")
        return usual
    return prefix


def _body(table: Table) -> Mapping[str, Any] | None:
    body = table.anything("body")
    if body is None:
        return None
    if not isinstance(body, Mapping):
        table.fault("body", "expected a table")
        return None
    if unknown := sorted(placeholders(body) - SIGNING_IN):
        table.fault("body", f"unknown {', '.join(unknown)}, expected {{user}} and {{secret}}")
    if "secret" not in placeholders(body):
        table.fault("body", "has no {secret}: it comes from the settings and never stands in a link")
    return body


def _expired(table: Table) -> Sign | None:
    if "expired" not in table:
        return None
    below = table.table("expired")
    place, words = below.parsed("selector", Selector.of_one), below.texts("words", SIGNS_MAX)
    if place is None or not words:
        below.fault("selector", "give a selector and words")
    return Sign(None, place, words)
