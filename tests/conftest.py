"""What every test leans on."""

from __future__ import annotations

import pytest
from hypothesis import settings

# Laws are about answers, not about time, and these run on machines that others use too.
settings.register_profile("nengshu", deadline=None)
settings.load_profile("nengshu")


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the server does."""
    return "asyncio"
