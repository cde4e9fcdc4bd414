"""A platform and a database that tell no digests are read again by chance, and what was lost of those days comes back."""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest

from graph.errors import ConfigurationError, SourceError
from graph.model.period import Period
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery
from hub.cadence import run_links
from hub.reconciling import Wish, reconcile
from hub.settings import Settings
from hub.simulate._rest_rows import PASSWORD
from hub.simulate.nation import FILES
from hub.simulate.rest import Mischief
from hub.wiring import Hub, open_hub
from national_sync.windows import Sampling
from provincial_adapters import open_client
from provincial_adapters.rest_json import RestPuller
from tests.hub.invented_hub import asking, token_of
from tests.hub.rereading_stage import change, held, last, lose, open_days, reconciled
from tests.hub.simulate.platforms import Platform, declared, platform_of
from tests.hub.simulate.test_rest import filled
from tests.hub.test_cadence import NATION_OF_FILES, GoingClock, hub_of_files
from tests.hub.test_sql_links import MAPPING, QUIRKS, add_link
from tests.provincial_adapters.databases import READER, SECRET, Server, postgresql
from tests.provincial_adapters.rest_stage import SIMPLE_MAPPING, link, means, rows, saying_it
from tests.provincial_adapters.wire import over_a_wire

pytestmark = pytest.mark.anyio
NOVEMBER = Period.of_days(dt.date(2026, 11, 11), dt.date(2026, 11, 23))


def day(number: int) -> dt.date:
    return dt.date(2026, 11, number)


@pytest.fixture(scope="module")
def platform() -> Iterator[Platform]:
    with platform_of() as found:
        yield found


@pytest.fixture
async def hub(platform: Platform, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Hub]:
    """A hub that has the last thirteen days of a platform, which tells no versions."""
    monkeypatch.setenv("NENGSHU_SECRET_PLATFORM_97", PASSWORD)
    platform.turn(Mischief.NONE)
    row = {**declared(), "address": platform.address}
    row["quirks"]["since"] = "2026-11-11"
    with open_hub(Settings(data_dir=tmp_path), GoingClock()) as found:
        filled(found, platform.plant)
        found.registry.upsert("link", [row], "test")
        (run,) = await run_links(found, found.registry.links())
        assert run.error is None
        yield found
    platform.turn(Mischief.NONE)


def rest(hub: Hub) -> Link:
    (link,) = hub.registry.links()
    return link


async def test_a_platform_in_step_differs_in_nothing_and_its_share_is_told(hub: Hub) -> None:
    before, batches, cursor = held(hub, NOVEMBER), hub.store.last_batch(), rest(hub).cursor
    days = hub.registry.link_days.days(rest(hub))
    done = await reconciled(hub, rest(hub), NOVEMBER, 0.25)
    assert (done.agrees, done.found.agrees, done.sample.days, done.sample.read) == (True, True, 12, 3)
    assert sorted(done.read or ()) == list(Sampling(0.25, 7).days(day(11), day(22)))
    kept = last(hub)
    assert (kept["method"], kept["share"], kept["seed"]) == ("window", Decimal("0.25"), 7)
    assert (held(hub, NOVEMBER), hub.store.last_batch(), rest(hub).cursor) == (before, batches, cursor)
    assert hub.registry.link_days.days(rest(hub)) == days
    async with asking(hub, token_of(hub, "reader")) as client:
        question = "{ reconciliations { nodes { method share seed } } }"
        said = (await client.post("/graphql", json={"query": question})).json()["data"]
    assert said["reconciliations"]["nodes"] == [{"method": "window", "share": "0.25", "seed": 7}]


async def test_lost_rows_a_lost_day_and_changed_values_come_back_where_the_window_meets_them(
    hub: Hub,
) -> None:
    before = held(hub, NOVEMBER)
    lose(hub, day(12), hours=10)
    lose(hub, day(14))
    change(hub, day(16))
    done = await reconciled(hub, rest(hub), NOVEMBER)
    assert done.agrees
    assert sorted({found.day for found in done.found.days["day"].to_pylist()}) == [12, 14, 16]
    assert done.rows(lambda mend: mend.missing) > 0
    assert done.rows(lambda mend: mend.changed) == 2 * 2 * 24
    assert held(hub, NOVEMBER) == before
    assert (await reconciled(hub, rest(hub), NOVEMBER)).found.agrees


async def test_without_mending_it_is_told_and_nothing_is_booked(hub: Hub) -> None:
    lose(hub, day(14))
    batches = hub.store.last_batch()
    done = await reconciled(hub, rest(hub), NOVEMBER, mend=False)
    assert (done.agrees, done.receipts, hub.store.last_batch()) == (False, (), batches)


async def test_the_same_seed_reads_the_same_days_and_another_one_others(hub: Hub) -> None:
    one, same, other = [
        sorted((await reconciled(hub, rest(hub), NOVEMBER, 0.25, seed, mend=False)).read or ())
        for seed in (7, 7, 8)
    ]
    assert one == same != other


async def test_a_difference_outside_the_window_stays_open(hub: Hub) -> None:
    inside, *_ = Sampling(0.05, 7).days(day(11), day(22))
    outside = next(each for each in range(11, 23) if day(each) != inside)
    for each in (inside, day(outside)):
        lose(hub, each)
    await reconciled(hub, rest(hub), NOVEMBER, mend=False)
    assert open_days(hub) == sorted([inside.day, outside])
    done = await reconciled(hub, rest(hub), NOVEMBER, 0.05)
    assert (done.agrees, done.sample.read) == (True, 1)
    assert open_days(hub) == [outside]
    assert (await reconciled(hub, rest(hub), NOVEMBER)).agrees
    assert open_days(hub) == []


async def test_what_was_corrected_here_another_way_is_told_and_stays(hub: Hub) -> None:
    with hub.store._database.writing() as cursor:
        cursor.execute("UPDATE batch SET source = 'somebody' WHERE id = (SELECT max(id) FROM batch)")
        cursor.execute("UPDATE reading SET value = value + 1 WHERE batch_id = (SELECT max(id) FROM batch)")
    done = await reconciled(hub, rest(hub), NOVEMBER)
    assert not done.agrees
    assert done.rows(lambda mend: mend.newer_here) > 0
    assert done.rows(lambda mend: mend.changed) == 0


async def test_a_platform_that_is_broken_settles_nothing_and_is_kept_with_its_fault(
    hub: Hub, platform: Platform
) -> None:
    lose(hub, day(14))
    await reconciled(hub, rest(hub), NOVEMBER, mend=False)
    platform.turn(Mischief.HTML)
    with pytest.raises(SourceError):
        await reconciled(hub, rest(hub), NOVEMBER)
    assert str(last(hub)["fault"]).startswith("SOURCE_MALFORMED")
    assert open_days(hub) == [14]


async def test_days_that_are_not_published_are_not_of_the_share(hub: Hub, platform: Platform) -> None:
    platform.turn(Mischief.NOT_YET)
    with pytest.raises(SourceError, match="none of 12 days is published"):
        await reconciled(hub, rest(hub), NOVEMBER)


async def test_links_whose_other_end_cannot_be_asked_say_so(hub: Hub) -> None:
    for dialect, why in (("nhjc04", "the other side calls"), ("nhjc04_push", "only hands over")):
        link = replace(rest(hub), dialect=dialect, quirks={})
        with pytest.raises(ConfigurationError, match=why):
            await reconciled(hub, link, NOVEMBER)


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    with postgresql() as found:
        yield found


LABELS = {
    "date": ("day date", "'{day}'", "%Y-%m-%d"),
    "moment": ("day timestamptz", "'{day} 00:00:00+08'", "%Y-%m-%d"),
    "text": ("day text", "'{text}'", "%d/%m/%Y"),
}


@pytest.mark.parametrize("label", LABELS)
async def test_a_view_is_read_again_by_its_labels_days_and_what_was_lost_comes_back(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, label: str
) -> None:
    unit = NATION_OF_FILES.units(FILES)[0]
    monkeypatch.setenv("NENGSHU_SECRET_DB", f"{READER}:{SECRET}")
    column, written, spelt = LABELS[label]
    server.do("DROP VIEW IF EXISTS daily", "DROP TABLE IF EXISTS rows")
    server.do(f"CREATE TABLE rows (id bigint, unit text, {column}, code text, value numeric(18,4))")
    server.do("CREATE VIEW daily AS SELECT * FROM rows", server.grant("daily"))
    for number in range(1, 23):
        said = written.format(day=day(number), text=f"{number}/11/2026")
        server.do(
            f"INSERT INTO rows VALUES ({number}, '{unit.code}', {said}, '{unit.data_codes[0]}', {number})"  # noqa: S608
        )
    with hub_of_files(tmp_path) as hub:
        quirks = {**QUIRKS, "mapping": {**MAPPING, "date_format": spelt}}
        add_link(hub, address=server.address, quirks=quirks)
        (run,) = await run_links(hub, hub.registry.links())
        assert (run.error, run.accepted) == (None, 22)
        october = Period.of_days(day(1), day(22))
        (link,), before = hub.registry.links(), held(hub, october)
        lose(hub, day(3))
        lose(hub, day(20))
        change(hub, day(9))
        done = await reconciled(hub, link, october)
        assert (done.agrees, done.rows_read, done.found.days.num_rows) == (True, 22, 3)
        assert held(hub, october) == before
        (same,) = hub.registry.links()
        assert same.cursor == link.cursor
        server.do("DELETE FROM rows WHERE id = 11")
        gone = await reconciled(hub, link, october)
        assert (gone.agrees, gone.rows(lambda mend: mend.gone_there), open_days(hub)) == (False, 1, [11])
        monkeypatch.setenv("NENGSHU_SECRET_DB", f"{READER}:wrong")
        with pytest.raises(SourceError):
            await reconciled(hub, link, october)
        assert (str(last(hub)["fault"])[:14], open_days(hub)) == ("SOURCE_REFUSED", [11])
        monkeypatch.setenv("NENGSHU_SECRET_DB", f"{READER}:{SECRET}")
        assert day(11) not in Sampling(0.1, 7).days(day(1), day(22))
        done = await reconciled(hub, link, october, 0.1)
        assert (done.found.agrees, done.sample.read, done.rows_read, open_days(hub)) == (True, 3, 3, [11])


async def test_a_platform_that_knows_no_days_says_all_once_more_and_the_days_it_names_are_compared(
    tmp_path: Path,
) -> None:
    unit = NATION_OF_FILES.units(FILES)[0]
    mapping = {**SIMPLE_MAPPING, "unit": str(unit.code)}
    mapping["values"] = [{"column": "v", "data_code": unit.data_codes[0]}]
    asked = link({"path": "api/all", "rows": "$.rows[*]"}, mapping, region=RegionCode(FILES))
    november = Period.of_days(day(1), day(20))
    with hub_of_files(tmp_path) as hub:
        async with open_client(over_a_wire(saying_it({"rows": rows(*range(1, 11))}))) as client:
            async for delivery in RestPuller(means(client)).pull(asked):
                assert isinstance(delivery, Delivery)
                assert hub.intake.take(delivery).accepted == 10
            before = held(hub, november)
            lose(hub, day(3))
            change(hub, day(5))
            done = await reconcile(hub, asked, november, means(client), Wish(november))
    assert (done.agrees, done.sample.days, done.sample.read, done.sample.seed) == (True, 20, 10, None)
    assert (done.rows(lambda mend: mend.missing), done.rows(lambda mend: mend.changed)) == (1, 1)
    assert len(before) == 10
