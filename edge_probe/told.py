"""Errors of ours as lines for people: a command tells each fault on a line of its own and ends with exit code 1."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import NoReturn

import typer

from graph.errors import ConfigurationError, NengshuError


@contextmanager
def told() -> Iterator[None]:
    """Errors of ours become lines for people and exit code 1."""
    try:
        yield
    except NengshuError as fault:
        _fail([fault])
    except ExceptionGroup as group:
        ours, others = group.split(NengshuError)
        if others is not None or ours is None:
            raise
        _fail(_leaves(ours))


def _fail(errors: Iterable[BaseException]) -> NoReturn:
    for error in errors:
        for line in error.faults if isinstance(error, ConfigurationError) else [str(error)]:
            typer.echo(line, err=True)
    raise typer.Exit(1)


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
