"""What a hub does by itself for devices: it books once something was decided, and tries nothing twice."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from graph.model.access_device import DeviceState
from graph.model.quarantine import Quarantined
from hub.device_booking import Booking, keep_booking, keep_settling
from hub.stores.door.devices_seen import looking
from hub.stores.quarantine.quarantine import FEW_ROWS
from hub.wiring import open_registry
from tests.edge_probe.hub_double import until
from tests.hub.device_stage import LINK, POWER, SUCCESS, UNHEARD, Stage, row, stage_in

pytestmark = pytest.mark.anyio
PATIENCE_S = 20.0
NEVER_S = 3_600.0


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A hub whose devices need approval."""
    with stage_in(tmp_path_factory.mktemp("booking")) as made:
        yield made


@pytest.fixture
def stage(hub: Stage) -> Stage:
    """A unit of it whose device nobody knows yet."""
    return hub.newcomer()


async def until_booked(stage: Stage) -> None:
    """Until nothing of the unit waits any more."""
    await until(
        lambda: {each["state"] for each in stage.rows("quarantined", unit=stage.unit)} == {"booked"},
        PATIENCE_S,
        0.05,
    )


async def test_a_running_hub_books_what_waited_once_the_device_is_approved(stage: Stage) -> None:
    running = asyncio.create_task(keep_booking(stage.hub))
    try:
        await asyncio.to_thread(stage.upload, row(POWER))
        await asyncio.to_thread(stage.decide, DeviceState.APPROVED)
        await until_booked(stage)
    finally:
        running.cancel()
    assert [batch["accepted"] for batch in stage.batches()] == [1]


async def test_what_a_hub_decides_itself_it_books_without_looking_again(hub: Stage) -> None:
    running = asyncio.create_task(keep_booking(hub.hub, look_s=NEVER_S))
    try:
        for stage in (hub.newcomer(), hub.newcomer()):
            await asyncio.to_thread(stage.upload, row(POWER))
            await asyncio.to_thread(stage.decide, DeviceState.APPROVED)
            await until_booked(stage)
    finally:
        running.cancel()


async def test_what_another_process_decides_is_booked_at_the_next_look(stage: Stage) -> None:
    stage.upload(row(POWER))
    running = asyncio.create_task(keep_booking(stage.hub, look_s=0.05))
    other = open_registry(stage.hub.settings)
    try:
        row_of_it = {"unit": stage.unit, "link": LINK, "state": "approved"}
        await asyncio.to_thread(other.upsert, "access_device", [row_of_it], "a command")
        await until_booked(stage)
    finally:
        running.cancel()
        other.close()


async def test_what_devices_did_is_written_by_itself(stage: Stage) -> None:
    await asyncio.to_thread(stage.registered)
    running = asyncio.create_task(keep_settling(stage.hub))
    try:
        await until(lambda: bool(looking(stage.hub.settings.door_path, stage.unit)), PATIENCE_S, 0.05)
    finally:
        running.cancel()


async def test_a_hub_that_starts_books_what_was_decided_while_none_ran(stage: Stage) -> None:
    stage.upload(row(POWER))
    stage.decide(DeviceState.APPROVED)
    running = asyncio.create_task(keep_booking(stage.hub))
    try:
        await until_booked(stage)
    finally:
        running.cancel()


def test_what_cannot_be_booked_yet_is_tried_once_and_again_when_a_point_is_mapped(stage: Stage) -> None:
    stage.registered()
    stage.upload(row(POWER), row(UNHEARD))
    stage.decide(DeviceState.APPROVED)
    booking = Booking(stage.hub)

    def due() -> list[Quarantined]:
        return [file for file in booking.due() if file.unit == stage.unit]

    (file,) = due()
    assert booking.book(file).waiting == 1
    assert due() == []
    stage.map(UNHEARD)
    assert due() != []


def test_killed_between_the_ledger_and_the_quarantine_the_next_look_ends_the_same(stage: Stage) -> None:
    stage.upload(row(POWER))
    stage.decide(DeviceState.APPROVED)
    booking = Booking(stage.hub)
    (file,) = (each for each in booking.due() if each.unit == stage.unit)
    booking.book(file)
    stage.hub.quarantine.rows.replayed(file, 1, "nobody")  # as though the last step never was
    assert stage.book() == 1
    assert [batch["accepted"] for batch in stage.batches()] == [1]


def test_devices_that_register_at_the_same_time_each_have_a_place_of_their_own(hub: Stage) -> None:
    newcomers = [hub.newcomer() for _ in range(12)]
    before = len(hub.rows("access_device"))
    with ThreadPoolExecutor(12) as threads:
        for answer in threads.map(Stage.registered, [*newcomers, *newcomers]):
            assert len(answer) == 32
    places = sorted(row["place"] for row in hub.rows("access_device"))
    assert places == list(range(before + len(newcomers)))


def test_what_a_device_sends_twice_at_once_is_kept_once(stage: Stage) -> None:
    stage.registered()
    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda _: stage.upload(row(POWER)), range(16)))
    assert answers == [SUCCESS] * 16
    assert len(stage.rows("quarantined", unit=stage.unit)) == 1
    (day,) = stage.rows("device_day", unit=stage.unit)
    assert day["rows"] == 1


async def test_a_file_that_cannot_be_read_holds_up_no_other(tmp_path: Path) -> None:
    with stage_in(tmp_path) as hub:
        damaged, sound = hub.newcomer(), hub.newcomer()
        for stage in (damaged, sound):
            stage.upload(*(row(POWER, str(number)) for number in range(FEW_ROWS + 1)))
            stage.decide(DeviceState.APPROVED)
        (file,) = damaged.rows("quarantined", unit=damaged.unit)
        hub.hub.quarantine.folder.remove(file["name"])
        running = asyncio.create_task(keep_booking(hub.hub, again_s=0.01))
        try:
            await until_booked(sound)
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
        assert [file["state"] for file in damaged.rows("quarantined", unit=damaged.unit)] == ["waiting"]
