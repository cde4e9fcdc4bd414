"""A hub reads a province's database through a link of its registry: altered views and lost connections cost no reading."""

from __future__ import annotations

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from graph.model.principal import NATION
from graph.model.sync_run import SyncRun
from hub.cadence import run_links
from hub.links import check_links, chosen
from hub.simulate.nation import FILES
from hub.wiring import Hub
from tests.house.tree import ROOT
from tests.hub.test_cadence import NATION_OF_FILES, hub_of_files
from tests.provincial_adapters.databases import READER, SECRET, Server, postgresql

UNIT = NATION_OF_FILES.units(FILES)[0]
MAPPING = {
    "unit_column": "unit", "label_column": "day", "date_format": "%Y-%m-%d", "label": "start", "granularity": "day",
    "values": [{"column": "value", "data_code_column": "code"}],
}  # fmt: skip
KNOWN_UNIT = "UPDATE energy.hourly SET unit_code = '{}', item_code = '{}'"
QUIRKS = {
    "view": "daily",
    "mapping": MAPPING,
    "watermark": "id",
    "overlap": 0,
    "tls": "none",
    "rows_at_once": 1000,
}


@pytest.fixture(scope="module")
def server() -> Iterator[Server]:
    """A province's database."""
    with postgresql() as found:
        yield found


@pytest.fixture
def hub(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    """A hub with a link to the view `daily`."""
    monkeypatch.setenv("NENGSHU_SECRET_DB", f"{READER}:{SECRET}")
    server.do("DROP VIEW IF EXISTS daily", "DROP TABLE IF EXISTS rows")
    server.do("CREATE TABLE rows (id bigint, unit text, day date, code text, value numeric(18,4))")
    server.do("CREATE VIEW daily AS SELECT * FROM rows", server.grant("daily"))
    with hub_of_files(tmp_path) as found:
        add_link(found, address=server.address)
        yield found


def add_link(hub: Hub, **said: Any) -> None:
    """The link in the registry, checked as any other."""
    row = {"key": "db", "dialect": "sql_view", "province": FILES, "credential": "db", "quirks": QUIRKS} | said
    check_links([row])
    hub.registry.upsert("link", [row | {"quirks": json.dumps(row["quirks"])}], "test")


async def run(hub: Hub) -> SyncRun:
    """One run of the one link."""
    (found,) = await run_links(hub, chosen(hub.registry.links(), []))
    return found


def values(hub: Hub) -> list[str]:
    """Every value the store was told and had not, in order."""
    pieces = hub.store.changes(NATION, 0, 1_000_000).pieces
    return sorted(str(value) for piece in pieces for value in piece.column("value").to_pylist())


async def test_a_view_is_read_into_the_store_and_only_what_is_new_the_next_time(
    hub: Hub, server: Server
) -> None:
    server.put("rows", (1, UNIT.code, "2026-11-01", UNIT.data_codes[0], 5))
    first = await run(hub)
    server.put("rows", (2, UNIT.code, "2026-11-02", UNIT.data_codes[0], 6))
    second = await run(hub)
    assert [(each.state, each.accepted, each.duplicate) for each in (first, second)] == [
        ("succeeded", 1, 0),
        ("succeeded", 1, 1),
    ]
    assert values(hub) == ["5.0000", "6.0000"]


async def test_an_idle_view_adds_nothing_to_the_ledger_and_a_value_put_back_is_read_again(
    hub: Hub, server: Server
) -> None:
    server.put("rows", (1, UNIT.code, "2026-11-01", UNIT.data_codes[0], 5))
    for _ in range(2):
        await run(hub)
    batches = hub.store.last_batch()
    idle = await run(hub)
    assert (idle.state, idle.rows, hub.store.last_batch()) == ("succeeded", 0, batches)
    for value in (6, 5):
        server.do(f"UPDATE rows SET value = {value}")  # noqa: S608 - a test's own
        assert (await run(hub)).corrected == 1
        assert values(hub) == [f"{value}.0000"]


async def test_a_view_that_is_altered_between_runs_is_read_on(hub: Hub, server: Server) -> None:
    server.put("rows", (1, UNIT.code, "2026-11-01", UNIT.data_codes[0], 5))
    await run(hub)
    altered = "SELECT id, unit, day, code, value::text AS value, 'x'::text AS remark FROM rows"
    server.do("DROP VIEW daily", f"CREATE VIEW daily AS {altered}", server.grant("daily"))
    server.put("rows", (2, UNIT.code, "2026-11-02", UNIT.data_codes[0], 6))
    assert (await run(hub)).state == "succeeded"
    assert values(hub) == ["5.0000", "6.0000"]
    server.do("ALTER VIEW daily RENAME COLUMN value TO amount")
    server.put("rows", (3, UNIT.code, "2026-11-03", UNIT.data_codes[0], 7))
    third = await run(hub)
    assert (third.state, third.rejected) == ("succeeded", 2)
    assert values(hub) == ["5.0000", "6.0000"]


async def test_a_connection_killed_in_mid_run_costs_no_reading(hub: Hub, server: Server) -> None:
    days = "SELECT n, '{}', '2000-01-01'::date + n::int, '{}', n FROM generate_series(1, 5000) n"
    server.do("INSERT INTO rows " + days.format(UNIT.code, UNIT.data_codes[0]))
    told: list[SyncRun] = []

    def kill_once(_: object, run: SyncRun) -> None:
        if not told:
            server.asked("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = 'reader'")
        told.append(run)

    (cut,) = await run_links(hub, chosen(hub.registry.links(), []), kill_once)
    assert (cut.state, str(cut.error)[:18]) == ("failed", "SOURCE_UNREACHABLE")
    assert SECRET not in str(cut.error)
    assert 1000 <= len(values(hub)) < 5000
    assert (await run(hub)).state == "succeeded"
    assert len(values(hub)) == 5000


async def test_a_wrong_password_is_on_the_run_without_the_password(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NENGSHU_SECRET_DB", f"{READER}:a-wrong-one")
    found = await run(hub)
    assert str(found.error).startswith("SOURCE_REFUSED: postgresql://127.0.0.1")
    assert "a-wrong-one" not in str(found.error)


async def test_the_link_and_the_grants_of_the_page_work(
    hub: Hub, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    section = (
        (ROOT / "docs" / "links.md").read_text("utf-8").partition("\n## sql_view\n")[2].partition("\n## ")[0]
    )
    grants, _ = re.findall(r"```sql\n(.*?)```", section, re.DOTALL)
    (example,) = re.findall(r"```toml\n(.*?)```", section, re.DOTALL)
    server.load("sql_view_postgresql.sql")
    known = KNOWN_UNIT.format(UNIT.code, UNIT.data_codes[0])
    server.do(known, *(part for part in grants.split(";\n") if part.strip()))
    (link,) = tomllib.loads(example)["link"]
    assert link["quirks"].pop("tls").keys() == {"ca_file"}
    quirks = {**link["quirks"], "tls": "none"}
    monkeypatch.setenv("NENGSHU_SECRET_DB_97", "nengshu_reader:a long one")
    add_link(hub, **{**link, "province": FILES, "address": server.address, "quirks": quirks, "key": "db"})
    found = await run(hub)
    assert (found.state, found.rows) == ("succeeded", 3)
    assert found.accepted + found.duplicate + found.corrected >= 2
