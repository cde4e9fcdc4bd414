"""A hub over an invented nation in a folder of the test's: two provinces, tokens of every kind, readings to send."""

from __future__ import annotations

import atexit
import datetime as dt
from collections.abc import AsyncIterator, Generator, Iterable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from shutil import copy, copytree, rmtree
from tempfile import mkdtemp
from typing import Any

import httpx
from starlette.applications import Starlette

from graph.model.credit_code import CreditCode
from graph.model.principal import NATION, Reach, Role
from graph.model.region import RegionCode
from hub.access.oauth.tokens import Tokens
from hub.app import build_app
from hub.settings import Settings
from hub.simulate.nation import DIRECT, ELECTRICITY, HUB, InventedUnit, Nation
from hub.simulate.stage import load
from hub.wiring import Hub, keyring_of, open_hub, open_registry
from tests.hub.members import add_client

TODAY = dt.date(2026, 11, 23)
NATION_OF_TODAY = Nation(TODAY)
JIA, YI = HUB, DIRECT  # the two provinces whose units are registered
ALL = (Role.READ, Role.UPLOAD, Role.SYNC)
WHO = "test"
JSON = "application/json"


@cache
def units_of(province: str) -> tuple[InventedUnit, ...]:
    """The connected units of a province."""
    return tuple(unit for unit in NATION_OF_TODAY.units(province) if unit.connected)


def reading(province: str = JIA, day: int = 1, value: object = "1.5", **more: object) -> dict[str, object]:
    """A day of electricity of a province's second unit, as JSON."""
    row = {
        "unit": units_of(province)[1].code, "data_code": ELECTRICITY, "granularity": "day",
        "start": f"2026-10-{day:02d}T00:00:00+08:00", "value": value,
    }  # fmt: skip
    return {**row, **more}


def overdue(quarter: str = "2019Q1", province: str = JIA) -> dict[str, object]:
    """The duty of a province's report that was due long ago."""
    subject = f"{province}/{quarter}"
    return {
        "key": f"quarterly_report:{subject}", "kind": "quarterly_report", "province": province, "subject": subject,
        "due_on": dt.date(2019, 4, 15), "clause": "四",
    }  # fmt: skip


def fill(folder: Path, *provinces: str) -> None:
    """Put regions, units and points of these provinces into the registry of a folder, which is made where there is none."""
    if Settings(data_dir=folder).registry_path.exists():
        _fill(folder, provinces)
    elif folder.exists():  # it stays as open to others as its test made it
        for file in _filled(provinces).iterdir():
            copy(file, folder)
    else:
        copytree(_filled(provinces), folder)


@cache
def _filled(provinces: tuple[str, ...]) -> Path:
    """A folder that was filled, once for each process."""
    folder = Path(mkdtemp(prefix="nengshu-filled-"))
    atexit.register(rmtree, folder, ignore_errors=True)
    _fill(folder, provinces)
    return folder


def _fill(folder: Path, provinces: tuple[str, ...]) -> None:
    registry = open_registry(Settings(data_dir=folder), regions=NATION_OF_TODAY.nouns([])["region"])
    load(registry, NATION_OF_TODAY.nouns(provinces))
    registry.close()


@contextmanager
def hub_of(folder: Path, **settings: Any) -> Iterator[Hub]:
    """An open hub with both provinces, and a link for the devices of one."""
    fill(folder, JIA, YI)
    with open_hub(Settings(data_dir=folder, **settings)) as hub:
        link = {"key": "devices", "dialect": "nhjc04", "province": YI, "address": "devices call"}
        link["quirks"] = '{"approval": "automatic"}'
        hub.registry.upsert("link", [link], WHO)
        yield hub


def token_of(hub: Hub, key: str, reach: Reach = NATION, roles: tuple[Role, ...] = ALL) -> str:
    """A token of a new client, as the hub's own server issues them."""
    add_client(hub.registry, key, reach, roles)
    return issued(hub, key, roles)


def issued(hub: Hub, key: str, roles: Iterable[Role]) -> str:
    """A token of a client that is there."""
    keyring = keyring_of(hub.settings, hub.registry, hub.clock)
    token, _ = Tokens(hub.oauth.named, keyring, hub.clock).issue(key, roles)
    return token


def of_province(code: str) -> Reach:
    """The reach of a province."""
    return Reach(region=RegionCode(code))


def of_unit(code: str) -> Reach:
    """The reach of one unit."""
    return Reach(unit=CreditCode(code))


@asynccontextmanager
async def asking(
    hub: Hub, token: str | None = None, auth: httpx.Auth | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client in this process; what the application does not foresee is answered, as a server would."""
    async with serving(build_app(hub), token, auth) as client:
        yield client


@asynccontextmanager
async def serving(
    app: Starlette, token: str | None = None, auth: httpx.Auth | None = None
) -> AsyncIterator[httpx.AsyncClient]:
    """A client of an application that is made already."""
    transport = httpx.ASGITransport(app, raise_app_exceptions=False)
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    async with httpx.AsyncClient(
        transport=transport, base_url="http://hub", headers=headers, auth=auth
    ) as client:
        yield client


@dataclass
class Renewing(httpx.Auth):
    """A client that gets another token for each request: a test's clock may have passed the end of the last one."""

    hub: Hub
    key: str
    roles: tuple[Role, ...] = ALL

    def auth_flow(self, request: httpx.Request) -> Generator[httpx.Request, httpx.Response, None]:
        """With a token of now."""
        request.headers["Authorization"] = f"Bearer {issued(self.hub, self.key, self.roles)}"
        yield request


async def post(
    client: httpx.AsyncClient, body: bytes, key: str, content_type: str = JSON, **headers: str
) -> httpx.Response:
    """A batch on its way in; header names are written with underscores."""
    said = {"Idempotency-Key": key, "Content-Type": content_type}
    said |= {name.replace("_", "-"): value for name, value in headers.items()}
    return await client.post("/sync/v1/batches", content=body, headers=said)


def is_problem(reply: httpx.Response, status: int, code: str) -> bool:
    """Whether an answer is this problem, in the one shape problems have."""
    said = reply.json()
    shape = {"type", "title", "status", "code", "detail", "requestId"} == set(said)
    kind = reply.headers["content-type"] == "application/problem+json"
    named = said["requestId"] == reply.headers["x-request-id"]
    return (
        shape
        and kind
        and named
        and (reply.status_code, said["status"], said["code"]) == (status, status, code)
    )
