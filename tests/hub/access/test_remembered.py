"""Clients are looked up once, and again as soon as anything was written to the registry."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from pathlib import Path

import pytest
from hub.access.tokens import CLIENTS_MAX, Gatekeeper, Known
from starlette.datastructures import Headers

from graph.errors import Unauthenticated
from graph.model.principal import NATION, Role
from hub.settings import Settings
from hub.stores.registry.remembered import Remembered
from hub.wiring import open_registry
from tests.graph.fakes import FakeClock
from tests.hub.access.test_tokens import SECRET, WHEN, FakeClients

HEADERS = Headers({"Authorization": f"Bearer reader.{SECRET}"})


@dataclass
class MovingClock:
    """A clock that a test sets."""

    moment: dt.datetime

    def now(self) -> dt.datetime:
        """The moment it was set to."""
        return self.moment


@dataclass
class Writes:
    """How often a registry was written to."""

    count: int = 0

    def __call__(self) -> int:
        """Its version."""
        return self.count


def test_a_client_is_looked_up_once_until_something_is_written() -> None:
    clients, writes = FakeClients(), Writes()
    remembered = Remembered(clients.find, writes, CLIENTS_MAX)
    assert not remembered.holds("reader")
    assert remembered.find("reader") == remembered.find("reader")
    assert remembered.holds("reader")
    assert clients.asked == ["reader"]
    writes.count += 1
    assert not remembered.holds("reader")
    remembered.find("reader")
    assert clients.asked == ["reader", "reader"]


def test_a_revocation_counts_at_once() -> None:
    clients, writes = FakeClients(), Writes()
    gate = Gatekeeper(clients, FakeClock(WHEN), writes)
    headers = HEADERS
    gate.principal(headers)
    assert gate.is_quick(headers)
    clients.revoked_at, writes.count = WHEN, 1
    assert not gate.is_quick(headers)
    with pytest.raises(Unauthenticated):
        gate.principal(headers)


def test_the_end_of_a_token_is_looked_at_each_time() -> None:
    clock = MovingClock(WHEN - dt.timedelta(seconds=1))
    gate = Gatekeeper(FakeClients(until=WHEN), clock, Writes())
    gate.principal(HEADERS)
    clock.moment = WHEN
    with pytest.raises(Unauthenticated):
        gate.principal(HEADERS)


def test_the_secret_is_looked_at_each_time() -> None:
    gate = Gatekeeper(FakeClients(), FakeClock(WHEN), Writes())
    gate.principal(HEADERS)
    with pytest.raises(Unauthenticated):
        gate.principal(Headers({"Authorization": f"Bearer reader.{SECRET}x"}))


def test_strangers_are_not_remembered() -> None:
    clients = FakeClients()
    remembered = Remembered(clients.find, Writes(), CLIENTS_MAX)
    assert remembered.find("nobody") is None
    assert not remembered.holds("nobody")


def test_no_more_are_remembered_than_there_is_room_for() -> None:
    class Many(FakeClients):
        def find(self, key: str) -> Known | None:
            return super().find("reader") if key else None

    remembered = Remembered(Many().find, Writes(), CLIENTS_MAX)
    for number in range(CLIENTS_MAX + 1):
        remembered.find(f"client{number}")
    assert not remembered.holds(f"client{CLIENTS_MAX}")


def test_what_is_written_while_a_client_is_looked_up_ends_what_is_remembered() -> None:
    writes = Writes()

    class Written(FakeClients):
        def find(self, key: str) -> Known | None:
            found = super().find(key)
            writes.count += 1
            return found

    remembered = Remembered(Written().find, writes, CLIENTS_MAX)
    remembered.find("reader")
    assert not remembered.holds("reader")


def test_another_process_revokes_a_client_of_a_real_registry(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    ours, theirs = open_registry(settings), open_registry(settings)
    token = ours.clients.add("asker", "试验单位", NATION, [Role.READ], "test")
    gate = Gatekeeper(ours.clients, FakeClock(WHEN), ours.version)
    headers = Headers({"Authorization": f"Bearer {token}"})
    gate.principal(headers)
    assert gate.is_quick(headers)
    theirs.clients.revoke("asker", "test")
    with pytest.raises(Unauthenticated):
        gate.principal(headers)
    ours.close()
    theirs.close()
