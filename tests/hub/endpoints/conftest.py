"""One open hub for the tests of a module; each test sends under keys and to days of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.wiring import Hub
from tests.hub.invented_hub import hub_of


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The hub."""
    with hub_of(tmp_path_factory.mktemp("hub"), body_bytes_max=1_000_000) as opened:
        yield opened
