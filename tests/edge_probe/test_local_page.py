"""The local port answers what it is asked rightly, refuses the rest, and never keeps meters from being read."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge_probe.config_file import load_config
from edge_probe.local_answers import LocalAnswers
from edge_probe.local_page import (
    AT_ONCE,
    REQUEST_BYTES_MAX,
    Answer,
    Asked,
    LocalPage,
    asked_of,
    is_called_rightly,
)
from edge_probe.page import Page
from edge_probe.page_plan import PagePlan
from edge_probe.page_words import Language
from edge_probe.readings import Event
from edge_probe.spool import Spool
from edge_probe.spool_comparing import SpoolComparing
from edge_probe.standing import standing
from graph.errors import ConfigurationError
from tests.edge_probe.fakes import HandClock, ignore
from tests.edge_probe.standing_stage import CONFIG, HOSTILE, NOW, configured, filled, noted

pytestmark = pytest.mark.anyio


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[tuple[str, Spool]]:
    """The page of a probe on a free port."""
    config, clock = configured(folder), HandClock(NOW)
    spool = filled(config)
    answers = LocalAnswers(config, spool, noted(), frozenset({"province"}))
    page = LocalPage(PagePlan(0, names=("box.plant.example",)), answers.answer, clock.now, ignore)
    task = asyncio.create_task(page.keep())
    await asyncio.wait_for(page.listening.wait(), 5)
    try:
        yield f"http://127.0.0.1:{page.port}", spool
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
        spool.close()


def test_there_is_no_page_unless_it_is_configured_and_then_on_loopback(tmp_path: Path) -> None:
    assert configured(tmp_path).page == PagePlan(9105, "127.0.0.1", ("box.plant.example",))
    file = tmp_path / "probe.toml"
    file.write_text(CONFIG.replace('[page]\nport = 9105\nnames = ["Box.Plant.Example"]', ""), "utf-8")
    assert load_config(file, {"modbus_tcp"}, {"nengshu"}).page is None
    file.write_text(CONFIG.replace("port = 9105", 'port = 0\nhost = "plant"\nskin = 1'), "utf-8")
    with pytest.raises(ConfigurationError) as told:
        load_config(file, {"modbus_tcp"}, {"nengshu"})
    assert [fault.split(": ")[1] for fault in told.value.faults] == ["port", "host", "skin"]


async def test_the_page_shows_meters_platforms_and_what_is_amiss_in_both_languages(tmp_path: Path) -> None:
    async with served(tmp_path) as (address, _), httpx.AsyncClient(trust_env=False) as client:
        chinese = await client.get(address, headers={"Accept-Language": "zh-CN,zh;q=0.9"})
        english = await client.get(f"{address}/?lang=en", headers={"Accept-Language": "zh-CN"})
    for shown in (
        "能枢采集端",
        "近一小时失败率",
        "123456.7890",
        "main incomer 总进线",
        "底数回落",
        "23:10:00",
    ):
        assert shown in chinese.text
    for shown in (
        "Nengshu probe",
        "Errors, last hour",
        "-1.5 s (hub.example)",
        "the probe did not run",
        "counter-fell",
        "26",
    ):
        assert shown in english.text
    assert english.text.count('<svg class="curve"') == 2


def test_a_day_of_which_nothing_is_known_shows_a_dash_and_no_nought(tmp_path: Path) -> None:
    config = configured(tmp_path)
    spool = Spool(tmp_path / "other.sqlite")
    page = Page(standing(config, spool, None, NOW), {}, Language.ENGLISH).html().decode()
    spool.close()
    assert page.count("<dt>Today so far</dt><dd>–</dd>") == len(config.devices)
    assert "<h2>Newest events</h2><p>none</p>" in page


async def test_the_page_tells_how_a_platform_was_compared(tmp_path: Path) -> None:
    async with served(tmp_path) as (address, spool), httpx.AsyncClient(trust_env=False) as client:
        never = await client.get(f"{address}/?lang=en")
        comparing, day = SpoolComparing(spool), NOW.date()
        comparing.keep("province", (day, day), [], [], NOW)
        comparing.keep_fault("province", "<no>", NOW)
        compared = await client.get(f"{address}/?lang=en")
    assert "Last compared</dt><dd>never" in never.text
    assert "0 days differ</small> broke off: &lt;no&gt;" in compared.text


async def test_nothing_from_outside_is_loaded_or_let_in_by_the_page(tmp_path: Path) -> None:
    async with served(tmp_path) as (address, _), httpx.AsyncClient(trust_env=False) as client:
        page = await client.get(address)
        sheet = await client.get(f"{address}/probe.css")
    policy = page.headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; style-src 'self';")
    assert "unsafe" not in policy
    assert "script-src" not in policy
    assert HOSTILE not in page.text
    assert "<b>" not in page.text.split("no answer")[1][:20]
    assert "<script" not in page.text
    assert " style=" not in page.text
    assert "://" not in page.text
    assert "url(" not in sheet.text


async def test_other_paths_methods_and_names_are_refused(tmp_path: Path) -> None:
    async with served(tmp_path) as (address, _), httpx.AsyncClient(trust_env=False) as client:
        assert (await client.get(f"{address}/etc/passwd")).status_code == 404
        assert (await client.post(address)).status_code == 405
        assert (await client.get(address, headers={"Host": "rebound.example"})).status_code == 421
        assert (await client.get(address, headers={"Host": "BOX.plant.example:9105"})).status_code == 200
        head = await client.head(f"{address}/metrics")
        assert (head.status_code, head.content) == (200, b"")
        assert int(head.headers["content-length"]) > 0


async def test_a_spool_that_cannot_be_read_is_told_and_the_port_stays(tmp_path: Path) -> None:
    async with served(tmp_path) as (address, spool), httpx.AsyncClient(trust_env=False) as client:
        spool.close()
        assert (await client.get(address)).status_code == 503
        assert (await client.get(f"{address}/probe.css")).status_code == 200


async def test_too_long_a_request_and_too_many_at_once_are_dropped(tmp_path: Path) -> None:
    async with served(tmp_path) as (address, _):
        port = int(address.rpartition(":")[2])
        long = await _connected(port, b"GET / HTTP/1.1\r\nX: " + b"a" * 2 * REQUEST_BYTES_MAX)
        held = [await _connected(port, b"G") for _ in range(AT_ONCE)]
        more = await _connected(port, b"GET /probe.css HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        assert [await _came(reader) for reader, _ in (long, more)] == [b"", b""]
        for _, writer in (long, more, *held):
            writer.close()
            with suppress(ConnectionError):
                await writer.wait_closed()


async def _connected(port: int, octets: bytes) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write(octets)
    return reader, writer


async def _came(reader: asyncio.StreamReader) -> bytes:
    """What came before the line was closed, however that was done."""
    try:
        return await reader.read()
    except ConnectionError:
        return b""


async def test_a_port_that_is_taken_is_an_event_and_no_more() -> None:
    told: list[Event] = []
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        page = LocalPage(PagePlan(port), _never, HandClock(NOW).now, told.append)
        await page.keep()
    assert [event.kind for event in told] == ["page-not-served"]
    assert str(port) in told[0].detail


async def _never(_: Asked) -> Answer:
    raise AssertionError


@given(st.binary(max_size=200))
def test_no_octets_break_the_reading_of_a_request(octets: bytes) -> None:
    asked = asked_of(octets)
    assert asked is None or asked.path.startswith("/")


@pytest.mark.parametrize(
    ("host", "is_right"),
    [
        ("127.0.0.1:9105", True),
        ("[::1]:9105", True),
        ("localhost", True),
        ("192.168.1.9", True),
        ("box", True),
        ("evil.example", False),
        ("127.0.0.1.evil.example", False),
        ("", False),
        ("[::1", False),
    ],
)
def test_a_page_is_called_by_an_address_or_a_name_of_the_box(host: str, is_right: bool) -> None:
    assert is_called_rightly(host, ("box",)) is is_right
