"""A unit that hands in readings is told digests of itself, and nobody is told any for handing in for others."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import pyarrow as pa
import pytest

from graph.errors import Forbidden
from graph.model.credit_code import CreditCode
from graph.model.period import Month
from graph.model.principal import NATION, OrganisationKind, Principal, Reach, Role
from graph.model.region import RegionCode
from graph.ports import DigestAsk
from hub.access.told import digests_for, held_for

PROVINCE, OTHER = Reach(RegionCode("970000")), Reach(unit=CreditCode("91970100MA00000018"))
ONE = Reach(unit=CreditCode("91970100MA00000005"))
PERIOD = Month(2026, 10).period


@dataclass
class Recording:
    """A store that keeps what it is asked."""

    asked: list[DigestAsk] = field(default_factory=list)

    def digests(self, ask: DigestAsk) -> pa.Table:
        self.asked.append(ask)
        return pa.table({})

    def held(self, ask: DigestAsk, **_: bool) -> Any:
        self.asked.append(ask)

    def changes(self, *_: Any) -> Any:
        raise NotImplementedError

    backlog = changes


def sender(reach: Reach, kind: OrganisationKind) -> Principal:
    """Who hands in, and has no other role."""
    return Principal("probe", "of", reach, frozenset({Role.UPLOAD}), kind)


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
