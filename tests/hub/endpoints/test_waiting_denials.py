"""What was denied is written beside the answers, by one at a time, and all of it: when much waits, and when the hub ends."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import anyio
import pytest

from graph.errors import StoreError
from graph.model.principal import NATION, Role
from graph.ports import Ask, Condition
from hub.access.log import Entry
from hub.app import build_app
from hub.endpoints.waiting_denials import WAITING_MAX, WaitingDenials
from hub.stores.door.trail import NOUN
from tests.hub.invented_hub import hub_of, serving, token_of
from tests.hub.stores.door.doors import DENIED

pytestmark = pytest.mark.anyio


@dataclass
class SlowRecord:
    """A record that writes nothing until it is let go."""

    goes: threading.Event = field(default_factory=threading.Event)
    written: list[str] = field(default_factory=list)
    counted: list[str] = field(default_factory=list)
    at_once: int = 0
    at_once_most: int = 0
    fault: Exception | None = None

    def note(self, entry: Entry) -> None:
        """Wait, then write or fail."""
        self.at_once += 1
        self.at_once_most = max(self.at_once, self.at_once_most)
        self.goes.wait(5)
        self.at_once -= 1
        if self.fault is not None:
            raise self.fault
        self.written.append(entry.subject)

    def postpone(self, entry: Entry) -> None:
        """Count."""
        self.counted.append(entry.subject)


def waiting(record: SlowRecord) -> WaitingDenials:
    return WaitingDenials(record, anyio.CapacityLimiter(4))


async def test_one_writes_while_others_wait_and_what_has_no_room_is_counted() -> None:
    record = SlowRecord()
    denials = waiting(record)
    names = [str(number) for number in range(WAITING_MAX + 500)]
    for name in names:
        denials.put(replace(DENIED, subject=name))
    await anyio.sleep(0.05)
    record.goes.set()
    await denials.drain()
    assert record.at_once_most == 1
    assert (record.written, record.counted) == (names[:WAITING_MAX], names[WAITING_MAX:])


@pytest.mark.parametrize("fault", [StoreError("the disk is full"), RuntimeError("nobody foresaw it")])
async def test_what_could_not_be_written_is_counted_and_the_next_is_tried(fault: Exception) -> None:
    record = SlowRecord(fault=fault)
    record.goes.set()
    denials = waiting(record)
    denials.put(replace(DENIED, subject="first"))
    await denials.drain()
    record.fault = None
    denials.put(replace(DENIED, subject="second"))
    await denials.drain()
    assert (record.counted, record.written) == (["first"], ["second"])


async def test_an_orderly_end_waits_for_what_was_denied(tmp_path: Path) -> None:
    with hub_of(tmp_path) as hub:
        token = token_of(hub, "late", NATION, (Role.READ,))
        app = build_app(hub)
        async with app.router.lifespan_context(app), serving(app, token) as client:
            assert (await client.get("/sync/v1/changes")).status_code == 403
        rows = hub.trail.rows(Ask(NOUN, where=(Condition("who", "late"),))).table
    assert rows.column("code").to_pylist() == ["FORBIDDEN"]
