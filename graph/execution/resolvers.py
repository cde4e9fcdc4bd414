"""Resolvers that are made, not written: strawberry reads a field's arguments from the signature they are given."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any


def with_signature(resolve: Callable[..., Any], signature: inspect.Signature) -> Callable[..., Any]:
    """The resolver, to be read as if it had been written with this signature."""
    vars(resolve)["__signature__"] = signature
    return resolve


def named(name: str, annotation: Any, default: Any = inspect.Parameter.empty) -> inspect.Parameter:
    """A parameter that is given by its name."""
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, annotation=annotation, default=default)
