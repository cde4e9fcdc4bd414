"""Pages of a list in Relay's shape, on types of our own: a page stays columns, its total is counted only when asked."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Generic, TypeVar

import pyarrow as pa
import strawberry

from graph.execution.batched import WHOLE, Level
from graph.execution.context import Info
from graph.execution.levels import Parted, Picked, Rows
from graph.execution.list_coverage import COVERAGE_COST, ListCoverage, Listed, list_coverage
from graph.execution.prices import COST, ROWS
from graph.execution.provinces import PROVINCES_USUAL
from graph.ports import Page

TOTAL_COST = 200  # told to the guard: a statement more, which counts the whole list
T = TypeVar("T")


@strawberry.federation.type(shareable=True, description="Where a page stands in its list.")
class PageInfo:
    """Whether there is more on either side, and the cursors of the page's ends."""

    has_next_page: bool = strawberry.field(description="Whether rows follow this page.")
    has_previous_page: bool = strawberry.field(description="Whether rows precede this page.")
    start_cursor: str | None = strawberry.field(
        description="Cursor of the first row, to be given as `before`; null on an empty page."
    )
    end_cursor: str | None = strawberry.field(
        description="Cursor of the last row, to be given as `after`; null on an empty page."
    )


@strawberry.type(description="One row of a page with its cursor.")
class Edge(Generic[T]):
    """A row and where it stands."""

    cursor: str = strawberry.field(
        description="Opaque place of this row, to be given as `after` or `before`."
    )
    node: T = strawberry.field(description="The row.")


def _nodes(root: Any) -> Any:
    """Of one connection, or of each of a whole level."""
    return _of_each(root, lambda page: page.found)


def _edges(root: Any) -> Any:
    """Of one connection, or of each of a whole level."""
    return _of_each(root, _with_cursors)


def _of_each(root: Any, of_one: Callable[[Any], Rows[Any]]) -> Any:
    if not isinstance(root, Level):
        return of_one(root)
    parts = [of_one(page) for page in root.rows]
    return Parted.concatenated(parts, parts[0].of)


def _with_cursors(page: Any) -> Rows[Any]:
    cursors = pa.table({"cursor": pa.array(page.cursors, pa.string())})
    return Rows(cursors, Edge, {"node": Picked.each(page.found)})


@strawberry.type(description="One page of a list.")
class Connection(Generic[T]):
    """A page that keeps its columns."""

    found: strawberry.Private[Rows[T]]
    cursors: strawberry.Private[Sequence[str]]
    listed: strawberry.Private[Listed]
    page_info: PageInfo = strawberry.field(description="Where this page stands.")
    total_count: int | None = strawberry.field(
        description="Rows of the whole list within the asker's reach, filters applied.",
        metadata={COST: TOTAL_COST},
    )
    nodes: Sequence[T] = strawberry.field(
        resolver=_nodes, description="The rows of this page.", metadata={WHOLE: True}
    )
    edges: Sequence[Edge[T]] = strawberry.field(
        resolver=_edges, description="The rows of this page, each with its cursor.", metadata={WHOLE: True}
    )

    @strawberry.field(
        description="What the whole list rests on, province by province (覆盖情况).",
        metadata={COST: COVERAGE_COST, ROWS: PROVINCES_USUAL},
    )
    async def coverage(self, info: Info) -> list[ListCoverage]:
        return await list_coverage(info, self.listed)


def connection(page: Page, of: type[T], listed: Listed) -> Connection[T]:
    """A page of a row source as a connection of `of`; `listed` is the list it is a page of."""
    cursors = page.cursors  # made where they are read: a page of nodes needs two of them
    return Connection(
        found=Rows(page.table, of),
        listed=listed,
        cursors=cursors,
        total_count=page.total,
        page_info=PageInfo(
            has_next_page=page.has_next,
            has_previous_page=page.has_previous,
            start_cursor=cursors[0] if cursors else None,
            end_cursor=cursors[-1] if cursors else None,
        ),
    )
