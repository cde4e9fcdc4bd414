"""What a machine of this hub's own has: its credential, made or read, and the tokens it gets with it from another hub.

A probe does the same on its small box, so that tokens are got in `edge_probe.tokens` for both.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from joserfc.jwk import ECKey

from edge_probe.tokens import CREDENTIAL_CHARACTERS_MAX, Credential, OwnTokens
from graph.errors import ConfigurationError, InvalidInput

__all__ = ["Credential", "OwnTokens", "credential_of", "new_credential", "read_credential"]


def new_credential(
    client: str, hub: str | None = None, *, proves: bool = False
) -> tuple[str, dict[str, Any]]:
    """A new key for a client: its credential, to be shown or written once, and the public half, to be registered.

    `hub` is the hub's own address, which statements are made for; with `proves` each request proves the key (DPoP).
    """
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    said: dict[str, Any] = {"client": client, "key": key.as_dict(private=True)}
    if hub is not None:
        said["hub"] = hub
    if proves:
        said["proves"] = True
    return json.dumps(said, separators=(",", ":")), {"keys": [key.as_dict(private=False)]}


def credential_of(text: str, where: str) -> Credential:
    """A credential that stood in a variable of the environment. Raises ConfigurationError without a word of it."""
    try:
        return Credential.parse(text.strip())
    except InvalidInput as fault:
        raise ConfigurationError(where, [str(fault)]) from fault


def read_credential(file: Path) -> Credential:
    """A credential that stands in a file of one owner. Raises ConfigurationError without a word of it."""
    where = f"credential file {file}"
    try:
        with file.open("rb") as opened:
            octets = opened.read(CREDENTIAL_CHARACTERS_MAX + 1)
            mode = file.stat().st_mode
    except OSError as fault:
        raise ConfigurationError(where, [f"cannot be read: {fault.strerror}"]) from fault
    if mode & 0o077:
        raise ConfigurationError(where, ["others than its owner may read it: chmod 600"])
    return credential_of(octets.decode("utf-8", "replace"), where)
