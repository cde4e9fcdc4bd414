"""Rows of the registry by the batch protocol: good ones are written, bad ones named, and differences told field by field."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import Reach, Role
from graph.ports import Ask, Condition
from hub.endpoints.turns import Turns
from hub.settings import Settings
from hub.wiring import Hub, open_hub
from provincial_adapters.nengshu_batches import ARROW, CSV, JSON, NDJSON, PARQUET
from tests.bodies import as_json, written
from tests.hub.invented_hub import (
    JIA,
    YI,
    asking,
    hub_of,
    is_problem,
    of_province,
    of_unit,
    post,
    reading,
    token_of,
    units_of,
)  # fmt: skip

pytestmark = pytest.mark.anyio
UPLOAD, READ = (Role.UPLOAD,), (Role.READ,)
REPORT = {"province": JIA, "quarter": "2031Q1", "problems": "无", "suggestions": ""}
Row = Mapping[str, Any]


@pytest.fixture(scope="module")
def jia(hub: Hub) -> str:
    """A token of province Jia."""
    return token_of(hub, "jia-registry", of_province(JIA))


def unit(number: int, province: str = JIA, **more: object) -> dict[str, Any]:
    """A unit that nobody else registers."""
    code = str(CreditCode.of_body(f"91{province[:2]}0100MB{number:07d}"))
    row = {"credit_code": code, "name": f"虚构新厂{number}", "region": province, "industry": "C31"}
    return {**row, "tier": "thousand", "roster_batch": 1, **more}


async def send(
    hub: Hub, token: str, kind: str, key: str, rows: Sequence[Row] | bytes, type_: str = JSON
) -> Any:
    """What a batch of rows is answered."""
    body = rows if isinstance(rows, bytes) else as_json(rows)
    async with asking(hub, token) as client:
        return await post(client, body, key, f"{type_}; kind={kind}")


def held(hub: Hub, noun: str, **where: str) -> list[dict[str, Any]]:
    """The registry's rows."""
    conditions = tuple(Condition(name, value) for name, value in where.items())
    rows: list[dict[str, Any]] = hub.registry.rows(Ask(noun, where=conditions, first=100)).table.to_pylist()
    return rows


@pytest.mark.parametrize(("number", "type_"), list(enumerate((ARROW, PARQUET, CSV, NDJSON, JSON), 10)))
async def test_every_format_carries_rows_and_a_resend_gets_the_same_receipt(
    hub: Hub, jia: str, number: int, type_: str
) -> None:
    rows = [unit(number), unit(number + 10, tier="nothing")]
    body = written(rows, type_)
    first, again = [await send(hub, jia, "unit", type_, body, type_) for _ in range(2)]
    said = first.json()
    async with asking(hub, jia) as client:
        looked_up = await client.get(f"/sync/v1/batches/registry/{said['batch']}")
    assert (first.status_code, again.status_code, looked_up.status_code) == (201, 200, 200)
    assert said == again.json() == looked_up.json()
    counts = {name: said[name] for name in ("rows", "accepted", "corrected", "duplicate", "rejectedCount")}
    assert counts == {"rows": 2, "accepted": 1, "corrected": 0, "duplicate": 0, "rejectedCount": 1}
    assert (said["kind"], said["source"], said["changes"]) == ("unit", "jia-registry", [])
    (refused,) = said["rejected"]
    assert (refused["row"], refused["code"]) == (2, "invalid-row")
    assert refused["why"].startswith("tier: came 'nothing', expected one of")
    assert [row["name"] for row in held(hub, "unit", credit_code=rows[0]["credit_code"])] == [rows[0]["name"]]


async def test_what_changed_is_told_field_by_field_and_what_stood_is_a_duplicate(hub: Hub, jia: str) -> None:
    before, same = unit(30), unit(31)
    await send(hub, jia, "unit", "before", [before, same])
    after = {**before, "name": "虚构改名厂", "roster_batch": 2}
    said = (await send(hub, jia, "unit", "after", [same, after])).json()
    code = before["credit_code"]
    assert (said["accepted"], said["corrected"], said["duplicate"]) == (0, 1, 1)
    assert said["changesCount"] == 2
    assert said["changes"] == [
        {"row": 2, "key": code, "field": "name", "before": before["name"], "after": "虚构改名厂"},
        {"row": 2, "key": code, "field": "roster_batch", "before": 1, "after": 2},
    ]


async def test_a_row_beyond_the_sender_is_refused_in_the_words_of_one_that_is_nowhere(
    hub: Hub, jia: str
) -> None:
    theirs, nowhere = units_of(YI)[0].code, str(CreditCode.of_body("91910100MA9999999"))
    milestone = {"stage": "surveyed", "planned": "2026-05-01", "actual": None}
    rows = [{**milestone, "unit": code} for code in (theirs, nowhere, units_of(JIA)[0].code)]
    said = (await send(hub, jia, "access_end_milestone", "beyond", rows)).json()
    assert [(r["row"], r["code"]) for r in said["rejected"]] == [(1, "unknown-unit"), (2, "unknown-unit")]
    first, second = (r["why"] for r in said["rejected"])
    assert first.replace(theirs, "X") == second.replace(nowhere, "X")
    province = [{**REPORT, "province": code} for code in (YI, "990000")]
    told = (await send(hub, jia, "quarterly_report", "beyond-2", province)).json()["rejected"]
    assert told[0]["why"].replace(YI, "X") == told[1]["why"].replace("990000", "X")
    assert held(hub, "quarterly_report", quarter="2031Q1") == []


async def test_a_unit_of_another_province_is_not_taken_by_its_credit_code(hub: Hub, jia: str) -> None:
    theirs = units_of(YI)[0].code
    stood = held(hub, "unit", credit_code=theirs)
    rows = [unit(40, credit_code=theirs), unit(40)]
    said = (await send(hub, jia, "unit", "taken", rows)).json()
    assert [(r["row"], r["code"], r["why"]) for r in said["rejected"]] == [
        (1, "out-of-reach", f"is outside {JIA}")
    ]
    assert said["accepted"] == 1
    assert held(hub, "unit", credit_code=theirs) == stood


async def test_two_rows_of_one_key_are_one_where_they_agree_and_a_fault_where_not(hub: Hub, jia: str) -> None:
    rows = [unit(50), unit(50), unit(50, name="虚构另名厂")]
    said = (await send(hub, jia, "unit", "twins", as_ndjson(rows), NDJSON)).json()
    assert (said["rows"], said["accepted"], said["duplicate"], said["rejectedCount"]) == (4, 1, 1, 2)
    assert [(r["row"], r["code"]) for r in said["rejected"]] == [(1, "malformed-row"), (4, "invalid-row")]
    assert said["rejected"][1]["why"] == "has the key of row 2, and other values"


def as_ndjson(rows: list[dict[str, object]]) -> bytes:
    """Rows below a line that is none."""
    return b"\n".join((b"not json", *map(as_json, rows)))


async def test_a_review_the_nation_made_is_not_undone_by_a_province_that_sends_what_it_had(
    hub: Hub, jia: str
) -> None:
    sent = {**REPORT, "quarter": "2031Q2", "state": "submitted", "submitted_on": "2026-11-01"}
    await send(hub, jia, "quarterly_report", "submitted", [sent])
    hub.registry.upsert("quarterly_report", [{**sent, "state": "accepted"}], "nation")
    said = (await send(hub, jia, "quarterly_report", "again", [{**sent, "problems": "有"}])).json()
    assert [change["field"] for change in said["changes"]] == ["problems"]
    (row,) = held(hub, "quarterly_report", quarter="2031Q2")
    assert (row["state"], row["submitted_on"]) == ("accepted", dt.date(2026, 11, 1))


async def test_other_bytes_or_another_kind_under_a_used_key_are_a_conflict(hub: Hub, jia: str) -> None:
    one, rows = as_json([unit(60)]), as_json([unit(61)])
    await send(hub, jia, "unit", "used", one)
    assert is_problem(await send(hub, jia, "unit", "used", rows), 409, "CONFLICT")
    assert is_problem(await send(hub, jia, "data_point", "used", one), 409, "CONFLICT")
    assert held(hub, "unit", credit_code=unit(61)["credit_code"]) == []
    async with asking(hub, jia) as client:
        assert is_problem(await post(client, one, "used"), 409, "CONFLICT")
        body = as_json([reading(day=28)])
        assert (await post(client, body, "of-readings")).status_code == 201
    assert is_problem(await send(hub, jia, "unit", "of-readings", body), 409, "CONFLICT")


async def test_two_at_once_under_one_key_are_one_batch(hub: Hub, jia: str) -> None:
    async with asking(hub, jia) as client:
        body = as_json([unit(70)])
        replies = await asyncio.gather(
            *(post(client, body, "at-once", f"{JSON}; kind=unit") for _ in range(4))
        )
        mixed = await asyncio.gather(
            post(client, body, "mixed", f"{JSON}; kind=unit"),
            post(client, as_json([reading(day=27)]), "mixed"),
        )
    assert sorted(reply.status_code for reply in replies) == [200, 200, 200, 201]
    assert len({reply.content for reply in replies}) == 1
    assert sorted(reply.status_code for reply in mixed) == [201, 409]


async def test_a_receipt_outlasts_its_hub(tmp_path: Path) -> None:
    body, said = as_json([unit(80), unit(81, tier="?")]), []
    with hub_of(tmp_path) as first:
        token = token_of(first, "jia", of_province(JIA))
        said.append(await send(first, token, "unit", "key", body))
    with open_hub(Settings(data_dir=tmp_path)) as second:
        said.append(await send(second, token, "unit", "key", body))
    assert [reply.status_code for reply in said] == [201, 200]
    assert said[0].json() == said[1].json()


async def test_every_change_and_the_batch_itself_are_in_the_audit(hub: Hub, jia: str) -> None:
    await send(hub, jia, "unit", "audited", [unit(90)])
    rows = hub.trail.rows(
        Ask("audit_entry", where=(Condition("who", "jia-registry"),), first=1000)
    ).table.to_pylist()
    found = {(row["noun"], row["subject"]) for row in rows}
    assert {("unit", unit(90)["credit_code"]), ("received_batch", "jia-registry|audited")} <= found


async def test_batches_are_chained(hub: Hub, jia: str) -> None:
    first, second = [(await send(hub, jia, "unit", f"chain-{n}", [unit(100)])).json() for n in range(2)]
    assert second["batch"] == first["batch"] + 1
    assert len({first["head"], second["head"]}) == 2
    assert len(second["head"]) == 64


async def test_whose_batch_it_is_sees_its_receipt_and_whoever_reaches_as_far_and_reads(
    hub: Hub, jia: str
) -> None:
    number = (await send(hub, jia, "unit", "seen", [unit(110)])).json()["batch"]
    seen = {}
    for name, reach, roles in (
        ("national", Reach(), READ), ("same", of_province(JIA), READ), ("other", of_province(YI), READ),
        ("unit", of_unit(units_of(JIA)[0].code), READ), ("blind", of_province(JIA), UPLOAD),
    ):  # fmt: skip
        async with asking(hub, token_of(hub, f"sees-{name}", reach, roles)) as client:
            seen[name] = (await client.get(f"/sync/v1/batches/registry/{number}")).status_code
            assert (await client.get("/sync/v1/batches/registry/999999")).status_code == 404
    assert seen == {"national": 200, "same": 200, "other": 404, "unit": 404, "blind": 404}


@pytest.mark.parametrize("kind", ["reading", "person", "organisation", "link", ""])
async def test_a_kind_that_is_none_is_refused_before_its_body_is_read(hub: Hub, jia: str, kind: str) -> None:
    reply = await send(hub, jia, kind or '""', "no-kind", [unit(120)])
    assert is_problem(reply, 415, "UNSUPPORTED_MEDIA_TYPE")


@pytest.mark.parametrize("cell", [[], {}, 1, True, "2026-13-01", None])
async def test_a_cell_of_any_shape_is_a_bad_row_and_nothing_worse(hub: Hub, jia: str, cell: object) -> None:
    row = {**REPORT, "quarter": "2031Q3", "state": "submitted", "submitted_on": "2026-11-01"}
    rows = [{**row, name: cell} for name in row]
    said = await send(hub, jia, "quarterly_report", f"shape-{cell}", rows)
    assert said.status_code == 201
    assert said.json()["rejectedCount"] >= (3 if cell is None else 4)


@pytest.mark.parametrize("body", [b"", b"{", b"[1", b"\xff"])
async def test_a_body_nobody_can_read_is_no_batch(hub: Hub, jia: str, body: bytes) -> None:
    assert is_problem(await send(hub, jia, "unit", f"unread-{body!r}", body), 400, "MALFORMED_BODY")


async def test_a_unit_sends_its_own_instruments_and_no_roster(hub: Hub) -> None:
    own = units_of(JIA)[0].code
    token = token_of(hub, "unit-sends", of_unit(own))
    meter = {"number": "新表", "type_code": "15260500", "level": 2, "accuracy_class": "1"}
    rows = [{"unit": code, **meter} for code in (own, units_of(JIA)[1].code)]
    said = (await send(hub, token, "instrument", "own", rows)).json()
    assert (said["accepted"], [r["code"] for r in said["rejected"]]) == (1, ["unknown-unit"])
    assert is_problem(await send(hub, token, "unit", "roster", [unit(130)]), 403, "FORBIDDEN")


async def test_turns_are_forgotten_once_nobody_waits() -> None:
    turns, order = Turns(), []

    async def one(name: str) -> None:
        async with turns.of("key"):
            order.append(f"{name} in")
            await asyncio.sleep(0)
            order.append(f"{name} out")

    await asyncio.gather(one("a"), one("b"), one("c"))
    assert order == ["a in", "a out", "b in", "b out", "c in", "c out"]
    assert len(turns) == 0
