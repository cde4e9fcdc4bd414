"""Enrols a probe with a hub: its key is made on this box and stays here, the hub's administrator gets the public half.

What is written: the credential (its owner's alone), the public key to be handed on, the uplink in the configuration. All
of it or nothing.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import urlsplit

from joserfc.jwk import ECKey

from graph.errors import InvalidInput, StoreError
from graph.model.credit_code import CreditCode

OWNER_ALONE, FOR_ALL = 0o600, 0o644
_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,63}")  # a client's key at the hub: letters, digits, - and _

BEGINNING = """\
[probe]
unit = "{unit}"
spool = "spool.sqlite"
"""
UPLINK = """
[[uplinks]]
name = "{name}"
kind = "nengshu"
url = "{hub}"
credential_file = "{credential}"
"""


@dataclass(frozen=True)
class Enrolment:
    """What is asked for: a hub, the probe's name there, whose unit it is, and the configuration to write into."""

    hub: str
    client: str
    uplink: str
    unit: CreditCode
    file: Path

    def __post_init__(self) -> None:
        for what, name in (("client", self.client), ("uplink", self.uplink)):
            if _NAME.fullmatch(name) is None:
                raise InvalidInput(f"came {name[:64]!r}, expected letters, digits, - and _", what)
        object.__setattr__(self, "hub", _address(self.hub))

    @property
    def credential(self) -> Path:
        """The file of the private key."""
        return self.file.parent / f"{self.client}.credential"

    @property
    def public(self) -> Path:
        """The file that goes to the administrator."""
        return self.file.parent / f"{self.client}.jwks.json"


@dataclass(frozen=True)
class Enrolled:
    """What came of it. `thumbprint` names the key (RFC 7638): both ends can compare it by telephone."""

    enrolment: Enrolment
    thumbprint: str
    is_new: bool

    @property
    def approval(self) -> str:
        """What the hub's administrator types, the organisation filled in."""
        asked = self.enrolment
        return (
            f"nengshu client add {asked.client} --organisation KEY --role upload "
            f"--unit {asked.unit} --jwks {asked.public.name}"
        )


def enrolled(asked: Enrolment) -> Enrolled:
    """Make the key and write all files. Raises InvalidInput or StoreError, and then nothing was written."""
    is_new, before = _before(asked.file)
    text = (before or BEGINNING.format(unit=asked.unit)).rstrip("\n") + "\n" + _block(asked)
    _check(text, asked)
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": "ES256"}, auto_kid=True)
    said = {"client": asked.client, "key": key.as_dict(private=True), "hub": asked.hub}
    undo: list[Callable[[], object]] = []
    try:
        _write_new(asked.credential, json.dumps(said, separators=(",", ":")), OWNER_ALONE, undo)
        _write_new(asked.public, json.dumps({"keys": [key.as_dict(private=False)]}), FOR_ALL, undo)
        _replace(asked.file, text)
    except OSError as fault:
        for back in undo:
            back()
        raise StoreError(f"{fault.filename or asked.file.parent}: {fault.strerror}") from fault
    return Enrolled(asked, str(key.kid), is_new)


def unit_in(file: Path) -> str | None:
    """The unit that a configuration names already."""
    _, text = _before(file)
    try:
        probe = tomllib.loads(text).get("probe", {})
    except tomllib.TOMLDecodeError:
        return None  # it is told once the whole is checked
    unit = probe.get("unit") if isinstance(probe, dict) else None
    return unit if isinstance(unit, str) else None


def _before(file: Path) -> tuple[bool, str]:
    try:
        return False, file.read_text("utf-8-sig")
    except FileNotFoundError:
        return True, ""
    except (OSError, UnicodeDecodeError) as fault:
        raise StoreError(f"{file}: cannot be read: {fault}") from fault


def _block(asked: Enrolment) -> str:
    return UPLINK.format(name=asked.uplink, hub=asked.hub, credential=asked.credential.name)


def _check(text: str, asked: Enrolment) -> None:
    """The configuration with its new uplink is TOML, of this unit, and has no two uplinks of that name."""
    try:
        toml = tomllib.loads(text)
        names = [each.get("name") for each in toml["uplinks"]]
        unit = toml["probe"]["unit"]
    except (tomllib.TOMLDecodeError, KeyError, TypeError, AttributeError) as fault:
        raise InvalidInput(f"an uplink cannot be added to it: {fault}", str(asked.file)) from fault
    if names.count(asked.uplink) > 1:
        raise InvalidInput(f"has an uplink {asked.uplink} already", str(asked.file))
    if unit != str(asked.unit):
        raise InvalidInput(f"is of unit {str(unit)[:32]!r}, and {asked.unit} was asked for", str(asked.file))


def _write_new(file: Path, text: str, mode: int, undo: list[Callable[[], object]]) -> None:
    """Never over a file that is there: a key once used must not be lost by typing a command twice."""
    with os.fdopen(
        os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "w", encoding="utf-8"
    ) as opened:
        undo.append(file.unlink)
        opened.write(text + "\n")
        opened.flush()
        os.fsync(opened.fileno())


def _replace(file: Path, text: str) -> None:
    part = file.with_name(f"{file.name}.part")
    part.write_text(text, "utf-8")
    if file.exists():
        before = file.stat()
        with suppress(PermissionError):  # who is not root owns both
            os.chown(part, before.st_uid, before.st_gid)
        part.chmod(before.st_mode & 0o777)
    part.replace(file)


def _address(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname or "", parts.port
    except ValueError as fault:
        raise InvalidInput(f"{text[:64]!r} is no address: {fault}", "hub") from fault
    if parts.scheme not in ("http", "https") or not host or parts.username or parts.query or parts.fragment:
        raise InvalidInput(f"came {text[:64]!r}, expected an address such as https://hub.example", "hub")
    if not text.isprintable() or '"' in text or "\\" in text:
        raise InvalidInput("expected an address without quotes", "hub")
    if parts.scheme == "http" and not _is_here(host):
        raise InvalidInput("expected https: readings and tokens would go in the clear", "hub")
    return text.rstrip("/")


def _is_here(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
