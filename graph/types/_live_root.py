"""The type `Live`: every root field there is, asked of another hub. Imported last, once every noun is there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeAlias

import strawberry

from graph.discover import members_of

DESCRIPTION = (
    "What a province's own hub answers now (实时查询), within what its link may see there: "
    "the same fields as Query, and no `live` within."
)

if TYPE_CHECKING:
    Live: TypeAlias = Any
else:
    Live = strawberry.type(
        type("Live", tuple(members_of("graph.types", "QUERY", type).values()), {}), description=DESCRIPTION
    )
