"""Existing platforms above that take readings of units (上级平台), each spoken to as that unit's access device would."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import msgspec

from edge_probe.asking_platform import Line
from edge_probe.isolating import Unwanted
from edge_probe.nhjc04_client import ROWS_A_POST, Nhjc04Device
from edge_probe.nhjc04_wire import Said, Unit, Wire
from edge_probe.nhjc_ak_client import AkDevice
from edge_probe.nhjc_ak_proof import KeyForm, Manner
from edge_probe.platform_notes import Dictionaries, Note
from graph.errors import ConfigurationError, SourceRefused
from graph.model.sync_run import Link
from hub.identities import BASE_DATA, Identities
from provincial_adapters import Means


@dataclass(frozen=True)
class Taken:
    """What a platform made of a unit's readings: those it will not have, by their places, and what it said besides."""

    refused: tuple[Unwanted, ...] = ()
    notes: tuple[Note, ...] = ()


class PlatformAbove(Protocol):
    """A platform above that takes readings of units."""

    wire: Wire

    async def take(self, unit: Unit, rows: Sequence[Said]) -> Taken:
        """Hand over a unit's readings; they are the platform's own when this returns, but for those it refuses.

        Raises NobodyThere where nobody takes any, another SourceError where none of this unit's came through.
        """
        ...

    @property
    def bytes_sent(self) -> int:
        """How much went over the wire."""
        ...


class Nhjc04Above:
    """A platform that speaks NHJC-04."""

    def __init__(
        self,
        link: Link,
        quirks: Mapping[str, Any],
        means: Means,
        kept: Identities,
        now: Callable[[], dt.datetime],
    ) -> None:
        self.wire, self._line = wire_of(quirks), Line(f"link {link.key}", means.client)
        self._url = link.address.rstrip("/") + quirks["register_path"]
        self._kept, self._now, self._dictionaries = kept, now, _dictionaries(kept)

    async def take(self, unit: Unit, rows: Sequence[Said]) -> Taken:
        """A POST for each so many rows."""
        memory = self._kept.of(unit.code)
        device = Nhjc04Device(self._line, self._url, unit, self.wire, memory, self._dictionaries, self._now)
        refused: list[Unwanted] = []
        for first in range(0, len(rows), ROWS_A_POST):
            found = await device.upload(rows[first : first + ROWS_A_POST])
            refused += [Unwanted(first + each.place, each.why) for each in found]
        return Taken(tuple(refused), tuple(device.notes))

    @property
    def bytes_sent(self) -> int:
        """Of all messages."""
        return self._line.bytes_sent


class AkAbove:
    """A platform that speaks the AK dialect."""

    def __init__(
        self,
        link: Link,
        quirks: Mapping[str, Any],
        means: Means,
        kept: Identities,
        now: Callable[[], dt.datetime],
    ) -> None:
        self.wire, self._line = wire_of(quirks), Line(f"link {link.key}", means.client)
        self._link, self._manner = link, Manner(KeyForm(quirks["secret_key_form"]), quirks["token_header"])
        self._passwords = _passwords(link, means.secret(link))
        self._kept, self._now, self._dictionaries = kept, now, _dictionaries(kept)

    async def take(self, unit: Unit, rows: Sequence[Said]) -> Taken:
        """A POST for each row."""
        password = self._passwords.get(unit.code, self._passwords.get(""))
        if password is None:
            raise SourceRefused(f"link {self._link.key}: its secret holds no password of {unit.code}")
        device = AkDevice(
            self._line,
            self._link.address,
            unit,
            password,
            self.wire,
            self._kept.of(unit.code),
            self._dictionaries,
            self._now,
            self._manner,
        )
        return Taken(tuple(await device.upload(rows, _unnoted)), tuple(device.notes))

    @property
    def bytes_sent(self) -> int:
        """Of all messages."""
        return self._line.bytes_sent


async def _unnoted(_place: int) -> None:
    """The link's cursor notes whole pages; a record that is sent again counts once over there."""


def wire_of(quirks: Mapping[str, Any]) -> Wire:
    """How a link's platform writes."""
    return Wire(
        valid_means=quirks["valid_means"],
        realtime_minutes=quirks["realtime_minutes"],
        hyphens=quirks["hyphens"],
        numbers_as_text=quirks["numbers_as_text"],
        estimated_as=quirks["estimated_as"],
    )


class _Dictionary(msgspec.Struct, frozen=True):
    version: str
    said: str


def _dictionaries(kept: Identities) -> Dictionaries:
    """The platform's base data, kept as it came beside what it gave the units."""
    memory = kept.of(BASE_DATA)

    def keep(version: str, body: bytes) -> None:
        memory.keep(msgspec.json.encode(_Dictionary(version, body.decode())).decode())

    text = memory.recall()
    known = None if text is None else msgspec.json.decode(text, type=_Dictionary).version
    return Dictionaries(keep, known)


def _passwords(link: Link, secret: str) -> Mapping[str, str]:
    """By credit code; under no code the one of all units."""
    if not secret.lstrip().startswith("{"):
        return {"": secret.strip()}
    try:
        return msgspec.json.decode(secret, type=dict[str, str])
    except msgspec.MsgspecError:  # whose words may quote it
        why = f"the secret {link.credential!r} is neither a password nor an object with one for each unit"
        raise ConfigurationError(f"link {link.key}", [why]) from None
