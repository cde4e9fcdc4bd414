"""Two hubs that were made to differ are found out by one reconciliation, and hold the same after it."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from graph.errors import ConfigurationError, InvalidInput, SourceUnreachable
from graph.ports import Ask
from hub.reconciling import Reconciled, Wish, reconcile, reconcile_and_keep, units_that_differ
from provincial_adapters import Means, open_client
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import WHO, asking, token_of
from tests.hub.reconciling_stage import DAYS, LINK, OCTOBER, Ends, ends_in

pytestmark = pytest.mark.anyio


@pytest.fixture
async def ends(tmp_path: Path) -> AsyncIterator[Ends]:
    """Both ends, in step."""
    async with ends_in(tmp_path) as both:
        yield both


async def test_two_ends_in_step_agree_and_move_no_reading(ends: Ends) -> None:
    found = await ends.reconcile()
    assert found.agrees
    assert (found.rows_read, found.receipts, found.found.buckets) == (0, (), 1)


async def test_what_came_to_the_province_since_is_no_difference(ends: Ends) -> None:
    await ends.tell(ends.province, DAYS + 1)
    assert (await ends.reconcile()).agrees


async def test_readings_that_were_lost_here_are_fetched_again_and_no_others(ends: Ends) -> None:
    await ends.tell(ends.province, 21, 22, 23)
    last = ends.province.store.last_batch()
    found = await ends.reconcile(cursor=str(last))
    assert (found.agrees, found.rows_read) == (True, 3)
    assert found.rows(lambda mend: mend.missing) == 3
    assert ends.agree()


async def test_a_day_deleted_from_the_store_is_found_and_comes_back(ends: Ends) -> None:
    with ends.nation.store._database.writing() as cursor:
        cursor.execute("DELETE FROM reading WHERE day = DATE '2026-10-07'")
        cursor.execute("DELETE FROM card WHERE day = DATE '2026-10-07'")
    found = await ends.reconcile()
    assert (found.agrees, found.rows_read, units_that_differ(found.found)) == (True, 1, 1)
    assert found.found.days["day"].to_pylist() == [dt.date(2026, 10, 7)]
    assert ends.agree()


async def test_a_value_changed_here_is_what_its_source_says_again(ends: Ends) -> None:
    await ends.tell(ends.nation, 7, value="99.5")
    assert not ends.agree()
    found = await ends.reconcile()
    assert (found.agrees, found.rows(lambda mend: mend.changed)) == (True, 1)
    assert ends.agree()


async def test_a_value_corrected_here_since_is_told_and_stays(ends: Ends) -> None:
    await ends.tell(ends.nation, 7, value="99.5", version="2026-11-02T00:00:00Z")
    found = await ends.reconcile()
    assert (found.agrees, found.receipts) == (False, ())
    assert found.rows(lambda mend: mend.newer_here) == 1


async def test_what_the_source_lost_is_told_and_stays(ends: Ends) -> None:
    await ends.tell(ends.nation, 25)
    found = await ends.reconcile()
    assert (found.agrees, found.rows(lambda mend: mend.gone_there)) == (False, 1)
    assert found.left is not None


async def test_what_the_source_lost_is_given_back_to_it_where_the_link_says_so(ends: Ends) -> None:
    await ends.tell(ends.nation, 25, 26)
    ends.nation.registry.upsert("link", [{**LINK, "quirks": {"gives_back": True}}], WHO)
    found = await ends.reconcile()
    assert (found.agrees, found.given_back) == (True, 2)
    assert ends.agree()
    await ends.pull()
    assert (await ends.reconcile()).found.agrees


async def test_what_the_source_took_back_is_taken_back_here(ends: Ends) -> None:
    for hub in (ends.province, ends.nation):
        await ends.tell(hub, 25, value="25.5")
    await ends.pull()
    (row,) = ends.readings(ends.province, 25)
    ends.take_back(ends.province, row)
    await ends.pull()
    found = await ends.reconcile()
    assert (found.agrees, found.rows(lambda mend: mend.withdrawn)) == (True, 1)
    assert ends.agree()


async def test_what_was_lost_twice_comes_back_twice(ends: Ends) -> None:
    for _ in range(2):
        with ends.nation.store._database.writing() as cursor:
            cursor.execute("DELETE FROM reading WHERE day = DATE '2026-10-05'")
            cursor.execute("DELETE FROM card WHERE day = DATE '2026-10-05'")
        assert (await ends.reconcile()).rows(lambda mend: mend.missing) == 1
        assert ends.agree()


async def test_a_clock_skewed_by_a_day_is_found_and_its_true_days_come_back(ends: Ends) -> None:
    with ends.nation.store._database.writing() as cursor:
        cursor.execute("DELETE FROM reading WHERE day >= DATE '2026-10-05'")
        cursor.execute("DELETE FROM card WHERE day >= DATE '2026-10-05'")
    for day in range(5, DAYS + 1):
        await ends.tell(ends.nation, day + 1, value=f"{day}.5")
    found = await ends.reconcile()
    assert found.rows(lambda mend: mend.changed) == DAYS - 5
    assert (found.rows(lambda mend: mend.missing), found.rows(lambda mend: mend.moved)) == (1, 1)
    assert found.agrees
    assert ends.agree()


async def test_what_it_came_to_is_kept_and_unresolved_days_are_shown(ends: Ends) -> None:
    await ends.tell(ends.nation, 25)
    await ends.with_means(lambda means: reconcile_and_keep(ends.nation, ends.link, OCTOBER, means))
    async with asking(ends.nation, token_of(ends.nation, "reader")) as client:
        question = """{
            links { nodes { key differing lastReconciliationDetail { goneThere } } }
            reconciliations { nodes { link asOf goneThere differing fault } }
            differences(filter: {settled: false}) { nodes { day hereReadings thereReadings hereTotal linkDetail { key } } }
        }"""
        said = (await client.post("/graphql", json={"query": question})).json()["data"]
    shown = {"key": "jia", "differing": 1, "lastReconciliationDetail": {"goneThere": 1}}
    assert shown in said["links"]["nodes"]
    assert said["reconciliations"]["nodes"] == [
        {"link": "jia", "asOf": 1, "goneThere": 1, "differing": 1, "fault": None}
    ]
    assert said["differences"]["nodes"] == [
        {
            "day": "2026-10-25",
            "hereReadings": 1,
            "thereReadings": 0,
            "hereTotal": "25.5000",
            "linkDetail": {"key": "jia"},
        }
    ]


async def test_why_it_broke_off_is_kept_too(ends: Ends) -> None:
    async def down(means: Means) -> None:
        await reconcile_and_keep(
            ends.nation, replace(ends.link, address="http://127.0.0.1:9"), OCTOBER, means
        )

    async with open_client() as client:
        with pytest.raises(SourceUnreachable):
            await down(Means(client, FixedTokens("x").token))
    (row,) = ends.nation.registry.rows(Ask("reconciliation")).table.to_pylist()
    assert row["fault"].startswith("SOURCE_UNREACHABLE")


async def test_without_mending_nothing_is_fetched_and_nothing_written(ends: Ends) -> None:
    await ends.tell(ends.nation, 7, value="99.5")
    before = ends.nation.store.last_batch()
    found = await ends.reconcile(mend=False)
    assert (found.agrees, found.rows_read, ends.nation.store.last_batch()) == (False, 0, before)


async def test_without_counting_anew_what_was_written_into_the_file_is_not_seen_and_without_mending_it_is_told(
    ends: Ends,
) -> None:
    with ends.nation.store._database.writing() as cursor:
        cursor.execute("UPDATE reading SET value = value + 1 WHERE day = DATE '2026-10-07'")
    assert (await ends.reconcile()).agrees
    before = ends.nation.store._database.writes

    async def told(means: Means) -> Reconciled:
        wish = Wish(recount=OCTOBER, mend=False)
        return await reconcile(ends.nation, ends.link, OCTOBER, means, wish)

    found = await ends.with_means(told)
    assert (found.recounted, ends.nation.store._database.writes) == (1, before)


async def test_a_link_in_the_middle_of_a_backlog_and_one_whose_other_end_calls_are_told_so(
    ends: Ends,
) -> None:
    with pytest.raises(InvalidInput, match="backlog"):
        await ends.reconcile(cursor="1|5|2026-10-01")
    other = replace(ends.link, dialect="nhjc04")
    with pytest.raises(ConfigurationError, match="the other side calls"):
        await ends.with_means(lambda means: reconcile(ends.nation, other, OCTOBER, means))
