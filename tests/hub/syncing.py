"""A hub that syncs its links until none is due, forked again and again from one process that has everything imported.

`python -m tests.hub.syncing`: for each line `sync FOLDER`, `look FOLDER`, `replay FOLDER` or `device FOLDER` it forks a
child, says `child NUMBER`, and once that has ended `ended STATUS`. The first syncs the links of a hub with this data folder,
with the loop that a served hub has; the second opens it, checks the store and says one line of JSON: all that the hub
holds, by content; the third is `nengshu replay files`, the last a device's first days (tests/hub/device_life.py).

What is the same for each start is made once: tables that are there already, a digest that is no password's. Nothing that a
child asks needs the schema, so none makes it.
Pages of a source are short, so that a run has many steps.
"""

from __future__ import annotations

import asyncio
import gc
import json
import os
import select
import sys
import threading
from contextlib import redirect_stdout, suppress
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import anyio
import pyarrow.dataset  # noqa: F401 - DuckDB imports it when it meets the first table, here once for all children
import typer
from argon2.profiles import CHEAPEST

from graph.ports import Ask, Puller
from hub import wiring
from hub.access.people import people
from hub.access.people.passwords import Passwords
from hub.cadence import Rounds
from hub.cli.replay import replay
from hub.link_tokens import LinkTokens
from hub.links import dialects
from hub.running import pace_of
from hub.settings import Settings
from hub.stores.door import file as door_file
from hub.stores.registry.nouns import NOUNS
from hub.stores.registry.runs import ORPHANED
from hub.wiring import Hub, open_hub
from national_sync.cadence import is_due
from provincial_adapters import Means, hub_graphql, open_client
from tests.hub.device_life import live
from tests.hub.device_stage import Stage as DeviceStage
from tests.hub.stores.registry_fakes import StillClock

READINGS_A_PAGE = 40
LOOK_S = 0.03
PIECES_MIN = 2  # of a pulled hub: fewer, and a run has no middle to be killed in
OF_RUNNING = ("sync_run", "duty", "access_end", "client", "account", "organisation")
PASSING = {
    "id", "unit_id", "point_id", "at", "due_at", "last_success_at", "as_of", "created_at", "batch", "received_at"
}  # fmt: skip
READINGS = """
SELECT unit_id, point_id, granularity, start, value, origin
FROM said(2147483647, TIMESTAMP '1990-01-01', TIMESTAMP '2200-01-01', 0, 2147483647)
"""
BATCHES = """
SELECT source, key, digest, rows, accepted, duplicate, corrected, superseded, suspect, rejected FROM batch
"""
REJECTIONS = (
    "SELECT b.source, b.key, r.row, r.code, r.raw FROM rejection AS r JOIN batch AS b ON b.id = r.batch_id"
)
VERDICTS = """
SELECT b.source, b.key, v.unit_id, v.point_id, v.start, v.rule FROM verdict AS v JOIN batch AS b ON b.id = v.batch_id
"""


def say(line: str) -> None:
    """One line to who drives."""
    sys.stdout.write(line + "\n")
    sys.stdout.flush()


def warm() -> None:
    """Make once what each start would make again."""
    vars(hub_graphql)["DIALECT"] = replace(hub_graphql.DIALECT, puller=_by_short_pages)
    vars(people)["Passwords"] = lambda _: Passwords(CHEAPEST)
    for module in (wiring, door_file):
        vars(module)["migrate"] = lambda *_, **__: None
    assert dialects()["hub_graphql"].puller is _by_short_pages
    asyncio.run(_met())
    gc.freeze()  # no child looks through what stands: it would get a copy of all of it


def _by_short_pages(means: Means) -> Puller:
    return hub_graphql.HubPuller(means.client, means.token, readings_a_page=READINGS_A_PAGE)


async def _met() -> None:
    """A client and a group of tasks, so that all that they import is there."""
    async with open_client(), anyio.create_task_group():
        pass


async def until_done(hub: Hub) -> None:
    """Keep running what is due, until nothing is."""
    async with open_client() as client, anyio.create_task_group() as group:
        group.start_soon(Rounds(hub, Means(client, LinkTokens().token), group).keep)
        is_open = _is_open(hub)
        while any(map(is_open, await hub.leasing.standing())):  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(LOOK_S)
        group.cancel_scope.cancel()


def _is_open(hub: Hub) -> Any:
    now, patience = hub.clock.now(), hub.settings.patience
    return lambda each: each.lease is not None or is_due(each.state, pace_of(hub, each.link), patience, now)


def content_of(hub: Hub) -> dict[str, Any]:
    """Everything a hub holds, whichever way it came: no row's number, no moment of its own."""
    found: dict[str, Any] = {
        "faults": [str(fault) for step in hub.store.check() for fault in step.differences]
    }
    for noun in sorted(NOUNS.keys() - set(OF_RUNNING) - {"audit"}):
        found[noun] = _rows(hub.registry.rows(Ask(noun)).table.to_pylist())
    audit = hub.registry.rows(Ask("audit")).table.to_pylist()
    found["audit"] = sorted(
        [row["noun"], row["action"], row["subject"]] for row in audit if row["noun"] != "link"
    )
    with hub.store._database.reading() as cursor:
        for name, question in (
            ("reading", READINGS), ("batch", BATCHES), ("rejection", REJECTIONS), ("verdict", VERDICTS),
        ):  # fmt: skip
            found[name] = sorted([str(value) for value in row] for row in cursor.execute(question).fetchall())
    runs = hub.registry.rows(Ask("sync_run")).table
    found["running"] = runs["state"].to_pylist().count("running")
    found["errors"] = sorted({error for error in runs["error"].to_pylist() if error not in (None, ORPHANED)})
    sources = hub.store.rows(Ask("batch")).table["source"].to_pylist()
    found["pieces"] = sources.count("link:jia") > PIECES_MIN
    folders = ("a", "b", "data/quarantine")
    found["files"] = sorted(str(file) for folder in folders for file in Path(folder).rglob("*"))
    return found


def _rows(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    kept = [{name: str(value) for name, value in row.items() if name not in PASSING} for row in rows]
    return sorted(kept, key=lambda row: json.dumps(row, sort_keys=True))


def work(what: str, folder: Path) -> None:
    """In a child: sync, or look."""
    os.chdir(folder)  # where the links' folders are
    if what == "replay":
        with redirect_stdout(StringIO()), suppress(typer.Exit):  # which tells that rows wait on
            replay("files", data=folder / "data")
        return
    settings = Settings(data_dir=folder / "data", sync_seconds=900)
    with open_hub(settings, StillClock()) as hub:
        if what == "sync":
            asyncio.run(until_done(hub))
        elif what == "device":
            live(DeviceStage(hub), folder)
        else:
            say(json.dumps(content_of(hub)))


def end_with_whoever_drives() -> None:
    """Leave no child behind: its standard input, where nothing comes, ends with the test."""
    select.select([sys.stdin], [], [])
    os._exit(1)


def drive() -> None:
    """Fork a child for each line, tell its number, wait until it has ended and tell how."""
    for line in sys.stdin:
        what, folder = line.split()
        child = os.fork()
        if child == 0:
            threading.Thread(target=end_with_whoever_drives, daemon=True).start()
            work(what, Path(folder))
            os._exit(0)
        say(f"child {child}")
        say(f"ended {os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])}")


if __name__ == "__main__":
    warm()
    say("warm")
    drive()
