"""Where a province's database is: an address of two schemes, without user, secret or a driver's options; the view's name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

from graph.errors import ConfigurationError, InvalidInput

PORTS = {"postgresql": 5432, "mysql": 3306}
NAME_MAX = 64  # characters of a name: MySQL's bound, PostgreSQL's is 63 bytes
NO_TLS, UNVERIFIED = "none", "unverified"
_HOST = re.compile(
    r"[A-Za-z0-9_.-]{1,253}|[0-9A-Fa-f:.]{2,45}"
)  # no comma: libpq takes a list of hosts for one
_DATABASE = re.compile(r"[\w.-]{1,64}")  # no '=': libpq takes a text of options for a name


@dataclass(frozen=True)
class Place:
    """A database of a province. Raises ConfigurationError for an address that says more, or less."""

    scheme: str
    host: str
    port: int
    database: str

    @classmethod
    def of_address(cls, address: str, place: str) -> Place:
        """From `postgresql://host:5432/db` or `mysql://host/db`."""
        try:
            parts = urlsplit(address)
            host, port = parts.hostname or "", parts.port
        except ValueError as fault:
            raise ConfigurationError(place, [f"no address of a database: {fault}"]) from fault
        database = unquote(parts.path.removeprefix("/"))
        faults = []
        if parts.scheme not in PORTS:
            faults.append(f"scheme {parts.scheme!r:.40}, expected one of {', '.join(PORTS)}")
        if not _HOST.fullmatch(host):
            faults.append("expected one host's name or address")
        if not _DATABASE.fullmatch(database):
            faults.append("expected the database's name after the host, in letters, digits, '_', '.' and '-'")
        if "@" in parts.netloc:
            faults.append("user and password stand in the secret that the link's credential names")
        if parts.query or parts.fragment:
            faults.append("takes no options after '?' or '#'")
        if faults:
            raise ConfigurationError(place, [f"address: {fault}" for fault in faults])
        return cls(parts.scheme, host, port or PORTS[parts.scheme], database)

    def __str__(self) -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{self.scheme}://{host}:{self.port}/{self.database}"


@dataclass(frozen=True)
class ViewName:
    """A view or table, with its schema where the link names one."""

    schema: str | None
    name: str

    @classmethod
    def parse(cls, text: str) -> ViewName:
        """From `view` or `schema.view`. Raises InvalidInput."""
        parts = text.split(".")
        sound = all(part.isprintable() and part.strip() and len(part) <= NAME_MAX for part in parts)
        if len(parts) > 2 or not sound:
            raise InvalidInput(f"came {text!r:.200}, expected view or schema.view", "view")
        return cls(parts[0] if len(parts) == 2 else None, parts[-1])

    def __str__(self) -> str:
        return self.name if self.schema is None else f"{self.schema}.{self.name}"


@dataclass(frozen=True)
class Login:
    """Whom the database knows the hub as; neither half is ever shown."""

    user: str
    password: str

    @classmethod
    def of_secret(cls, secret: str, place: str) -> Login:
        """From `user:password`. Raises ConfigurationError, which does not repeat it."""
        user, colon, password = secret.partition(":")
        if not user or not colon or not password:
            raise ConfigurationError(place, ["its secret is no user:password"])
        return cls(user, password)

    def __repr__(self) -> str:
        return "Login(…)"

    def without(self, said: str) -> str:
        """Words of a database or driver with the password left out."""
        return said.replace(self.password, "(a password)")


def tls_fault(given: Any) -> str | None:
    """What is wrong with how a link is encrypted, or None."""
    if given in (NO_TLS, UNVERIFIED):
        return None
    if isinstance(given, Mapping) and set(given) == {"ca_file"} and isinstance(given["ca_file"], str):
        return None
    return f'came {given!r:.80}, expected "{NO_TLS}", "{UNVERIFIED}" or a table with ca_file alone'
