"""Root fields that list a noun's rows (列表查询): filter, order and page are said alike of every noun."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from enum import Enum
from typing import Annotated, Any, Protocol

import strawberry

from graph.execution.arguments import (
    After,
    Before,
    Descending,
    Filter,
    First,
    Last,
    OrderBy,
    paging,
)
from graph.execution.context import Info
from graph.execution.nouns import Noun
from graph.execution.resolvers import named, with_signature
from graph.ports import Condition


class Narrowing(Protocol):
    """An input type that says which rows."""

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        ...


def listing(
    noun: Noun[Any],
    where: type[Narrowing],
    order: Enum,
    description: str,
    *,
    descending: bool = False,
    always: Sequence[Condition] = (),
) -> Any:
    """The root field of a noun's list, whose type is the attribute's annotation.

    `order` is the member the list goes by unless the asker names another of its enumeration; `always` holds besides
    what the filter says.
    """

    async def resolve(info: Info, where: Narrowing | None, order_by: Enum, **page: Any) -> Any:
        asked = where.conditions() if where else ()
        return await noun.connection(info, (*always, *asked), paging(order_by=order_by, **page))

    arguments = (
        named("info", Info),
        named("where", Annotated[where | None, Filter], None),
        named("order_by", Annotated[type(order), OrderBy], order),
        named("descending", Descending, descending),
        *(named(name, kind, None) for name, kind in _PAGE.items()),
    )
    return strawberry.field(
        resolver=with_signature(resolve, inspect.Signature(arguments)), description=description
    )


_PAGE = {"first": First, "after": After, "last": Last, "before": Before}
