"""Mutations over HTTP, each noun's through the real application: added, changed, repeated, emptied, refused."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from typing import Any

import httpx
import pytest

from graph.model.principal import Role
from graph.ports import Ask, Condition
from hub.stores.door.trail import NOUN as TRAIL
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, YI, asking, of_province, token_of, units_of
from tests.hub.live_hub import becomes

pytestmark = pytest.mark.anyio
DECIDER = (Role.READ, Role.DECIDE)
OWN, FOREIGN = units_of(JIA)[1].code, units_of(YI)[1].code


@dataclass(frozen=True)
class Case:
    """A mutation: a new row, what changes of it, a field that null empties, and a row that is wrong with its place."""

    argument: str
    row: dict[str, Any]
    more: dict[str, Any]
    empty: str | None
    wrong: dict[str, Any]
    code: str
    place: str

    @property
    def mutation(self) -> str:
        """Its name."""
        return f"save{self.argument[0].upper()}{self.argument[1:]}"

    def text(self, selection: str) -> str:
        """The operation."""
        kind = self.argument[0].upper() + self.argument[1:-1]
        return f"mutation ($rows: [{kind}Input!]!) {{ {self.mutation}({self.argument}: $rows) {{ {selection} }} }}"


CASES = [
    Case(
        "units",
        {"creditCode": "91910000MA0000001A", "name": "试验厂", "region": JIA, "industry": "C3110", "tier": "THOUSAND"},
        {"tier": "HUNDRED"}, None, {"region": "999"}, "MALFORMED_CODE", "region",
    ),
    Case(
        "platforms",
        {"province": JIA, "name": "甲省平台", "mode": "PLATFORM", "filedOn": "2026-01-05", "operationAssured": False},
        {"mode": "DIRECT"}, "filedOn", {"name": " "}, "INVALID_INPUT", "name",
    ),
    Case(
        "platformMilestones",
        {"province": JIA, "stage": "TRIAL", "planned": "2026-01-05", "actual": "2026-01-01"},
        {"planned": "2027-02-05"}, "actual", {"province": "910100"}, "INVALID_INPUT", "province",
    ),
    Case(
        "accessEndMilestones",
        {"unit": OWN, "stage": "ACCEPTED", "planned": "2026-01-05", "actual": "2026-01-01"},
        {"planned": "2027-02-05"}, "actual", {"planned": None}, "INVALID_INPUT", "planned",
    ),
    Case(
        "waivers",
        {"unit": OWN, "energy": "OIL", "grantor": "节能处", "grantedOn": "2026-01-05", "until": "2027-01-05"},
        {"grantor": "甲省节能处"}, "until", {"until": "2025-01-01"}, "INVALID_INPUT", "until",
    ),
    Case(
        "instruments",
        {"unit": OWN, "number": "Z-9", "typeCode": "15260000", "level": 1, "accuracyClass": "0.5S",
         "calibratedOn": "2026-01-05", "calibrationUntil": None},
        {"level": 2}, "calibratedOn", {"level": 4}, "INVALID_INPUT", "level",
    ),
    Case(
        "quarterlyReports",
        {"province": JIA, "quarter": "2030Q1", "state": "DRAFT", "problems": ""},
        {"problems": "无"}, None, {"state": "SUBMITTED", "submittedOn": None}, "INVALID_INPUT", "submittedOn",
    ),
    Case(
        "links",
        {"key": "fresh", "dialect": "hub_graphql", "province": JIA, "address": "http://127.0.0.1:9/", "enabled": True},
        {"enabled": False}, None, {"key": "other", "dialect": "nonsense"}, "INVALID_INPUT", "dialect",
    ),
]  # fmt: skip
EACH = pytest.mark.parametrize("case", CASES, ids=lambda case: case.argument)


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    """A token of the nation that may decide."""
    return token_of(hub, "ministry", roles=DECIDER)


@pytest.fixture
async def client(hub: Hub, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """Who decides."""
    async with asking(hub, token) as opened:
        yield opened


async def asked(client: httpx.AsyncClient, text: str, **variables: Any) -> dict[str, Any]:
    """The answer to an operation, whatever it is."""
    reply = await client.post("/graphql", json={"query": text, "variables": variables})
    assert reply.status_code == 200
    found: dict[str, Any] = reply.json()
    for error in found.get("errors", ()):
        assert error["extensions"]["requestId"] == reply.headers["x-request-id"]
    return found


async def saved(
    client: httpx.AsyncClient, case: Case, *rows: dict[str, Any], selection: str = ""
) -> list[dict[str, Any]]:
    """What came of rows that are right."""
    told = f"changes {{ field before after }} audit {{ id who action }} latest {selection}"
    found = await asked(client, case.text(told), rows=list(rows))
    assert "errors" not in found, found["errors"]
    rows_told: list[dict[str, Any]] = found["data"][case.mutation]
    return rows_told


@EACH
async def test_a_row_is_added_changed_repeated_and_emptied(client: httpx.AsyncClient, case: Case) -> None:
    selection = f"row {{ {' '.join(case.row)} }}"
    (added,) = await saved(client, case, case.row, selection=selection)
    assert added["row"] == case.row | ({"address": "http://127.0.0.1:9/"} if case.argument == "links" else {})
    assert (added["audit"]["who"], added["latest"]) == ("ministry", added["audit"]["id"])
    (changed,) = await saved(client, case, case.row | case.more, selection=selection)
    assert changed["row"] == case.row | case.more
    ((field, value),) = case.more.items()
    assert changed["changes"] == [{"field": field, "before": _said(case.row[field]), "after": _said(value)}]
    assert changed["audit"]["action"] == "UPDATE"
    (repeated,) = await saved(client, case, case.row | case.more)
    assert repeated == {"changes": [], "audit": None, "latest": changed["latest"]}
    if case.empty is not None:
        (emptied,) = await saved(client, case, case.row | case.more | {case.empty: None}, selection=selection)
        assert emptied["row"][case.empty] is None
        assert emptied["changes"] == [{"field": case.empty, "before": case.row[case.empty], "after": None}]


def _said(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


@EACH
async def test_a_wrong_row_is_refused_with_its_place_and_nothing_is_saved(
    hub: Hub, client: httpx.AsyncClient, case: Case
) -> None:
    before = hub.registry.rows(Ask("audit", want_total=True, first=1)).total
    found = await asked(client, case.text("latest"), rows=[case.row, case.row | case.wrong])
    assert found["data"] is None
    told = {error["extensions"]["place"]: error for error in found["errors"]}
    error = told[f"{case.argument}.1.{case.place}"]
    assert error["extensions"]["code"] == case.code
    assert error["path"] == [case.mutation]
    assert hub.registry.rows(Ask("audit", want_total=True, first=1)).total == before


# ---- who may --------------------------------------------------------------------------------------------


@EACH
async def test_who_may_only_read_decides_nothing(hub: Hub, case: Case) -> None:
    every = tuple(set(Role) - {Role.DECIDE, Role.UPLOAD})
    async with asking(hub, token_of(hub, f"reader-{case.argument}", roles=every)) as reader:
        found = await asked(reader, case.text("latest"), rows=[case.row])
    (error,) = found["errors"]
    assert error["extensions"]["code"] == "FORBIDDEN"


async def test_who_may_decide_and_not_read_is_refused_before_the_question_is_read(hub: Hub) -> None:
    async with asking(hub, token_of(hub, "blind", roles=(Role.DECIDE,))) as blind:
        reply = await blind.post("/graphql", json={"query": CASES[0].text("latest")})
    assert (reply.status_code, reply.json()["code"]) == (403, "FORBIDDEN")


async def test_a_province_decides_its_own_and_what_it_tried_of_another_is_on_record(hub: Hub) -> None:
    text = "mutation ($row: UnitInput!) { saveUnits(units: [$row]) { row { name } } }"
    own = {"creditCode": OWN, "rosterBatch": 7}
    foreign = {**CASES[0].row, "creditCode": FOREIGN}
    async with asking(hub, token_of(hub, "jia", of_province(JIA), DECIDER)) as jia:
        mine, other = await asked(jia, text, row=own), await asked(jia, text, row=foreign)
    await becomes(lambda: bool(_noted(hub)))
    assert mine["data"]["saveUnits"][0]["row"]["name"]
    assert [error["message"] for error in other["errors"]] == [f"units.0: is outside {JIA}"]
    assert [error["extensions"]["code"] for error in other["errors"]] == ["FORBIDDEN"]
    (noted,) = _noted(hub)
    assert (noted["subject"], noted["code"]) == ("POST /graphql units", "FORBIDDEN")
    assert json.loads(noted["detail"]) == {"why": f"units.0: is outside {JIA}"}


def _noted(hub: Hub) -> list[dict[str, Any]]:
    """What this province's client was denied."""
    where = (Condition("who", "jia"), Condition("outcome", "denied"))
    rows: list[dict[str, Any]] = hub.trail.rows(Ask(TRAIL, where=where)).table.to_pylist()
    return rows


# ---- one operation --------------------------------------------------------------------------------------


async def test_what_was_just_written_is_seen_by_the_same_operation(client: httpx.AsyncClient) -> None:
    text = f"""mutation {{
      first: saveUnits(units: {{creditCode: "{OWN}", name: "先"}}) {{ row {{ ...Whole }} }}
      second: saveWaivers(waivers: {{unit: "{OWN}", energy: HEAT, grantor: "节能处", grantedOn: "2026-02-03"}}) {{
        row {{ owner {{ ...Whole }} }}
      }}
      third: saveUnits(units: {{creditCode: "{OWN}", name: "后"}}) {{ row {{ waivers {{ owner {{ name }} }} }} }}
    }}
    fragment Whole on Unit {{ name waivers {{ energy owner {{ name }} }} }}"""
    data = (await asked(client, text))["data"]
    first, second = data["first"][0]["row"], data["second"][0]["row"]["owner"]
    assert (first["name"], second["name"]) == ("先", "先")
    assert "HEAT" not in {waiver["energy"] for waiver in first["waivers"]}
    assert {"energy": "HEAT", "owner": {"name": "先"}} in second["waivers"]
    assert {waiver["owner"]["name"] for waiver in data["third"][0]["row"]["waivers"]} == {"后"}


async def test_mutations_before_one_that_fails_were_saved_and_those_behind_it_are_not_run(
    hub: Hub, client: httpx.AsyncClient
) -> None:
    text = f"""mutation {{
      a: saveUnits(units: {{creditCode: "{OWN}", rosterBatch: 11}}) {{ latest }}
      b: saveUnits(units: {{creditCode: "{OWN}", rosterBatch: 0}}) {{ latest }}
      c: saveUnits(units: {{creditCode: "{OWN}", rosterBatch: 13}}) {{ latest }}
    }}"""
    found = await asked(client, text)
    assert [error["path"] for error in found["errors"]] == [["b"]]
    page = hub.registry.rows(Ask("unit", where=(Condition("credit_code", OWN),)))
    assert page.table.column("roster_batch").to_pylist() == [11]


async def test_who_has_not_seen_the_newest_change_is_told_of_a_conflict(client: httpx.AsyncClient) -> None:
    text = "mutation ($units: [UnitInput!]!) { saveUnits(units: $units) { latest } }"
    key = {"creditCode": FOREIGN}
    seen = (await asked(client, text, units=key))["data"]["saveUnits"][0]["latest"]
    later = await asked(client, text, units={**key, "rosterBatch": 21, "ifLatest": seen})
    assert later["data"]["saveUnits"][0]["latest"] > seen
    found = await asked(client, text, units={**key, "rosterBatch": 22, "ifLatest": seen})
    (error,) = found["errors"]
    assert (error["extensions"]["code"], error["extensions"]["place"]) == ("CONFLICT", "units.0.ifLatest")


async def test_the_audit_names_who_decided_and_holds_before_and_after(
    hub: Hub, client: httpx.AsyncClient
) -> None:
    row_said = f'{{creditCode: "{FOREIGN}", tier: THOUSAND, rosterBatch: 31}}'
    text = f"mutation {{ saveUnits(units: {row_said}) {{ audit {{ id }} }} }}"
    number = (await asked(client, text))["data"]["saveUnits"][0]["audit"]["id"]
    (row,) = hub.registry.rows(Ask("audit", where=(Condition("id", number),))).table.to_pylist()
    assert (row["who"], row["noun"], row["subject"], row["action"]) == ("ministry", "unit", FOREIGN, "update")
    before, after = json.loads(row["before"]), json.loads(row["after"])
    assert after["roster_batch"] == 31
    assert {**before, "tier": "thousand", "roster_batch": 31} == after


# ---- the way in -----------------------------------------------------------------------------------------


async def test_no_mutation_travels_in_an_address(hub: Hub, token: str) -> None:
    question = f'mutation {{ saveUnits(units: {{creditCode: "{OWN}", rosterBatch: 99}}) {{ latest }} }}'
    by_get = hub.settings.model_copy(update={"questions_by_get": True})
    for settings in (hub.settings, by_get):
        other = replace(hub, settings=settings)
        async with asking(other, token) as client:
            reply = await client.get("/graphql", params={"query": question})
            assert (reply.status_code, "data" in reply.json()) == (405, False)
            assert reply.headers["allow"] == "POST"
    page = hub.registry.rows(Ask("unit", where=(Condition("credit_code", OWN),)))
    assert page.table.column("roster_batch").to_pylist() != [99]


async def test_a_thousand_rows_go_in_at_once(client: httpx.AsyncClient) -> None:
    case = next(case for case in CASES if case.argument == "instruments")
    rows = [{**case.row, "number": f"N-{n}"} for n in range(1_000)]
    assert len(await saved(client, case, *rows)) == 1_000
    found = await asked(client, case.text("latest"), rows=[*rows, case.row])
    assert [error["extensions"]["code"] for error in found["errors"]] == ["TOO_LARGE"]
