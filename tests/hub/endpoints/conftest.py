"""One open hub for the tests of a module; each test sends under keys and to days of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.wiring import Hub
from tests.hub.endpoints.told_hub import told_in
from tests.hub.invented_hub import hub_of

LOOK_S = 0.2  # between two looks of the bounded hub


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The hub."""
    with hub_of(tmp_path_factory.mktemp("hub"), body_bytes_max=1_000_000) as opened:
        yield opened


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub of its own with some batches."""
    with told_in(tmp_path_factory.mktemp("told")) as hub:
        yield hub


@pytest.fixture(scope="module")
def bounded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub that looks often, gives signs often and has few places."""
    bounds = {
        "streams_max": 3, "operations_max": 2, "subscriptions_max": 4, "events_waiting_max": 5,
        "stream_look_seconds": LOOK_S, "stream_sign_seconds": 0.1, "duty_look_seconds": 0.1,
        "sync_seconds": 0,
    }  # fmt: skip
    with hub_of(tmp_path_factory.mktemp("bounded"), **bounds) as hub:
        yield hub
