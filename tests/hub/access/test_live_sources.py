"""Another hub is asked with the hub's own secret: so only for who may see here all that it may show."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, field

import pytest

from graph.errors import Forbidden
from graph.model.credit_code import CreditCode
from graph.model.live import LiveAnswer, LiveQuestion, LiveState
from graph.model.principal import NATION, OrganisationKind, Part, Principal, Reach, Role
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from hub.access.sources import OwnLive, guarded_fields

JIA, CITY, YI = (Reach(RegionCode(code)) for code in ("970000", "970100", "980000"))
LINK = Link("k", "hub_graphql", RegionCode("970000"), "http://127.0.0.1:9")


@dataclass
class Asked:
    """Provinces' hubs that answer anybody; what they were asked is kept."""

    questions: list[object] = field(default_factory=list)

    def links(self) -> Mapping[str, Link]:
        """One."""
        self.questions.append("links")
        return {"970000": LINK}

    async def ask(self, _link: Link, question: LiveQuestion) -> LiveAnswer:
        """An answer."""
        self.questions.append(question)
        return LiveAnswer(LiveState.ANSWERED, 0.0)


def seen(
    whole: Asked, reach: Reach = NATION, kind: OrganisationKind = OrganisationKind.NATIONAL_AGENCY
) -> OwnLive:
    """The same, for one asker."""
    return OwnLive(whole, Principal("某", "of", reach, frozenset({Role.READ}), kind, frozenset(Part)))


@pytest.mark.parametrize("kind", OrganisationKind)
def test_another_hub_is_asked_for_kinds_that_may_see_all_of_a_province(kind: OrganisationKind) -> None:
    whole = Asked()
    live = seen(whole, kind=kind)
    may = kind not in (OrganisationKind.UNIT, OrganisationKind.CONSTRUCTION_BODY)
    for ask in (live.links, lambda: asyncio.run(live.ask(LINK, LiveQuestion("{ a }")))):
        if may:
            ask()
        else:
            with pytest.raises(Forbidden):
                ask()
    assert len(whole.questions) == (2 if may else 0)


@pytest.mark.parametrize(
    ("reach", "may"),
    [
        (NATION, True),
        (JIA, True),
        (CITY, False),
        (YI, False),
        (Reach(JIA.region, CreditCode("91970100MA00000005")), False),
    ],
)
def test_a_provinces_hub_is_asked_for_who_reaches_all_of_it(reach: Reach, may: bool) -> None:
    whole = Asked()
    live = seen(whole, reach, OrganisationKind.AUDITOR)
    if may:
        asyncio.run(live.ask(LINK, LiveQuestion("{ a }")))
    else:
        with pytest.raises(Forbidden, match="who may see all of it"):
            asyncio.run(live.ask(LINK, LiveQuestion("{ a }")))
    assert bool(whole.questions) is may


@pytest.mark.parametrize("name", sorted(guarded_fields()))
def test_another_hub_is_not_asked_for_what_is_not_shown_here(name: str) -> None:
    whole = Asked()
    with pytest.raises(Forbidden):
        asyncio.run(seen(whole).ask(LINK, LiveQuestion("{ a }", fields=frozenset({"units", name}))))
    assert whole.questions == []


def test_what_is_guarded_follows_from_the_nouns() -> None:
    assert {"phone", "organisations", "organisation", "clients", "accounts"} <= set(guarded_fields())
    assert "units" not in guarded_fields()
