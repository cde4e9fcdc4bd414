"""What a resolver is handed, and the one way it asks a source without holding up everybody else."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import ParamSpec, TypeAlias, TypeVar

import strawberry

from graph.ports import GraphContext

P = ParamSpec("P")
T = TypeVar("T")

Info: TypeAlias = strawberry.Info[GraphContext, None]


async def ask(info: Info, call: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What a blocking call of a source returns, run where the context says blocking calls run."""
    return await info.context.run_blocking(partial(call, *args, **kwargs))
