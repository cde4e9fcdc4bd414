"""A nation's hub pulls a province's: what the nation decided of a report stands until the province submits anew."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from graph.ports import Ask, Condition
from hub.running import runner_of
from hub.wiring import Hub
from provincial_adapters.hub_graphql import HubPuller
from tests.hub.fixed_tokens import FixedTokens
from tests.hub.invented_hub import JIA, WHO, asking, hub_of, of_province, token_of

pytestmark = pytest.mark.anyio
KEY = {"province": JIA, "quarter": "2026Q3"}
SENT, AGAIN = dt.date(2026, 10, 12), dt.date(2026, 10, 20)


@dataclass
class TwoHubs:
    """A province's hub and the nation's, which has a link to it."""

    province: Hub
    nation: Hub
    pulls: int = 0

    async def pull(self) -> dict[str, Any]:
        """One run of the link, and the report as the nation has it then."""
        self.pulls += 1
        token = token_of(self.province, f"pull-{self.pulls}", of_province(JIA))
        (link,) = (link for link in self.nation.registry.links() if link.key == "jia")
        async with asking(self.province) as client:
            run = await runner_of(self.nation).run(link, HubPuller(client, FixedTokens(token).token))
        assert run.error is None
        return self.report()

    def report(self) -> dict[str, Any]:
        """The report as the nation has it."""
        where = tuple(Condition(name, value) for name, value in KEY.items())
        found = self.nation.registry.rows(Ask("quarterly_report", where=where))
        (row,) = found.table.select(["state", "submitted_on", "problems"]).to_pylist()
        return dict(row)


@pytest.fixture(params=["http://hub", "http://hub/?key=x"])
def hubs(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[TwoHubs]:
    with hub_of(tmp_path / "province") as province, hub_of(tmp_path / "nation") as nation:
        link = {"key": "jia", "dialect": "hub_graphql", "province": JIA, "address": request.param}
        nation.registry.upsert("link", [link], WHO)
        yield TwoHubs(province, nation)


def says(hub: Hub, state: str, day: dt.date | None, problems: str = "") -> None:
    """A hub's own word on the report."""
    row = {**KEY, "state": state, "submitted_on": day, "problems": problems}
    hub.registry.upsert("quarterly_report", [row], WHO)


@pytest.mark.parametrize("decided", ["returned", "accepted"])
async def test_a_pull_does_not_undo_what_the_nation_decided(hubs: TwoHubs, decided: str) -> None:
    says(hubs.province, "draft", None)
    assert (await hubs.pull())["state"] == "draft"
    says(hubs.province, "submitted", SENT)
    assert (await hubs.pull())["state"] == "submitted"
    says(hubs.nation, decided, SENT)
    assert (await hubs.pull())["state"] == decided
    says(hubs.province, "draft", None, "反复")
    assert await hubs.pull() == {"state": decided, "submitted_on": SENT, "problems": "反复"}


async def test_what_is_submitted_anew_is_to_be_reviewed_again(hubs: TwoHubs) -> None:
    says(hubs.province, "submitted", SENT)
    await hubs.pull()
    says(hubs.nation, "returned", SENT)
    says(hubs.province, "submitted", AGAIN, "补充")
    assert await hubs.pull() == {"state": "submitted", "submitted_on": AGAIN, "problems": "补充"}


async def test_a_province_that_reviews_its_own_report_decides_nothing_for_the_nation(hubs: TwoHubs) -> None:
    says(hubs.province, "accepted", SENT)
    assert (await hubs.pull())["state"] == "submitted"
    says(hubs.nation, "returned", SENT)
    assert (await hubs.pull())["state"] == "returned"


def test_who_loads_rows_into_a_hub_still_says_any_state(hubs: TwoHubs) -> None:
    says(hubs.nation, "accepted", SENT)
    says(hubs.nation, "submitted", SENT)
    assert hubs.report()["state"] == "submitted"
