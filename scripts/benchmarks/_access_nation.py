"""An invented nation of 31 provinces, each with as many units of one meter that told a month, and all who may ask."""

from __future__ import annotations

import datetime as dt
import hashlib
import io
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
from rich.console import Console
from rich.progress import track

from graph.model.credit_code import CreditCode
from graph.model.period import Granularity, midnight
from graph.model.principal import OrganisationKind, Role
from graph.model.reading import EXCHANGED, INSTANT, VALUE
from graph.ports import Delivery
from hub.access.machine import new_credential
from hub.settings import Settings
from hub.stores.registry.account_rows import Invitation
from hub.wiring import Hub, open_hub, open_registry
from provincial_adapters.nengshu_batches import ARROW, decode

# Numbers that are no province's: ten are kept for invented ones (90 to 99), and a nation of 31 takes 21 more.
NUMBERS = (60, *range(67, 71), *range(72, 81), *range(83, 100))
PROVINCES = tuple(f"{number}0000" for number in NUMBERS)
OWN = "910000"  # the province of those who see one alone
FIRST_DAY, DAYS = dt.date(2026, 6, 1), 30
LAST_DAY = FIRST_DAY + dt.timedelta(days=DAYS - 1)
CODE = "0000000002330011"
WHO, PERSON = "bench", "person"
SESSION_LIVES = dt.timedelta(hours=1)
_DAY = np.timedelta64(24 * 60, "m")


@dataclass(frozen=True)
class Askers:
    """What those who may ask prove themselves with: three machines' credentials, and a person's session."""

    nation: str = field(repr=False)
    province: str = field(repr=False)
    proving: str = field(repr=False)
    session: str = field(repr=False)


def fill(folder: Path, units: int) -> Askers:
    """Make a hub's stores there, with so many units a province, and all who may ask."""
    settings = Settings(data_dir=folder)
    open_registry(settings, regions=_regions()).close()
    with open_hub(settings) as hub:
        codes = {province: credit_codes(province, units) for province in PROVINCES}
        for province, of_province in _told(codes, "filling the registry"):
            _register(hub, _city(province), of_province)
        for province, of_province in _told(codes, "filling the readings"):
            body = _readings(of_province)
            digest = hashlib.sha256(body).hexdigest()
            hub.intake.take(Delivery(WHO, province, digest, decode(body, ARROW)))
        return _askers(hub)


def credit_codes(province: str, units: int) -> list[str]:
    """Of a province's units, in the order lists go by."""
    place = _city(province)
    return sorted(CreditCode.of_body(f"91{place}MA{number:07d}").text for number in range(units))


def _told(codes: Mapping[str, list[str]], doing: str) -> Iterable[tuple[str, list[str]]]:
    return track(codes.items(), doing, console=Console(stderr=True), transient=True)


def _regions() -> list[dict[str, str]]:
    return [
        {
            "code": code,
            "name": f"虚构{number}{kind}",
            "short_name": str(number),
            "english": f"Invented {number}",
        }
        for number, province in zip(NUMBERS, PROVINCES, strict=True)
        for code, kind in ((province, "省"), (_city(province), "市"))
    ]


def _city(province: str) -> str:
    return f"{province[:2]}0100"


def _register(hub: Hub, city: str, codes: list[str]) -> None:
    rest = {"region": city, "industry": "C31", "tier": "thousand"}
    hub.registry.upsert(
        "unit", [{"credit_code": code, "name": f"虚构单位{code[-8:]}", **rest} for code in codes], WHO
    )
    point = {"code": CODE, "granularity": Granularity.DAY.value, "since": FIRST_DAY}
    hub.registry.upsert("data_point", [{"unit": code, **point} for code in codes], WHO)


def _readings(units: list[str]) -> bytes:
    """A batch of the month of each unit, as a province would send it."""
    rows, first = len(units) * DAYS, np.datetime64(midnight(FIRST_DAY).replace(tzinfo=None), "us")
    table = pa.table(
        {
            "unit": pa.array(np.repeat(units, DAYS)),
            "data_code": pa.repeat(CODE, rows),
            "granularity": pa.repeat(Granularity.DAY.value, rows),
            "start": pa.array(first + np.tile(np.arange(DAYS), len(units)) * _DAY).cast(INSTANT),
            "value": pa.array(np.arange(rows) * 7919 % 1_000_003 / 8).cast(VALUE),
            "version": pa.nulls(rows, INSTANT),
            "origin": pa.repeat("instrument", rows),
        },
        schema=EXCHANGED,
    )
    sink = io.BytesIO()
    with pa.ipc.new_stream(sink, EXCHANGED) as stream:
        stream.write_table(table)
    return sink.getvalue()


def _askers(hub: Hub) -> Askers:
    """A national agency's machine, a province's two, of which one proves its key each time, and its person."""
    kinds = {
        "agency": (OrganisationKind.NATIONAL_AGENCY, None),
        "department": (OrganisationKind.PROVINCIAL_DEPARTMENT, OWN),
    }
    rows = [
        {"key": key, "name": "虚构部门", "kind": kind.value, "parts": ["plans"], "region": region}
        for key, (kind, region) in kinds.items()
    ]
    hub.registry.upsert("organisation", rows, WHO)
    return Askers(
        nation=_machine(hub, "nation", "agency"),
        province=_machine(hub, "province", "department"),
        proving=_machine(hub, "proving", "department", proves=True),
        session=_signed_in(hub),
    )


def _machine(hub: Hub, key: str, organisation: str, *, proves: bool = False) -> str:
    """The credential of a new client."""
    credential, jwks = new_credential(key, proves=proves)
    hub.registry.clients.add(key, organisation, (Role.READ,), WHO, jwks=jwks, proves=proves)
    return credential


def _signed_in(hub: Hub) -> str:
    """The secret of a session of an invited person who has chosen a password, whose digest nobody needs here."""
    now = hub.clock.now()
    invited = Invitation("bench", now + SESSION_LIVES)
    hub.registry.accounts.add(PERSON, "虚构", "department", (Role.READ,), WHO, invitation=invited)
    entered = hub.registry.accounts.redeem(Invitation(invited.digest, now), password="none", totp="none")  # noqa: S106 - no password
    return hub.door.sessions.begin(PERSON, "password", now + SESSION_LIVES, entered.generation)
