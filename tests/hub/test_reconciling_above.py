"""A province that pushes finds what the nation lost, hands it over again, and gets back what it lost itself."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from graph.errors import SourceRefused
from graph.model.period import Period
from graph.model.principal import Role
from graph.ports import DigestAsk, DigestLevel
from hub.app import build_app
from hub.reconciling import Reconciled, Wish, reconcile
from hub.wiring import Hub
from provincial_adapters import Means
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import WHO
from tests.hub.pushing_stage import ABOVE, Stage, staged

pytestmark = pytest.mark.anyio
OCTOBER = Period.of_days(dt.date(2026, 10, 1), dt.date(2026, 10, 31))
DAYS = range(1, 11)


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Both hubs, the nation's empty."""
    with staged(tmp_path, (Role.UPLOAD, Role.SYNC)) as made:
        yield made


async def in_step(stage: Stage) -> None:
    """The province hands over some days."""
    for day in DAYS:
        await stage.told(day, f"{day}.5")
    await stage.push()
    assert agree(stage)


async def reconciled(stage: Stage, *, mend: bool = True) -> Reconciled:
    """The province compares itself with the nation."""
    async with httpx.AsyncClient(transport=httpx.ASGITransport(build_app(stage.nation))) as client:
        means = Means(client, FixedTokens(stage.token).token)
        return await reconcile(stage.province, stage.link(), OCTOBER, means, Wish(mend=mend))


def agree(stage: Stage) -> bool:
    """Whether both hold the same, by their digests."""
    ask = DigestAsk(OCTOBER, DigestLevel.DAY)
    return bool(stage.nation.store.digests(ask).equals(stage.province.store.digests(ask)))


def lose(hub: Hub, *days: int) -> None:
    """A store loses days it had acknowledged."""
    with hub.store._database.writing() as cursor:
        for day in days:
            cursor.execute("DELETE FROM reading WHERE day = ?", [dt.date(2026, 10, day)])
            cursor.execute("DELETE FROM card WHERE day = ?", [dt.date(2026, 10, day)])


async def test_two_ends_in_step_agree_though_the_province_was_told_more_since(stage: Stage) -> None:
    await in_step(stage)
    await stage.told(20, "1")
    found = await reconciled(stage)
    assert (found.agrees, found.rows_read, found.handed_over) == (True, 0, 0)


async def test_days_the_nation_lost_are_handed_over_again(stage: Stage) -> None:
    await in_step(stage)
    lose(stage.nation, 3, 7)
    found = await reconciled(stage)
    assert (found.agrees, found.rows(lambda mend: mend.missing), found.handed_over) == (True, 10, 10)
    assert agree(stage)
    assert (await reconciled(stage)).found.agrees


async def test_a_value_the_nation_has_otherwise_is_what_the_province_says_again(stage: Stage) -> None:
    await in_step(stage)
    with stage.nation.store._database.writing() as cursor:
        cursor.execute("UPDATE reading SET value = 99 WHERE day = DATE '2026-10-05' AND unit_id = 1")
        cursor.execute(
            "UPDATE card SET total = total + 1, lane_a = lane_a // 2 WHERE day = DATE '2026-10-05' AND unit_id = 1"
        )
    found = await reconciled(stage)
    assert found.rows(lambda mend: mend.changed) == 1
    assert found.handed_over == 1


async def test_what_the_province_lost_is_told_and_comes_back_where_its_link_says_so(stage: Stage) -> None:
    await in_step(stage)
    lose(stage.province, 4)
    found = await reconciled(stage)
    assert (found.agrees, found.rows(lambda mend: mend.gone_there), found.given_back) == (False, 5, 0)
    stage.province.registry.upsert("link", [{**ABOVE, "quirks": {"gives_back": True}}], WHO)
    found = await reconciled(stage)
    assert (found.agrees, found.given_back) == (True, 5)
    assert agree(stage)


async def test_without_mending_nothing_is_written_on_either_side(stage: Stage) -> None:
    await in_step(stage)
    lose(stage.nation, 3)
    before = stage.nation.store.last_batch(), stage.province.store.last_batch()
    assert (await reconciled(stage, mend=False)).found.days.num_rows == 5
    assert (stage.nation.store.last_batch(), stage.province.store.last_batch()) == before


async def test_a_nation_that_lets_the_province_only_upload_is_told_as_refusing(tmp_path: Path) -> None:
    with staged(tmp_path) as stage:
        await in_step(stage)
        with pytest.raises(SourceRefused):
            await reconciled(stage)
