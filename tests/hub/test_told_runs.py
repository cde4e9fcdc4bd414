"""A run of a link is told from its beginning to its end to who listens to its hub, and its batches with it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.model.principal import Role
from hub.cadence import run_links
from hub.links import chosen
from hub.simulate.nation import FILES
from hub.wiring import Hub
from tests.hub.invented_hub import WHO, YI, of_province, token_of
from tests.hub.live_hub import Events, Live, events_of, serving
from tests.hub.test_cadence import file_link, hub_of_files, lay_down

pytestmark = pytest.mark.anyio
RUNS = "subscription { syncRunChanged { link province state accepted endedAt error linkDetail { dialect } } }"
FAILED = "subscription { syncRunChanged(filter: { state: [FAILED] }) { link state error } }"
BATCHES = "subscription { batchAccepted { source accepted } }"


async def told(events: Events) -> dict[str, Any]:
    """What the next event says."""
    kind, payload = await events.heard()
    assert (kind, list(payload)) == ("next", ["data"])
    found: dict[str, Any] = next(iter(payload["data"].values()))
    return found


def idle(hub: Hub) -> Hub:
    """The hub, running no links by itself."""
    return replace(hub, settings=hub.settings.model_copy(update={"sync_seconds": 0.0}))


async def run_all(hub: Hub) -> None:
    await run_links(hub, chosen(hub.registry.links(), []))


async def test_a_run_is_told_when_it_begins_after_each_delivery_and_when_it_ends(tmp_path: Path) -> None:
    with hub_of_files(tmp_path / "data") as hub:
        hub.registry.upsert("link", [file_link("files", tmp_path / "drop")], WHO)
        token = token_of(hub, "listener", roles=(Role.READ,))
        lay_down(tmp_path / "drop", 1)
        async with (
            serving(idle(hub)) as live,
            events_of(live, token, RUNS) as runs,
            events_of(live, token, BATCHES) as batches,
        ):
            await run_all(hub)
            said = [await told(runs) for _ in range(3)]
            assert [(run["state"], run["accepted"]) for run in said] == [
                ("RUNNING", 0), ("RUNNING", 1), ("SUCCEEDED", 1),
            ]  # fmt: skip
            assert {(run["link"], run["province"], run["linkDetail"]["dialect"]) for run in said} == {
                ("files", FILES, "file_drop")
            }
            assert [run["endedAt"] is None for run in said] == [True, True, False]
            assert await told(batches) == {"source": "link:files", "accepted": 1}


async def test_a_run_that_fails_is_told_with_why_and_only_to_whom_it_concerns(tmp_path: Path) -> None:
    with hub_of_files(tmp_path / "data") as hub:
        hub.registry.upsert("link", [file_link("files", tmp_path / "drop")], WHO)
        (tmp_path / "drop").rmdir()
        tokens = [
            token_of(hub, f"listener{number}", reach, (Role.READ,))
            for number, reach in enumerate((of_province(FILES), of_province(YI)))
        ]
        async with (
            serving(idle(hub)) as live,
            events_of(live, tokens[0], FAILED) as concerned,
            events_of(live, tokens[1], RUNS) as other,
        ):
            await run_all(hub)
            failed = await told(concerned)
            assert (failed["link"], failed["state"]) == ("files", "FAILED")
            assert failed["error"]
            await nothing_told(live, other)


async def nothing_told(live: Live, events: Events) -> None:
    """Nothing was said to who listens until the server ended, but signs of life."""
    live.streams.end()
    assert set(await events.rest()) <= {":", ""}
