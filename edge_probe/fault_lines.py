"""Errors of ours as lines for people: each fault on a line of its own."""

from __future__ import annotations

from collections.abc import Iterator

from graph.errors import ConfigurationError, NengshuError


def fault_lines(fault: Exception) -> list[str] | None:
    """Of an error, or of a group of them; None where another kind is among them."""
    if isinstance(fault, ExceptionGroup):
        ours, others = fault.split(NengshuError)
        if others is not None or ours is None:
            return None
        return [line for error in _leaves(ours) for line in _lines(error)]
    return _lines(fault) if isinstance(fault, NengshuError) else None


def _lines(error: BaseException) -> list[str]:
    return list(error.faults) if isinstance(error, ConfigurationError) else [str(error)]


def _leaves(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for inner in error.exceptions:
            yield from _leaves(inner)
    else:
        yield error
