"""The benchmark of devices speaks both dialects to a true hub, and tells no time of what was not acknowledged."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

from graph.errors import InvalidInput, SourceMalformed, SourceRefused, SourceUnreachable
from graph.model.credit_code import CreditCode
from hub.settings import Settings
from provincial_adapters.nhjc04 import DIALECT, arrived
from scripts.benchmarks import devices
from scripts.benchmarks._devices_bodies import days, rows_of
from scripts.benchmarks._devices_caller import Answer, connected, percentile, post, side_by_side
from scripts.benchmarks._devices_day import Day
from scripts.benchmarks._devices_nation import DIALECTS, REGISTER, accepted, let_call, units_of
from scripts.benchmarks._devices_records import Records, done, record_figures
from scripts.benchmarks._devices_uploads import ROWS, UPLOADS, Uploads, rounds_of
from scripts.benchmarks._links_nation import Province, provinces, register
from scripts.benchmarks._links_sender import Sender, sending_machines
from scripts.benchmarks._links_served import Process, serving
from scripts.benchmarks._store_nation import POINTS
from tests.house.only_linux import linux

DAY = dt.date(2024, 1, 5)


@pytest.fixture(scope="module")
def told() -> list[Province]:
    return provinces(2, 8)


@pytest.fixture(scope="module")
def credentials(
    told: list[Province], tmp_path_factory: pytest.TempPathFactory
) -> tuple[Path, dict[str, str]]:
    folder = tmp_path_factory.mktemp("devices") / "hub"
    register(Settings(data_dir=folder), told)
    let_call(Settings(data_dir=folder), told, DIALECTS)
    return folder, sending_machines(folder, told)


@pytest.fixture(scope="module")
def hub(credentials: tuple[Path, dict[str, str]]) -> Iterator[Process]:
    with serving(credentials[0]) as process:
        yield process


def test_a_day_of_a_device_is_a_reading_a_point_that_the_dialect_reads() -> None:
    found = arrived(
        days(DAY, 2), CreditCode.of_body("91990100MA0000001"), DIALECT.settled({"valid_means": 0})
    )
    assert found.rejections.num_rows == 0
    assert found.table.num_rows == 2 * POINTS
    assert len({row["dataCode"] for row in rows_of(DAY)}) == POINTS


@linux
def test_uploads_and_batches_hand_in_as_many_readings(
    hub: Process, told: list[Province], credentials: tuple[Path, dict[str, str]]
) -> None:
    uploads = Uploads(hub, told[0], Sender(hub.base, credentials[1][told[0].code]))
    assert [uploads.by_devices([0, 1]).rows, uploads.by_batches([2]).rows] == [2 * ROWS, ROWS]


@linux
def test_every_device_of_the_day_is_acknowledged(hub: Process, told: list[Province]) -> None:
    units = list(units_of(told))
    found = {figure.name: figure.value for figure in Day(hub, units).figures()}
    assert len(units) == 8
    assert all(found[name] > 0 for name in found if name != "told to come again")


@linux
def test_records_are_compared_with_uploads_of_one(hub: Process, told: list[Province]) -> None:
    known = (DAY + dt.timedelta(days=number) for number in count(400))
    found = {
        figure.name: figure.value
        for figure in record_figures(Records(hub, told[1].credit_codes[:2], known), 1)
    }
    assert found["AK records: times NHJC-04's, a record a POST"] > 0


@linux
def test_a_device_that_is_refused_has_no_time(hub: Process) -> None:
    async def ask() -> Answer:
        async with connected(hub.base) as connection:
            return await connection.ask(post(hub.base, REGISTER, b'{"enterpriseCode": "1"}'))

    answer = asyncio.run(ask())
    assert answer.status == 200
    with pytest.raises(SourceRefused, match="responseCode"):
        accepted(answer)
    with pytest.raises(SourceRefused):
        done(answer)
    with pytest.raises(SourceRefused, match="503"):
        accepted(Answer(503, b"", 0.0))


async def _answered_with(said: bytes) -> Answer:
    """What the caller makes of a server that says this and hangs up."""

    async def speak(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(said)
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(speak, "127.0.0.1", 0) as server:
        base = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        async with connected(base) as connection:
            return await connection.ask(post(base, "/", b""))


def test_an_answer_in_pieces_is_whole_and_half_of_one_is_none() -> None:
    head = b"HTTP/1.1 429 Too Many\r\ndate: now\r\ncontent-length: 2\r\nretry-after: 3\r\n\r\n"
    whole = asyncio.run(_answered_with(head + b"ok"))
    assert (whole.status, whole.body, whole.wait_s) == (429, b"ok", 3.0)
    with pytest.raises(SourceUnreachable, match="hung up"):
        asyncio.run(_answered_with(head + b"o"))
    with pytest.raises(SourceMalformed, match="expected a status"):
        asyncio.run(_answered_with(b"HTTP/1.1 200 OK\r\ndate: now\r\n\r\n"))


def test_all_the_work_is_done_so_many_at_a_time() -> None:
    done_so_far, under_way, most = list[int](), 0, 0

    async def work(number: int) -> None:
        nonlocal under_way, most
        under_way += 1
        most = max(most, under_way)
        await asyncio.sleep(0)
        under_way -= 1
        done_so_far.append(number)

    asyncio.run(side_by_side(work, 10, 3))
    assert sorted(done_so_far) == list(range(10))
    assert most == 3


def test_a_percentile_is_one_of_the_times() -> None:
    assert percentile([3.0, 1.0, 2.0], 0.5) == 2.0
    assert percentile([3.0, 1.0, 2.0], 0.99) == 3.0


def test_rounds_end_with_a_provinces_units() -> None:
    assert rounds_of(Province(97, 2 + 2 * UPLOADS * 3), 7) == 3
    assert rounds_of(Province(97, 5), 7) == 1


def test_a_nation_too_small_to_upload_is_refused() -> None:
    with pytest.raises(InvalidInput, match="came 10 units"):
        next(devices.figures(units=10))
