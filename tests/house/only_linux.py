"""Tests that want what only Linux tells."""

from __future__ import annotations

import platform

import pytest

linux = pytest.mark.skipif(
    platform.system() != "Linux", reason="only Linux tells what a process holds and used"
)
