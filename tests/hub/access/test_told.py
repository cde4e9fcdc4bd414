"""What is new is told to who may take all of it, and a unit that hands in is told digests of itself alone."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import Forbidden
from graph.model.credit_code import CreditCode
from graph.model.period import Month
from graph.model.principal import NATION, OrganisationKind, Principal, Reach, Role
from graph.model.region import RegionCode
from graph.ports import DigestAsk
from hub.access.told import backlog_for, changes_for, digests_for, held_for
from hub.stores.readings.changes import WHOLE, Stretch

PROVINCE, OTHER = Reach(RegionCode("970000")), Reach(unit=CreditCode("91970100MA00000018"))
ONE = Reach(unit=CreditCode("91970100MA00000005"))
PERIOD = Month(2026, 10).period


@dataclass
class Recording:
    """A store that keeps what it is asked."""

    asked: list[Any] = field(default_factory=list)

    def digests(self, ask: DigestAsk) -> pa.Table:
        self.asked.append(ask)
        return pa.table({})

    def held(self, ask: DigestAsk, **_: bool) -> Any:
        self.asked.append(ask)

    def changes(self, reach: Reach, after: int, limit: int, stretch: Stretch) -> Any:
        assert (after, limit, stretch) == (0, 1, WHOLE)
        self.asked.append(reach)

    def backlog(self, reach: Reach, after: int) -> Any:
        assert after == 0
        self.asked.append(reach)


def sender(reach: Reach, kind: OrganisationKind) -> Principal:
    """Who hands in, and has no other role."""
    return Principal("probe", "of", reach, frozenset({Role.UPLOAD}), kind)


@given(st.frozensets(st.sampled_from(Role)))
def test_what_is_new_is_told_to_who_may_take_all_of_it(roles: frozenset[Role]) -> None:
    whole = Recording()
    asker = Principal("hub", "of", PROVINCE, roles, OrganisationKind.NATIONAL_AGENCY)
    questions: list[Callable[[], object]] = [
        lambda: changes_for(asker, whole, 0, 1),
        lambda: backlog_for(asker, whole, 0),
        lambda: digests_for(asker, whole, DigestAsk(PERIOD)),
        lambda: held_for(asker, whole, DigestAsk(PERIOD)),
    ]
    for question in questions:
        with nullcontext() if Role.SYNC in roles else pytest.raises(Forbidden):
            question()
    own = DigestAsk(PERIOD, reach=PROVINCE)
    assert whole.asked == ([PROVINCE, PROVINCE, own, own] if Role.SYNC in roles else [])


@pytest.mark.parametrize("asked", [NATION, PROVINCE, OTHER])
def test_a_unit_that_hands_in_is_told_digests_of_itself_alone(asked: Reach) -> None:
    whole, asker = Recording(), sender(ONE, OrganisationKind.UNIT)
    digests_for(asker, whole, DigestAsk(PERIOD, reach=asked))
    assert [ask.reach.unit for ask in whole.asked] == [ONE.unit]
    with pytest.raises(Forbidden):
        held_for(asker, whole, DigestAsk(PERIOD))


@pytest.mark.parametrize("kind", sorted(frozenset(OrganisationKind) - {OrganisationKind.UNIT}))
def test_who_hands_in_for_others_is_told_no_digests_for_it(kind: OrganisationKind) -> None:
    for reach in (PROVINCE, ONE):
        with pytest.raises(Forbidden):
            digests_for(sender(reach, kind), Recording(), DigestAsk(PERIOD))


def test_a_unit_without_an_own_reach_is_told_nothing() -> None:
    with pytest.raises(Forbidden):
        digests_for(sender(NATION, OrganisationKind.UNIT), Recording(), DigestAsk(PERIOD))
