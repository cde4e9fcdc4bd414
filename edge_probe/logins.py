"""Who a probe says it is to a meter's server: a user, and a password that never stands in the configuration's file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from edge_probe.fields import Fields
from edge_probe.uplink_tls import OTHERS
from graph.errors import InvalidInput

if TYPE_CHECKING:
    from edge_probe.config import Device

ONE_PLACE = "name either credential_env or credential_file"
PASSWORD_CHARACTERS_MAX = 512  # what a platform of people's making gives out is a tenth of it


@dataclass(frozen=True)
class Login:
    """A user's name, where the password is kept, and the password once it was fetched from there."""

    user: str
    env: str | None = None
    file: Path | None = None
    password: str = field(default="", repr=False)


def login_of(fields: Fields, folder: Path) -> Login | None:
    """`user` and `credential_env` or `credential_file` of a device's table; None where it names no user."""
    refuse_secrets(fields, "password")
    if not fields.has("user"):
        return None
    user, (env, file) = fields.text("user"), place_of_credential(fields, folder)
    if (env is None) == (file is None):
        fields.fault("credential_env", ONE_PLACE)
    return Login(user, env, file)


def refuse_secrets(fields: Fields, *names: str) -> None:
    """Tell of secrets that stand in the configuration itself."""
    for name in names:
        if fields.has(name):
            fields.drop(name)
            why = "a secret does not belong in the file; name credential_env or credential_file"
            fields.fault(name, why)


def place_of_credential(fields: Fields, folder: Path) -> tuple[str | None, Path | None]:
    """Where a table says that its credential is: an environment variable, or a file beside the configuration."""
    env = fields.text("credential_env") if fields.has("credential_env") else None
    return env, folder / fields.text("credential_file") if fields.has("credential_file") else None


def logged_in(device: Device, environ: Mapping[str, str], faults: list[str]) -> Device:
    """The device with its password fetched; what keeps it back goes to the faults."""
    login, place = device.login, f"device {device.name}"
    if login is None or (login.env is None and login.file is None):
        return device
    where, text = kept(login.env, login.file, environ, place, faults)
    if not text:
        faults.append(f"{place}: {where} holds no credential")
        return device
    try:
        return replace(device, login=replace(login, password=password_of(text)))
    except InvalidInput as fault:
        faults.append(f"{place}: {where} holds something else than a credential: {fault}")
        return device


def kept(
    env: str | None, file: Path | None, environ: Mapping[str, str], place: str, faults: list[str]
) -> tuple[str, str]:
    """Where a credential is kept, for people, and what is there."""
    if env is not None:
        return f"environment variable {env}", environ.get(env, "").strip()
    return f"file {file}", _file_text(file, place, faults).strip()


def password_of(text: str) -> str:
    """A password. Raises InvalidInput."""
    if len(text) > PASSWORD_CHARACTERS_MAX or not text.isprintable():
        raise InvalidInput(f"expected a password of at most {PASSWORD_CHARACTERS_MAX} visible characters")
    return text


def _file_text(file: Path | None, place: str, faults: list[str]) -> str:
    try:
        if file and file.stat().st_mode & OTHERS:
            faults.append(f"{place}: credential_file {file}: others may read it: chmod 600")
        return file.read_text("utf-8") if file else ""
    except (OSError, UnicodeDecodeError) as fault:
        faults.append(f"{place}: credential_file {file}: {fault}")
        return ""
