"""A terminal, and an environment without anybody's settings."""

from __future__ import annotations

import os

import pytest

from tests.hub.cli.terminal import Terminal


@pytest.fixture(autouse=True)
def _no_settings(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("NENGSHU_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def nengshu(capsys: pytest.CaptureFixture[str]) -> Terminal:
    """Run `nengshu …`."""
    return Terminal(capsys)
