"""What happened at the doors (访问日志): each token, login, export and refusal, as it is told to whoever keeps the audit."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from hub.stores.registry.known import Place


@dataclass(frozen=True)
class Entry:
    """One event. `who` is None for a stranger, `subject` is what it was done to, `code` that of the error.

    `action` is one of token, login, logout, export, denied, revoke, rotate, invite; `outcome` granted or denied.
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
    detail: Mapping[str, str]
