"""What a link says of an SFTP server: where its folder is, who asks, and which key the server has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote, urlsplit

import asyncssh

from graph.errors import ConfigurationError
from graph.model.sync_run import Link

SCHEME = "sftp"
PORT = 22
HOST_KEYS_MAX = 16  # a server has one of each kind, and the next ones before they change
_PRIVATE_KEY = "-----BEGIN"


@dataclass(frozen=True)
class Server:
    """A folder on a server (SFTP 服务器), whose text is its address for messages."""

    host: str
    port: int
    folder: str
    user: str
    host_keys: asyncssh.SSHKnownHosts
    read_only: bool = False

    @classmethod
    def of_link(cls, link: Link) -> Server:
        """As a link's address and quirks say. Raises ConfigurationError with every fault."""
        quirks, faults = link.quirks, []
        try:
            parts = urlsplit(link.address)
            host, port = parts.hostname or "", parts.port or PORT
        except ValueError as fault:
            raise ConfigurationError(f"link {link.key}", [f"address: {fault}"]) from fault
        if not host or not parts.path.startswith("/") or parts.query or parts.fragment:
            faults.append("address: expected sftp://host:port/folder")
        if "@" in parts.netloc:
            faults.append("address: names who asks; expected the quirk user, and the secret in the settings")
        faults += [
            f"{key}: missing, and the address is of an SFTP server"
            for key in ("user", "host_key")
            if key not in quirks
        ]
        if faults:
            raise ConfigurationError(f"link {link.key}", faults)
        known = asyncssh.import_known_hosts("\n".join(_lines(quirks["host_key"])))
        if not known.match(host, "", port)[0]:
            raise ConfigurationError(f"link {link.key}", [f"host_key: names no key of {_named(host, port)}"])
        return cls(host, port, unquote(parts.path), quirks["user"], known, quirks.get("read_only", False))

    def options(self, secret: str) -> Mapping[str, Any]:
        """How asyncssh is to connect: with what the link says and nothing of this machine's own.

        Raises ConfigurationError where the secret begins as a private key and is none.
        """
        said: dict[str, Any] = {"client_keys": None, "password": secret}
        if secret.lstrip().startswith(_PRIVATE_KEY):
            try:
                said = {"client_keys": [asyncssh.import_private_key(secret)], "password": None}
            except (asyncssh.KeyImportError, asyncssh.KeyEncryptionError, ValueError):
                why = "the credential is no private key that can be read; one with a passphrase cannot"
                raise ConfigurationError(f"{self}", [why]) from None  # whose words might quote it
        return {
            "config": None,
            "agent_path": None,
            "gss_host": None,
            "host_based_auth": False,
            "known_hosts": self.host_keys,
            "username": self.user,
            **said,
        }

    def __str__(self) -> str:
        return f"{SCHEME}://{self.host}:{self.port}{self.folder}"


def host_key_fault(given: Any) -> str | None:
    """What is wrong with the quirk host_key, or None: lines as in a file known_hosts, one or several."""
    lines = _lines(given)
    if not 0 < len(lines) <= HOST_KEYS_MAX:
        return f"came {given!r:.64}, expected 1 to {HOST_KEYS_MAX} lines of known_hosts"
    for line in lines:
        try:
            _, key = line.split(None, 1)
            asyncssh.import_public_key(key)
        except (ValueError, asyncssh.KeyImportError) as fault:
            return f"came {line!r:.64}, expected `host type key` as in known_hosts: {fault}"
    return None


def _lines(given: Any) -> list[str]:
    texts = given if isinstance(given, list) else [given]
    if not all(isinstance(text, str) for text in texts):
        return []
    return [line.strip() for text in texts for line in text.splitlines() if line.strip()]


def _named(host: str, port: int) -> str:
    return host if port == PORT else f"[{host}]:{port}"
