"""What the audit trail (审计记录) tells of: changes of the registry, and what happened at the door."""

from __future__ import annotations

from enum import StrEnum


class TrailAction(StrEnum):
    """What was done: the first two to a row of the registry, the others at the door (操作)."""

    INSERT = "insert"
    UPDATE = "update"
    TOKEN = "token"  # noqa: S105 - the word for it
    LOGIN = "login"
    LOGOUT = "logout"
    EXPORT = "export"
    DENIED = "denied"
    REVOKE = "revoke"
    ROTATE = "rotate"
    INVITE = "invite"


class TrailOutcome(StrEnum):
    """Whether it was let happen (结果)."""

    GRANTED = "granted"
    DENIED = "denied"
