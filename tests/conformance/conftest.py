"""The meters of others that tests of this folder read."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.conformance import peers


@pytest.fixture(scope="session")
def slave_program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The slave of libmodbus, compiled once."""
    return peers.build(tmp_path_factory.mktemp("slave"))
