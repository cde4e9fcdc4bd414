"""What every test leans on."""

from __future__ import annotations

import gc

import pytest
from hypothesis import settings

# Laws are about answers, not about time, and these run on machines that others use too.
settings.register_profile("nengshu", deadline=None)
settings.load_profile("nengshu")

# Made and kept before garbage is looked for; not the number of hub/cli/serve.py, whose test sees it come and go.
OBJECTS_UNLOOKED = 20_000
gc.disable()  # while tests are collected: what they import stays


def pytest_collection_finish() -> None:
    """What stands before the first test is not looked through for garbage: that was a third of the time of some folders."""
    gc.freeze()
    gc.set_threshold(OBJECTS_UNLOOKED)
    gc.enable()


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the server does."""
    return "asyncio"
