"""What is looked up in the registry is remembered, and looked up again as soon as anything was written to it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest
from starlette.datastructures import Headers

from graph.errors import Unauthenticated
from hub.access.oauth.verifying import Asked
from hub.settings import Settings
from hub.stores.registry.remembered import Remembered
from hub.wiring import open_hub, open_registry
from tests.hub.invented_hub import token_of

MANY = 10


@dataclass
class Writes:
    """How often a registry was written to."""

    count: int = 0

    def __call__(self) -> int:
        """Its version."""
        return self.count


@dataclass
class Looked:
    """What is kept under each key but "nobody", and what was asked for."""

    writes: Writes = field(default_factory=Writes)
    asked: list[str] = field(default_factory=list)
    is_written_meanwhile: bool = False

    def find(self, key: str) -> str | None:
        """What the key has."""
        self.asked.append(key)
        self.writes.count += self.is_written_meanwhile
        return None if key == "nobody" else f"{key} of version {self.writes.count}"


def test_what_a_key_has_is_looked_up_once_until_something_is_written() -> None:
    kept = Looked()
    remembered = Remembered(kept.find, kept.writes, MANY)
    assert not remembered.holds("reader")
    assert remembered.find("reader") == remembered.find("reader")
    assert remembered.holds("reader")
    assert kept.asked == ["reader"]
    kept.writes.count += 1
    assert not remembered.holds("reader")
    assert remembered.find("reader") == "reader of version 1"
    assert kept.asked == ["reader", "reader"]


def test_what_is_not_there_is_not_remembered() -> None:
    kept = Looked()
    remembered = Remembered(kept.find, kept.writes, MANY)
    assert remembered.find("nobody") is None
    assert not remembered.holds("nobody")


def test_no_more_are_remembered_than_there_is_room_for() -> None:
    kept = Looked()
    remembered = Remembered(kept.find, kept.writes, MANY)
    for number in range(MANY + 1):
        remembered.find(f"client{number}")
    assert [remembered.holds(f"client{number}") for number in (0, MANY - 1, MANY)] == [True, True, False]


def test_what_is_written_while_a_key_is_looked_up_ends_what_is_remembered() -> None:
    kept = Looked(is_written_meanwhile=True)
    remembered = Remembered(kept.find, kept.writes, MANY)
    remembered.find("reader")
    assert not remembered.holds("reader")


def test_another_process_revokes_a_client_of_a_real_registry(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    with open_hub(settings) as hub:
        headers = Headers({"Authorization": f"Bearer {token_of(hub, 'asker')}"})
        asked = Asked("POST", "/graphql", headers)
        hub.gatekeeper.principal(asked)
        assert hub.gatekeeper.is_quick(headers)
        theirs = open_registry(settings)
        theirs.clients.revoke("asker", "test")
        theirs.close()
        with pytest.raises(Unauthenticated):
            hub.gatekeeper.principal(asked)
