"""What was given out and what was denied is on record: who, what, from where, and why."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from graph.model.principal import NATION, Role
from graph.ports import Ask, Condition, Order
from hub.stores.door.trail import NOUN
from hub.wiring import Hub
from tests.hub.invented_hub import (
    JIA,
    YI,
    asking,
    hub_of,
    is_problem,
    of_province,
    of_unit,
    token_of,
    units_of,
)
from tests.hub.live_hub import becomes

pytestmark = pytest.mark.anyio
EXPORT = "/export/balance?month=2026-10"


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A hub."""
    with hub_of(tmp_path_factory.mktemp("noting")) as made:
        yield made


def entries(hub: Hub, **equal: str | None) -> list[dict[str, Any]]:
    """The record of what has these values, the newest first."""
    where = tuple(Condition(name, value) for name, value in equal.items())
    rows: list[dict[str, Any]] = hub.trail.rows(
        Ask(NOUN, where=where, order=Order("at", descending=True))
    ).table.to_pylist()
    return rows


async def test_an_export_is_on_record_before_its_first_byte(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "taker", of_province(JIA), (Role.READ,))) as client:
        reply = await client.get(EXPORT)
    assert reply.status_code == 200
    (entry,) = entries(hub, who="taker", action="export")
    assert (entry["subject"], entry["outcome"], entry["times"]) == ("GET /export/balance", "granted", 1)
    assert (entry["organisation"], entry["province"]) == (f"provincial_department-{JIA}", JIA)
    assert json.loads(entry["detail"]) == {"month": "2026-10"}
    assert entry["request"] == reply.headers["x-request-id"]


async def test_what_another_hub_takes_is_on_record_before_its_first_byte(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "puller", of_province(JIA), (Role.SYNC,))) as client:
        reply = await client.get("/sync/v1/changes?after=0&limit=9")
    assert reply.status_code == 200
    (entry,) = entries(hub, who="puller", action="export")
    assert (entry["subject"], entry["outcome"], entry["times"]) == ("GET /sync/v1/changes", "granted", 1)
    assert json.loads(entry["detail"]) == {"after": "0", "limit": "9"}


async def test_what_cannot_be_recorded_is_not_handed_out(tmp_path: Path) -> None:
    with hub_of(tmp_path) as hub:
        async with asking(hub, token_of(hub, "puller", of_province(JIA), (Role.SYNC, Role.READ))) as client:
            with closing(sqlite3.connect(hub.settings.door_path, isolation_level=None)) as connection:
                connection.execute("ALTER TABLE log RENAME TO away")
                replies = [await client.get(path) for path in ("/sync/v1/changes", EXPORT)]
                connection.execute("ALTER TABLE away RENAME TO log")
    assert all(is_problem(reply, 503, "STORE_ERROR") for reply in replies)


async def test_an_export_that_is_not_given_is_none(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "mistaken", roles=(Role.READ,))) as client:
        assert (await client.get("/export/balance?month=2026-13")).status_code == 400
    assert entries(hub, who="mistaken") == []


@pytest.mark.parametrize(
    ("method", "path", "body", "noun"),
    [
        ("GET", "/sync/v1/changes", None, ""),
        (
            "POST",
            "/graphql",
            {"query": 'mutation { saveUnits(units: [{creditCode: "x"}]) { latest } }'},
            " unit",
        ),
    ],
)
async def test_who_is_known_and_denied_is_on_record_by_name(
    hub: Hub, method: str, path: str, body: dict[str, str] | None, noun: str
) -> None:
    key = f"denied-{path.rsplit('/')[-1]}"
    async with asking(hub, token_of(hub, key, of_province(YI), (Role.READ,))) as client:
        await client.request(method, path, json=body)
    await becomes(lambda: bool(entries(hub, who=key)))
    (entry,) = entries(hub, who=key)
    assert (entry["action"], entry["outcome"], entry["code"]) == ("denied", "denied", "FORBIDDEN")
    assert (entry["subject"], entry["province"]) == (f"{method} {path}{noun}", YI)
    assert "has no role" in json.loads(entry["detail"])["why"]


FORBIDDEN_TO_A_UNIT = {
    "scores": "score", "links": "link", "quarterlyReports": "quarterly_report", "auditEntries": "audit_entry",
    "clients": "client", "accounts": "account", "organisations": "organisation", "syncRuns": "sync_run",
}  # fmt: skip


async def test_each_noun_that_was_refused_is_on_record_by_name(hub: Hub) -> None:
    unit = of_unit(units_of(JIA)[1].code)
    async with asking(hub, token_of(hub, "prying", unit, (Role.READ,))) as client:
        for field in FORBIDDEN_TO_A_UNIT:
            await client.post("/graphql", json={"query": f"{{ {field}(first: 1) {{ totalCount }} }}"})
    subjects = {f"POST /graphql {noun}" for noun in FORBIDDEN_TO_A_UNIT.values()}
    await becomes(lambda: len(entries(hub, who="prying")) == len(subjects))
    assert {entry["subject"] for entry in entries(hub, who="prying")} == subjects


async def test_a_request_that_was_refused_several_nouns_is_one_row_that_names_them_and_why(hub: Hub) -> None:
    asked = 'unit(creditCode: "x") { name } b: link(key: "x") { key } a: client(key: "x") { key }'
    unit = of_unit(units_of(JIA)[1].code)
    async with asking(hub, token_of(hub, "hasty", unit, (Role.READ,))) as client:
        reply = await client.post("/graphql", json={"query": f"{{ {asked} }}"})
    first, *_ = reply.json()["errors"]
    assert first["extensions"]["code"] == "MALFORMED_CODE"
    await becomes(lambda: bool(entries(hub, who="hasty")))
    (entry,) = entries(hub, who="hasty")
    assert (entry["subject"], entry["code"]) == ("POST /graphql client, link", "FORBIDDEN")
    assert json.loads(entry["detail"])["why"] in ("link is not for a unit", "client is not for a unit")


async def test_what_a_stranger_writes_into_an_address_is_told_and_makes_no_other_kind(hub: Hub) -> None:
    async with asking(hub) as client:
        for number in range(9):
            await client.get(f"/sync/v1/batches/{number}")
    await becomes(lambda: bool(entries(hub, subject="GET /sync/v1/batches/{id:int}")))
    (entry,) = entries(hub, subject="GET /sync/v1/batches/{id:int}")
    assert json.loads(entry["detail"])["path"].startswith("/sync/v1/batches/")


async def test_a_stranger_is_on_record_by_address_and_a_flood_is_counted(hub: Hub) -> None:
    async with asking(hub) as client:
        for _ in range(50):
            assert (
                await client.get("/metrics", headers={"Authorization": "Bearer swordfish"})
            ).status_code == 401
    await becomes(lambda: bool(entries(hub, subject="GET /metrics")))
    (first,) = entries(hub, subject="GET /metrics")
    assert (first["who"], first["code"], first["times"]) == (None, "UNAUTHENTICATED", 1)
    assert first["address"] == "127.0.0.1"
    assert "swordfish" not in str(entries(hub))


async def test_a_mistake_is_no_denial(hub: Hub) -> None:
    token = token_of(hub, "clumsy", NATION, (Role.READ,))
    async with asking(hub, token) as client:
        await client.post("/graphql", json={"query": "{ unicorns }"})
        await client.get("/nowhere")
    assert entries(hub, who="clumsy") == []


async def test_a_change_stands_in_the_same_list(hub: Hub) -> None:
    token_of(hub, "made")
    (entry,) = entries(hub, noun="client", subject="made")
    assert (entry["action"], entry["outcome"]) == ("insert", "granted")


QUESTION = """query($where: AuditEntryFilter) {
  auditEntries(filter: $where, first: 5) { nodes { who action subject outcome province } }
}"""


async def test_an_auditor_asks_by_who_what_where_and_when(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "watched", of_province(JIA), (Role.READ,))) as client:
        await client.get(EXPORT)
    auditor = token_of(hub, "auditor", of_province(JIA), (Role.AUDIT,))
    where = {
        "who": ["watched"],
        "action": ["EXPORT"],
        "province": [JIA],
        "atFrom": "2026-01-01T00:00:00+08:00",
    }
    async with asking(hub, auditor) as client:
        reply = await client.post("/graphql", json={"query": QUESTION, "variables": {"where": where}})
        assert "etag" not in reply.headers
    assert reply.json()["data"]["auditEntries"]["nodes"] == [
        {
            "who": "watched",
            "action": "EXPORT",
            "subject": "GET /export/balance",
            "outcome": "GRANTED",
            "province": JIA,
        }
    ]


@pytest.mark.parametrize("role", [Role.READ, Role.ADMINISTER, Role.DECIDE])
async def test_nobody_else_reads_the_record(hub: Hub, role: Role) -> None:
    roles = (Role.READ, role)
    async with asking(hub, token_of(hub, f"curious-{role.value}", NATION, roles)) as client:
        reply = await client.post("/graphql", json={"query": QUESTION})
    (error,) = reply.json()["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_an_auditor_of_another_province_sees_nothing_of_it(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "auditor-yi", of_province(YI), (Role.AUDIT,))) as client:
        reply = await client.post(
            "/graphql", json={"query": QUESTION, "variables": {"where": {"province": [JIA]}}}
        )
    assert reply.json()["data"]["auditEntries"]["nodes"] == []
