"""What several of the probe's tests lean on."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from edge_probe.spool import Spool
from tests.edge_probe.fakes import in_memory


@pytest.fixture
def unused_port() -> int:
    """A loopback port on which nobody listens."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


@pytest.fixture
def spool() -> Iterator[Spool]:
    """A spool in memory, of which one platform is to have everything."""
    with in_memory(Spool) as opened:
        yield opened
