"""Whose word a month and its days are: told to who sees how readings come in, and to nobody else."""

from __future__ import annotations

import pyarrow as pa
import pytest

from graph.model.principal import NATION, OrganisationKind, Principal, Reach, Role
from graph.ports import MonthlyAsk
from tests.hub.access.test_sources import CITY, JIA, ONE, READER, YI, Recording, somebody, sources


@pytest.mark.parametrize(
    ("asked", "got"), [(NATION, JIA), (CITY, CITY), (YI, JIA), (ONE, Reach(JIA.region, ONE.unit))]
)
def test_months_are_of_ones_own_reach_whatever_is_asked(asked: Reach, got: Reach) -> None:
    whole = Recording()
    seen = sources(READER, whole).figures
    seen.monthly(MonthlyAsk(reach=asked))
    seen.monthly_by_province(MonthlyAsk(reach=asked))
    assert [each.reach for each in whole.asked] == [got] * 2


SOURCES = pa.table({"source": ["link-jia"], "day_sources": ["device"], "independent": [True]})
CITY_READER = somebody(CITY, Role.READ, kind=OrganisationKind.PROVINCIAL_DEPARTMENT)
UNIT_READER = somebody(ONE, Role.READ, kind=OrganisationKind.UNIT)


@pytest.mark.parametrize(
    ("asker", "sees"),
    [(somebody(NATION, Role.READ), True), (READER, True), (CITY_READER, False), (UNIT_READER, False)],
)
def test_whose_word_a_month_is_is_told_to_who_sees_links_and_that_it_is_anothers_to_all(
    asker: Principal, sees: bool
) -> None:
    table = sources(asker, Recording(table=SOURCES)).figures.monthly(MonthlyAsk()).table
    assert table["independent"].to_pylist() == [True]
    assert table["source"].is_valid().to_pylist() == table["day_sources"].is_valid().to_pylist() == [sees]
