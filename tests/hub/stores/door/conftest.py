"""The trail over an invented registry and door, filled once for each file of tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from hub.stores.door.trail import Trail
from tests.hub.stores.door.trails import Both, both, fill, followed


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    """Both, filled."""
    with both(tmp_path_factory.mktemp("trail")) as made:
        fill(made)
        yield made


@pytest.fixture(scope="module")
def trail(stores: Both) -> Iterator[Trail]:
    """The trail over them."""
    with followed(stores) as made:
        yield made
