"""What happened at the door (访问日志), as whoever saw it tells the log."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass

from hub.stores.registry.known import Place


@dataclass(frozen=True)
class Entry:
    """Something that happened at the door, or was refused there.

    `action` is "token", "login", "logout", "export", "denied", "revoke", "rotate" or "invite"; `outcome` is "granted" or
    "denied", and then `code` says of which error. `who` is None where nobody knows who asked; `address` is where from.
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
