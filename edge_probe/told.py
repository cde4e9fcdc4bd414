"""Errors of ours as lines for people: a command tells each fault on a line of its own and ends with exit code 1."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import typer

from edge_probe.fault_lines import fault_lines


@contextmanager
def told() -> Iterator[None]:
    """Errors of ours become lines for people and exit code 1."""
    try:
        yield
    except Exception as fault:
        lines = fault_lines(fault)
        if lines is None:
            raise
        for line in lines:
            typer.echo(line, err=True)
        raise typer.Exit(1) from None
