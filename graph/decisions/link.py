"""Links (链路): the ways readings come in. What credential and quirks hold is never told."""

from __future__ import annotations

from typing import Annotated

import strawberry

from graph.decisions._saving import Rows, Saved, given, if_latest, saved, saving
from graph.execution.context import Info
from graph.execution.scalars import Count
from graph.model.address import without_secrets
from graph.types.link import NOUN, Link


@strawberry.input(description="A link as it is to stand; what is not given keeps what stands.")
class LinkInput:
    """Cells of the noun link."""

    key: str = strawberry.field(description="Its key in this hub: which link.")
    dialect: str | None = given("Dialect it speaks (协议), the name of an adapter; needed for a new one.")
    province: str | None = given("Province it brings readings of, six digits; needed for a new one.")
    address: str | None = given(
        "Address or folder it reads, without user and password; needed for a new one."
    )
    credential: str | None = given(
        "Name of a secret in the hub's settings (凭证名称), never the secret; null for none."
    )
    quirks: str | None = given("The dialect's peculiarities (链路特性) as the text of a JSON object.")
    enabled: bool | None = given("Whether it is run; true for a new one that does not say.")
    every_seconds: int | None = given("Seconds between its runs (同步周期); null: as the hub's settings say.")
    slot: str | None = given(
        "Time slot of the Beijing day in which its runs begin (时段), such as 01:00-05:30; null: any time."
    )
    deadline_seconds: int | None = given("Seconds a run of it may take; null: as the hub's settings say.")
    paused_why: str | None = given(
        "Why it is not run for a while (暂停原因), at most 500 characters; null: it runs again. A run under way goes on."
    )
    if_latest: Count | None = if_latest()


@strawberry.type(description="Mutations of links.")
class LinkMutation:
    """Decides links."""

    @saving(
        "links",
        "Save links (链路), by key. Where a link sends which secret is decided by an authority over plans that reaches all "
        "that the hub serves; a province and a construction body may switch their own off and on, and pause them.",
    )
    async def save_links(self, info: Info, links: Annotated[list[LinkInput], Rows]) -> list[Saved[Link]]:
        return await saved(info, NOUN, "links", links, {"address": without_secrets})


MUTATION = LinkMutation
