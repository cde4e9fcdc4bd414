"""What is wrong with a mutation's rows, kind by kind of cell: where it is, and under which code."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest

from graph.model.principal import Role
from hub.wiring import Hub
from tests.hub.endpoints.test_decisions import OWN, asked
from tests.hub.invented_hub import JIA, asking, token_of

pytestmark = pytest.mark.anyio
UNIT = {"creditCode": OWN}
PLATFORM = {"province": JIA}
REPORT = {"province": JIA, "quarter": "2031Q1"}
INSTRUMENT = {"unit": OWN, "number": "F-1", "typeCode": "15260000", "level": 1, "accuracyClass": "1.0"}
WAIVER = {"unit": OWN, "energy": "COAL", "grantor": "节能处", "grantedOn": "2026-01-05"}
LINK = {"key": "faulty", "dialect": "hub_graphql", "province": JIA, "address": "http://127.0.0.1:9/"}

FAULTS: list[tuple[str, dict[str, Any], str, str]] = [
    ("units", {"creditCode": "9191"}, "creditCode", "MALFORMED_CODE"),
    ("units", {**UNIT, "name": "长" * 201}, "name", "INVALID_INPUT"),
    ("units", {**UNIT, "name": None}, "name", "INVALID_INPUT"),
    ("units", {**UNIT, "region": "9101"}, "region", "MALFORMED_CODE"),
    ("units", {**UNIT, "region": "910199"}, "region", "INVALID_INPUT"),
    ("units", {**UNIT, "industry": "Z1"}, "industry", "MALFORMED_CODE"),
    ("units", {**UNIT, "rosterBatch": 10_000}, "rosterBatch", "INVALID_INPUT"),
    ("units", {**UNIT, "tier": None}, "tier", "INVALID_INPUT"),
    ("platforms", {"province": "910100"}, "province", "INVALID_INPUT"),
    ("platforms", {"province": "000000"}, "province", "MALFORMED_CODE"),
    ("platforms", {**PLATFORM, "operationAssured": None}, "operationAssured", "INVALID_INPUT"),
    ("platformMilestones", {**PLATFORM, "stage": "BUILT", "planned": None}, "planned", "INVALID_INPUT"),
    ("accessEndMilestones", {"unit": OWN[::-1], "stage": "SURVEYED"}, "unit", "MALFORMED_CODE"),
    ("waivers", {**WAIVER, "energy": "ELECTRICITY"}, "energy", "INVALID_INPUT"),
    ("waivers", {**WAIVER, "until": "2026-01-05"}, "until", "INVALID_INPUT"),
    ("instruments", {**INSTRUMENT, "number": ""}, "number", "INVALID_INPUT"),
    ("instruments", {**INSTRUMENT, "level": 0}, "level", "INVALID_INPUT"),
    (
        "instruments",
        {**INSTRUMENT, "calibratedOn": "2026-02-02", "calibrationUntil": "2026-02-02"},
        "calibrationUntil",
        "INVALID_INPUT",
    ),
    ("quarterlyReports", {**REPORT, "quarter": "2031Q5"}, "quarter", "INVALID_INPUT"),
    ("quarterlyReports", {**REPORT, "problems": "长" * 20_001}, "problems", "INVALID_INPUT"),
    (
        "quarterlyReports",
        {**REPORT, "state": "ACCEPTED", "submittedOn": "2026-04-01"},
        "state",
        "INVALID_INPUT",
    ),
    ("links", {**LINK, "key": "a b"}, "key", "INVALID_INPUT"),
    ("links", {**LINK, "address": "ftp://me:s3cr3t@127.0.0.1/"}, "address", "INVALID_INPUT"),
    ("links", {**LINK, "credential": "s3cr3t/with+signs=="}, "credential", "INVALID_INPUT"),
    ("links", {**LINK, "quirks": "[1]"}, "quirks", "INVALID_INPUT"),
    ("links", {**LINK, "enabled": None}, "enabled", "INVALID_INPUT"),
]


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    """A token that may decide."""
    return token_of(hub, "faults", roles=(Role.READ, Role.DECIDE))


@pytest.fixture
async def client(hub: Hub, token: str) -> AsyncIterator[httpx.AsyncClient]:
    """Who decides."""
    async with asking(hub, token) as opened:
        yield opened


def text(argument: str) -> str:
    """The mutation of an argument."""
    name = argument[0].upper() + argument[1:]
    return f"mutation ($rows: [{name[:-1]}Input!]!) {{ save{name}({argument}: $rows) {{ latest }} }}"


@pytest.mark.parametrize(("argument", "row", "field", "code"), FAULTS, ids=lambda given: str(given)[:40])
async def test_a_faulty_cell_is_named(
    client: httpx.AsyncClient, argument: str, row: dict[str, Any], field: str, code: str
) -> None:
    found = await asked(client, text(argument), rows=row)
    ((place, came, message),) = {
        (error["extensions"]["place"], error["extensions"]["code"], error["message"])
        for error in found["errors"]
    }
    assert (place, came) == (f"{argument}.0.{field}", code)
    assert message.startswith(f"{place}: ")
    assert "s3cr3t" not in str(found)


BY_GRAPHQL = [
    ("units", {"name": "无码"}, "creditCode"),
    ("units", {**UNIT, "tier": "MILLION"}, "tier"),
    ("units", {**UNIT, "rosterBatch": 1.5}, "rosterBatch"),
    ("units", {**UNIT, "colour": "red"}, "colour"),
    ("platforms", {**PLATFORM, "operationAssured": "perhaps"}, "operationAssured"),
    ("platforms", {**PLATFORM, "filedOn": "2026-02-30"}, "filedOn"),
    ("quarterlyReports", {**REPORT, "submittedOn": "1890-01-01"}, "submittedOn"),
]


def field_of_a_day(field: str) -> bool:
    """Whether a scalar of ours looks at it; what it finds keeps its code."""
    return field.endswith("On")


@pytest.mark.parametrize(("argument", "row", "words"), BY_GRAPHQL, ids=lambda given: str(given)[:40])
async def test_what_does_not_fit_the_schema_is_refused_before_anything_is_asked(
    client: httpx.AsyncClient, argument: str, row: dict[str, Any], words: str
) -> None:
    found = await asked(client, text(argument), rows=[row, row])
    assert "data" not in found
    assert len(found["errors"]) == 2  # one a row
    is_day = field_of_a_day(words)
    assert {error["extensions"]["code"] for error in found["errors"]} == {
        "INVALID_INPUT" if is_day else "GRAPHQL_VALIDATION_FAILED"
    }
    assert [words in error["message"] for error in found["errors"]] == [True, True]


async def test_a_hundred_faults_are_told_and_the_others_counted(client: httpx.AsyncClient) -> None:
    rows = [{"creditCode": "x", "name": "", "industry": "Z"}] * 50
    found = await asked(client, text("units"), rows=rows)
    assert len(found["errors"]) == 101
    last = found["errors"][-1]
    assert (last["message"], last["extensions"]["code"]) == ("units: and 50 faults more", "FAULTY_ROWS")
