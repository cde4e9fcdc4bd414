"""`python -m hub.cli` is `nengshu`."""

from __future__ import annotations

from hub.cli import main

main()
