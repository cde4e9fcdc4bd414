"""A stage for each test of signing in."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.hub.access.people.fakes import Stage
from tests.hub.stores.registry_fakes import StillClock, invented_registry


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """People of an invented hub, its clock at noon."""
    for registry in invented_registry(tmp_path):
        clock = registry._clock
        assert isinstance(clock, StillClock)
        yield Stage(registry, clock)
