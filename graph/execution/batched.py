"""Batched fields: one call for all parents of a level instead of one for each.

Who has the rows of a whole list in hand gives all of them for the parent, and is answered for all of them. A loader that
lives as long as the request gathers parents and lists: those of one level are one question, however they were completed.
"""

from __future__ import annotations

import inspect
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise
from typing import Any, TypeAlias

import strawberry
from strawberry.dataloader import DataLoader

from graph.execution.context import Info
from graph.execution.levels import part_of, together
from graph.execution.resolvers import with_signature
from graph.execution.selection import selects

# Keys of a strawberry field's metadata.
BATCH = "batch"  # the function of a batched field
WHOLE = "whole"  # its resolver takes a Level for the parent

# (parents, info, **arguments) -> one value a parent, in the parents' order; arguments as strawberry converts them
Batch: TypeAlias = Callable[..., Awaitable[Sequence[Any]]]


@dataclass(frozen=True)
class Level:
    """All rows of a list, in place of one of them."""

    rows: Sequence[Any]


def batched(
    batch: Batch, description: str, name: str | None = None, metadata: Mapping[str, Any] | None = None
) -> Any:
    """A field whose values `batch` finds for many parents at once.

    Its arguments are those of `batch` after `parents` and `info`; its type is the attribute's annotation.
    `metadata` is what graph.execution.guard reads beside BATCH.
    """

    signature = _signature(batch)
    is_paged = "after" in signature.parameters

    async def resolve(root: Any, info: Info, **arguments: Any) -> Any:
        with_total = is_paged and selects(info, "totalCount")
        return await _loader(batch, info, arguments, with_total=with_total).load((root, info))

    with_signature(resolve, signature)
    resolve.__module__ = batch.__module__  # where strawberry looks the annotations' names up
    known = {**(metadata or {}), BATCH: batch, WHOLE: True}
    return strawberry.field(resolver=resolve, description=description, name=name, metadata=known)


def _signature(batch: Batch) -> inspect.Signature:
    """`root`, `info`, and the arguments of the batch function by name."""
    _, _, *arguments = inspect.signature(batch).parameters.values()
    reserved = [
        inspect.Parameter("root", inspect.Parameter.POSITIONAL_OR_KEYWORD),
        inspect.Parameter("info", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=Info),
    ]
    return inspect.Signature([*reserved, *arguments])


def _loader(batch: Batch, info: Info, arguments: dict[str, Any], *, with_total: bool) -> DataLoader[Any, Any]:
    """The request's loader of this function with these arguments; parents are not hashable and not cached.

    The function is told of the first who asks in one go: it may look at what is selected there, which is whether totals
    are, and where that is.
    """
    key = (batch, repr(sorted(arguments.items())), with_total)
    loaders = info.context.loaders
    if key not in loaders:

        async def load(asking: list[tuple[Any, Info]]) -> Sequence[Any]:
            parents, (first, *_) = zip(*asking, strict=True)
            lists = [each.rows if isinstance(each, Level) else [each] for each in parents]
            found = await batch(together(lists), first, **arguments)
            ends = accumulate(map(len, lists), initial=0)
            parts = [part_of(found, start, stop) for start, stop in pairwise(ends)]
            return [
                part if isinstance(each, Level) else part[0]
                for each, part in zip(parents, parts, strict=True)
            ]

        loaders[key] = DataLoader(load, cache=False)
    found: DataLoader[Any, Any] = loaders[key]
    return found
