"""What the record of access (访问日志) says of one event: who did or asked what, and whether it was granted."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from hub.stores.registry.known import Place

GRANTED, DENIED = "granted", "denied"
_NOTHING: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Entry:
    """One event. No secret stands in it: of tokens their `jti`, of keys their `kid`.

    `action` is one of token, login, logout, export, denied, revoke, rotate, invite; `subject` is what was asked, such as
    POST /oauth/token; `outcome` is granted or denied, with the `code` of why. `address` is the asker's, `request` what
    the request was called.
    """

    at: dt.datetime
    who: str | None
    action: str
    subject: str
    outcome: str
    code: str | None
    organisation: str | None
    place: Place
    address: str | None
    request: str | None
    detail: Mapping[str, str] = field(default_factory=lambda: _NOTHING)
