"""Moments as people type them."""

from __future__ import annotations

import datetime as dt

import typer

from graph.errors import NengshuError
from graph.model.period import aware


def parse_moment(text: str | None) -> dt.datetime | None:
    """A moment with its offset, as RFC 3339 writes it. Raises typer.BadParameter."""
    try:
        return None if text is None else aware(dt.datetime.fromisoformat(text))
    except (ValueError, NengshuError) as fault:
        raise typer.BadParameter(f"{text!r}: expected a moment such as 2026-11-23T00:00:00+08:00") from fault
