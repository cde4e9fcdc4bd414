"""What is asked and decided of links and their runs: pauses, how each stands, and where a bad run went wrong."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph.model.principal import OrganisationKind, Principal, Role
from hub.cadence import run_links
from hub.endpoints.answers import context_of
from hub.links import chosen
from hub.simulate.nation import FILES
from hub.wiring import Hub
from tests.hub.invented_hub import of_province
from tests.hub.members import parts_of
from tests.hub.test_cadence import NATION_OF_FILES, file_link, hub_of_files, lay_down

pytestmark = pytest.mark.anyio
UNIT = NATION_OF_FILES.units(FILES)[0]
LINK = (
    '{ link(key: "files") { dueAt holder failures breaker breakerUntil pausedBy pausedWhy pausedSince lastSuccessAt'
    " newest lag everySeconds slot deadlineSeconds } }"
)
RUN = (
    "{ syncRuns(first: 1) { nodes { state error rows accepted rejected superseded suspect bytes durationMs newest lag"
    " holder faults { code message place row field isEnd } refused { batch row code why } } } }"
)
TOLD = "row { pausedWhy pausedBy } changes { field } audit { who }"
PAUSE = f'mutation {{ saveLinks(links: [{{key: "files", pausedWhy: "平台改造"}}]) {{ {TOLD} }} }}'
RESUME = f'mutation {{ saveLinks(links: [{{key: "files", pausedWhy: null}}]) {{ {TOLD} }} }}'


def operator(kind: OrganisationKind = OrganisationKind.NATIONAL_AGENCY) -> Principal:
    """Who decides of links."""
    reach = of_province(FILES)
    return Principal("operator", "of", reach, frozenset({Role.READ, Role.DECIDE}), kind, parts_of(kind))


async def said(hub: Hub, question: str, who: Principal | None = None) -> Any:
    """The data of an answer without errors."""
    found: Any = await hub.schema.execute(question, context_value=context_of(hub, who or operator(), "links"))
    assert not found.errors, found.errors
    return found.data


async def run_all(hub: Hub) -> None:
    await run_links(hub, chosen(hub.registry.links(), []))


async def test_a_link_tells_how_it_stands_before_its_first_run_and_after_it(tmp_path: Path) -> None:
    with hub_of_files(tmp_path / "hub", sync_seconds=900) as hub:
        hub.registry.upsert("link", [file_link("files", tmp_path / "drop", slot="01:00-13:00")], "test")
        before = (await said(hub, LINK))["link"]
        assert (before["dueAt"], before["breaker"], before["failures"], before["lag"]) == (
            None, "CLOSED", 0, None,
        )  # fmt: skip
        lay_down(tmp_path / "drop", 3)
        await run_all(hub)
        after = (await said(hub, LINK))["link"]
        assert (after["slot"], after["holder"], after["failures"]) == ("01:00-13:00", None, 0)
        assert after["newest"] == "2026-11-04T00:00:00+08:00"
        assert after["lag"] == 19 * 86_400 + 12 * 3_600  # until 23 November, noon, Beijing time
        assert after["lastSuccessAt"] < after["dueAt"]


async def test_a_run_that_brought_something_tells_how_much_and_how_new_it_is(tmp_path: Path) -> None:
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("files", tmp_path / "drop")], "test")
        drop = tmp_path / "drop"
        (drop / "1.csv").write_text(
            "unit,day,data_code,value\n"
            f"{UNIT.code},2026-11-01,{UNIT.data_codes[0]},5\n"
            f"{UNIT.code},2026-11-02,0000000000000000,5\n"
        )
        size = (drop / "1.csv").stat().st_size
        await run_all(hub)
        (run,) = (await said(hub, RUN))["syncRuns"]["nodes"]
    assert (run["state"], run["rows"], run["accepted"], run["rejected"]) == ("SUCCEEDED", 2, 1, 1)
    assert (run["bytes"], run["newest"], run["holder"]) == (
        size, "2026-11-03T00:00:00+08:00", hub.leasing.holder,
    )  # fmt: skip
    assert run["durationMs"] > 0
    assert run["lag"] >= 20 * 86_400
    (refused,) = run["refused"]
    assert (refused["batch"], refused["row"]) == (1, 3)
    assert refused["why"]
    assert run["faults"] == []


async def test_a_run_that_ended_badly_tells_where(tmp_path: Path) -> None:
    with hub_of_files(tmp_path / "hub") as hub:
        drop = tmp_path / "drop"
        hub.registry.upsert("link", [file_link("files", drop)], "test")
        (drop / "1.csv").write_text("<html>")
        await run_all(hub)
        (run,) = (await said(hub, RUN))["syncRuns"]["nodes"]
        (fault,) = run["faults"]
        assert (run["state"], fault["code"], fault["place"], fault["isEnd"]) == (
            "FAILED", "SOURCE_MALFORMED", str(drop), True,
        )  # fmt: skip
        assert "1.csv" in fault["message"]
        assert run["error"].startswith("SOURCE_MALFORMED: ")
        assert (await said(hub, LINK))["link"]["failures"] == 1


async def test_who_may_switch_a_link_pauses_and_resumes_it_under_their_name(tmp_path: Path) -> None:
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("files", tmp_path / "drop")], "test")
        for kind in (OrganisationKind.NATIONAL_AGENCY, OrganisationKind.CONSTRUCTION_BODY):
            who = operator(kind)
            (paused,) = (await said(hub, PAUSE, who))["saveLinks"]
            assert paused["row"] == {"pausedWhy": "平台改造", "pausedBy": "operator"}
            assert paused["audit"] == {"who": "operator"}
            link = (await said(hub, LINK, who))["link"]
            assert (link["pausedBy"], link["pausedSince"] is None) == ("operator", False)
            assert chosen(hub.registry.links(), []) == []
            (again,) = (await said(hub, PAUSE, who))["saveLinks"]
            assert again["audit"] is None
            (resumed,) = (await said(hub, RESUME, who))["saveLinks"]
            assert resumed["row"] == {"pausedWhy": None, "pausedBy": None}
            assert {change["field"] for change in resumed["changes"]} == {
                "pausedBy", "pausedWhy", "pausedSince",
            }  # fmt: skip
            assert [link.key for link in chosen(hub.registry.links(), [])] == ["files"]


async def test_a_unit_pauses_no_link_and_nobody_one_that_is_not_there(tmp_path: Path) -> None:
    with hub_of_files(tmp_path / "hub") as hub:
        hub.registry.upsert("link", [file_link("files", tmp_path / "drop")], "test")
        for question, who, code in (
            (PAUSE, operator(OrganisationKind.UNIT), "FORBIDDEN"),
            (PAUSE.replace("files", "nowhere"), operator(), "INVALID_INPUT"),
            (PAUSE.replace("平台改造", ""), operator(), "INVALID_INPUT"),
        ):
            found: Any = await hub.schema.execute(question, context_value=context_of(hub, who, "links"))
            assert code in {error.extensions["code"] for error in found.errors}
        assert hub.registry.links()[0].is_run
