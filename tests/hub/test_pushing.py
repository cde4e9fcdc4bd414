"""A link that pushes: what a province holds ends with the nation, whatever gets lost; what was taken is not sent again."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from graph.errors import ConfigurationError, InvalidInput
from graph.model.principal import NATION, Role
from graph.model.region import RegionCode
from graph.model.sync_run import Link, RunState
from hub.links import Way, chosen, dialects, waiting
from hub.pushers import PUSHERS, pusher_of
from hub.pushing import Progress, Pusher, Sent
from provincial_adapters import Direction, Means
from provincial_adapters.hub_push import KINDS
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import JIA, WHO, YI, units_of
from tests.hub.pushing_stage import Stage, counts_of, registry_of, staged, values_of

pytestmark = pytest.mark.anyio
ALL = [kind for kind, _, _ in KINDS]


@pytest.fixture
def stage(tmp_path: Path) -> Iterator[Stage]:
    """Both hubs, the nation's empty."""
    with staged(tmp_path) as made:
        yield made


async def test_the_nation_ends_with_what_the_province_holds(stage: Stage) -> None:
    await stage.told(1, "1.5")
    await stage.told(2, "0.0001")
    await stage.told(1, "2.5", 3, version="2026-11-03T00:00:00Z")
    run = await stage.push()
    assert (run.state, run.error) == (RunState.SUCCEEDED, None)
    assert (run.rows, run.accepted, run.duplicate, run.rejected) == (10, 10, 0, 0)
    assert stage.line.kinds == [*ALL, "readings"]
    assert registry_of(stage.nation) == registry_of(stage.province)
    assert values_of(stage.nation) == values_of(stage.province)


async def test_what_was_taken_is_not_sent_again_and_what_changed_is(stage: Stage) -> None:
    await stage.told(1, "1.5")
    await stage.push()
    stage.line.sent.clear()
    assert (await stage.push()).rows == 0
    assert stage.line.sent == []
    unit = {"credit_code": units_of(JIA)[0].code, "name": "虚构改名厂"}
    stage.province.registry.upsert("unit", [unit], WHO)
    await stage.told(1, "9", 1)
    run = await stage.push()
    assert (run.corrected, run.rows) == (1, 1)
    assert stage.line.kinds == ["unit", "readings"]
    assert registry_of(stage.nation) == registry_of(stage.province)
    assert values_of(stage.nation) == values_of(stage.province)


@pytest.mark.parametrize("lost", range(1, len(ALL) + 2))
async def test_a_reply_that_is_lost_anywhere_costs_a_resend_of_the_same_batch_and_nothing_else(
    stage: Stage, lost: int
) -> None:
    await stage.told(1, "1.5")
    stage.line.lose = lost
    run = await stage.push()
    assert (run.state, (run.error or "")[:18]) == (RunState.FAILED, "SOURCE_UNREACHABLE")
    stage.line.lose, again = None, stage.line.sent[-1]
    assert (await stage.push()).state is RunState.SUCCEEDED
    assert [sent for sent in stage.line.sent if stage.line.sent.count(sent) > 1] == [again, again]
    counts = counts_of(stage.nation)
    assert (counts["rows"], counts["accepted"]) == (5, 5)
    assert registry_of(stage.nation) == registry_of(stage.province)


async def test_what_was_changed_and_changed_back_while_a_reply_was_lost_is_not_left_as_it_was_between(
    stage: Stage,
) -> None:
    await stage.push()
    unit = {"credit_code": units_of(JIA)[0].code}
    before = registry_of(stage.nation)
    stage.province.registry.upsert("unit", [{**unit, "name": "虚构改名厂"}], WHO)
    stage.line.lose = len(stage.line.sent) + 1
    await stage.push()
    stage.line.lose = None
    assert registry_of(stage.nation) != before
    stage.province.registry.upsert("unit", [{**unit, "name": units_of(JIA)[0].name}], WHO)
    await stage.push()
    assert registry_of(stage.nation) == before == registry_of(stage.province)


async def test_what_is_refused_is_told_on_the_run_and_sent_again_until_it_is_mended(stage: Stage) -> None:
    await stage.told(1, "1.5")
    taken = units_of(JIA)[0]
    row = {"credit_code": taken.code, "name": "占用", "region": YI, "industry": "C31", "tier": "thousand"}
    stage.nation.registry.upsert("unit", [row], WHO)
    run = await stage.push()
    error = run.error or ""
    assert run.state is RunState.FAILED
    assert f"out-of-reach: unit, batch 1, row 1: is outside {JIA}" in error
    assert "unknown-unit: instrument, batch 2, row 1: unit: no unit with credit code" in error
    first, second = run.faults[:2]
    assert (first.place, first.row, first.field, first.is_end) == ("unit, batch 1", 1, None, False)
    assert (second.place, second.row, second.field) == ("instrument, batch 2", 1, "unit")
    assert (run.rows, run.accepted, run.rejected) == (5, 4, 1)
    assert "unknown-unit: readings, batch 1, row" in error
    stage.nation.registry.upsert("unit", [{**row, "region": JIA}], WHO)
    assert (await stage.push()).error is None
    assert registry_of(stage.nation) == registry_of(stage.province)


async def test_begun_anew_what_was_refused_is_judged_anew(stage: Stage) -> None:
    """Under its old key it would get its old receipt, and the readings would never come."""
    await stage.told(1, "1.5")
    row = {
        "credit_code": units_of(JIA)[0].code,
        "name": "占用",
        "region": YI,
        "industry": "C31",
        "tier": "thousand",
    }
    stage.nation.registry.upsert("unit", [row], WHO)
    assert (await stage.push()).rejected == 1
    stage.nation.registry.upsert("unit", [{**row, "region": JIA}], WHO)
    stage.province.registry.upsert("link", [{"key": "above", "cursor": ""}], WHO)
    run = await stage.push()
    assert (run.error, run.accepted, run.duplicate, run.rejected) == (None, 1, 4, 0)
    assert registry_of(stage.nation) == registry_of(stage.province)
    assert values_of(stage.nation) == values_of(stage.province)


async def test_a_kind_the_nation_does_not_take_of_this_client_costs_only_itself(tmp_path: Path) -> None:
    with staged(tmp_path, (Role.UPLOAD,), NATION) as stage:  # a construction body, which sends no roster
        await stage.told(1, "1.5")
        run = await stage.push()
        error = run.error or ""
        assert "SOURCE_REFUSED: unit: link above: status 403" in error
        assert "unit is not sent by a construction body" in error
        assert stage.line.kinds == [*ALL, "readings"]
        assert [row["province"] for row in registry_of(stage.nation)["platform"]] == [JIA]
        assert (run.rows, run.rejected) == (5, 5)


async def test_a_nation_that_is_busy_is_tried_later_and_the_cursor_stays(stage: Stage) -> None:
    await stage.told(1, "1.5")
    stage.line.busy = 1
    run = await stage.push()
    assert (run.error or "").startswith("SOURCE_UNREACHABLE: link above: status 503: busy")
    assert stage.link().cursor is None
    assert (await stage.push()).accepted == 5


async def test_a_cursor_that_is_none_is_told_and_nothing_is_sent(stage: Stage) -> None:
    stage.province.registry.upsert("link", [{"key": "above", "cursor": "12"}], WHO)
    run = await stage.push()
    assert "INVALID_INPUT: cursor: came '12', expected the cursor of a link that pushes" in (run.error or "")
    assert stage.line.sent == []
    stage.province.registry.upsert("link", [{"key": "above", "cursor": ""}], WHO)
    assert (await stage.push()).error is None


async def test_readings_go_in_pages_of_whole_batches(stage: Stage) -> None:
    for day in range(1, 8):
        await stage.told(day, "1.5")
    async with httpx.AsyncClient(transport=stage.line) as client:
        pusher = Pusher(stage.province, Means(client, FixedTokens(stage.token).token), readings_a_batch=10)
        handed = [each async for each in pusher.pull(stage.link())]
    assert [each.accepted for each in handed if each.rows] == [10, 10, 10, 5]
    assert stage.line.kinds.count("readings") == 4
    assert values_of(stage.nation) == values_of(stage.province)


async def test_a_token_the_nation_takes_no_longer_is_thrown_away_and_one_more_asked_for(stage: Stage) -> None:
    await stage.told(1, "1.5")
    tokens, said = FixedTokens("of another age"), []

    async def token(_link: Link) -> str:
        said.append(stage.token if tokens.thrown_away else tokens.said)
        return str(said[-1])

    async with httpx.AsyncClient(transport=stage.line) as client:
        means = Means(client, token, refused=tokens.refused)
        handed = [each async for each in Pusher(stage.province, means).pull(stage.link())]
    assert (tokens.thrown_away, said.count(tokens.said)) == (["above"], 1)
    assert sum(each.accepted for each in handed) == 5


def test_progress_is_read_back_as_it_was_written() -> None:
    progress = Progress(7).with_kind("unit", Sent(12, 1))
    assert Progress.parse(str(progress)) == progress
    assert Progress.parse(None) == Progress.parse("") == Progress()


@pytest.mark.parametrize("cursor", ["7", "[]", "{", '{"ledger": "7"}', '{"kinds": {"unit": ["x"]}}'])
def test_what_is_no_progress_is_refused(cursor: str) -> None:
    with pytest.raises(InvalidInput, match="cursor: came"):
        Progress.parse(cursor)


def test_links_are_chosen_by_the_way_they_go() -> None:
    dialects = {"in": "hub_graphql", "out": "hub_push", "calls": "nhjc04", "folder": "file_drop"}
    links = tuple(Link(key, dialect, RegionCode(JIA), "somewhere") for key, dialect in dialects.items())
    keys = {way: [link.key for link in chosen(links, [], way)] for way in (None, *Way)}
    assert keys == {None: ["in", "out", "folder"], Way.PULL: ["in", "folder"], Way.PUSH: ["out"]}
    assert "hub_push" not in waiting()
    with pytest.raises(InvalidInput, match="in: goes the other way than push"):
        chosen(links, ["in", "out"], Way.PUSH)


def test_whatever_dialect_pushes_the_hub_knows_how_to_hand_over_by_it() -> None:
    pushed = {name for name, dialect in dialects().items() if dialect.direction is Direction.PUSH}
    assert pushed == PUSHERS.keys()


async def test_a_link_of_another_way_hands_nothing_over(stage: Stage) -> None:
    link = Link("in", "hub_graphql", RegionCode(JIA), "")
    async with httpx.AsyncClient() as client:
        with pytest.raises(ConfigurationError, match="hands nothing over"):
            pusher_of(stage.province, link, Means(client, _no_token))


async def _no_token(_: Link) -> str:
    raise AssertionError
