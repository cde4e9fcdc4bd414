"""Whom the command line asks a hub as: a token of the environment, or a credential that gets one."""

from __future__ import annotations

import os
from pathlib import Path

from graph.errors import ConfigurationError
from hub.access.machine import Credential, OwnTokens, read_credential
from provincial_adapters import open_client

TOKEN_VARIABLE, CREDENTIAL_VARIABLE = "NENGSHU_TOKEN", "NENGSHU_CREDENTIAL"


def has_credential() -> bool:
    """Whether the environment says who asks by a credential, which gets the next token once one is over."""
    return not os.environ.get(TOKEN_VARIABLE) and bool(os.environ.get(CREDENTIAL_VARIABLE))


async def token_for(hub: str, file: Path | None = None) -> str:
    """A token of a hub: of the credential in a file, else the one that is set, else of the credential that is set.

    Raises ConfigurationError, which never tells what was set, and SourceError where the hub gives none.
    """
    set_token = os.environ.get(TOKEN_VARIABLE, "")
    if file is None and set_token:
        return _checked(set_token)
    async with open_client() as client:
        return await OwnTokens(hub, hub, _credential(file), client).token()


def _credential(file: Path | None) -> Credential:
    set_file = os.environ.get(CREDENTIAL_VARIABLE, "")
    if file is None and not set_file:
        how = "on the hub's machine `nengshu client add NAME --organisation … --role read --new-key FILE` makes one"
        why = f"neither {CREDENTIAL_VARIABLE} (a credential's file) nor {TOKEN_VARIABLE} is set: {how}"
        raise ConfigurationError("credential", [why])
    found = read_credential(file or Path(set_file))
    if found.proves:
        why = "its client has to prove its key with each request, which this command does not do"
        raise ConfigurationError("credential", [why])
    return found


def _checked(token: str) -> str:
    if not token.isascii() or not token.isprintable() or " " in token:
        raise ConfigurationError(
            "credential", [f"{TOKEN_VARIABLE} is no token: expected ASCII letters without blanks"]
        )
    return token
