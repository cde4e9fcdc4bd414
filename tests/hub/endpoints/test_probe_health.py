"""A unit's probe reports when it ran and when its meters gave nothing: for itself alone, within bounds, once."""

from __future__ import annotations

import datetime as dt
from itertools import count
from typing import Any

import httpx
import pytest

from graph.model.principal import NATION, Reach, Role
from hub.endpoints import probe_health
from hub.endpoints.probe_health import SPANS_MAX
from hub.stores.registry import probe_rows
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, JSON, asking, is_problem, of_province, of_unit, token_of, units_of

pytestmark = pytest.mark.anyio
UNIT, OTHER = units_of(JIA)[3].code, units_of(JIA)[4].code
NUMBERS = count()
ALL_TIME = (dt.datetime(2026, 1, 1, tzinfo=dt.UTC), dt.datetime(2027, 1, 1, tzinfo=dt.UTC))


def span(first: str, last: str, **more: Any) -> dict[str, Any]:
    """A span of one morning."""
    day = "2026-10-05T"
    return {"kind": "meter", "from": f"{day}{first}:00+08:00", "to": f"{day}{last}:00+08:00", **more}


async def report(
    hub: Hub,
    *spans: dict[str, Any],
    unit: str = UNIT,
    reach: Reach | None = None,
    roles: tuple[Role, ...] = (Role.UPLOAD,),
) -> httpx.Response:
    """What is answered to a unit's own client, unless it is another's."""
    token = token_of(hub, f"probe-{next(NUMBERS)}", reach or of_unit(UNIT), roles)
    async with asking(hub, token) as client:
        return await client.post("/sync/v1/health", json={"unit": unit, "spans": spans})


def kept(hub: Hub, unit: str = UNIT) -> list[tuple[Any, ...]]:
    """What is kept of a unit."""
    rows = hub.registry.probe_spans.between(*ALL_TIME, [unit])
    return [(row["kind"], row["data_code"], f"{row['begins']:%H:%M}", f"{row['ends']:%H:%M}") for row in rows]


async def test_a_report_is_kept_once_and_a_later_end_of_a_span_takes_the_place_of_the_earlier(
    hub: Hub,
) -> None:
    first = await report(hub, span("08:00", "09:00", dataCode="00-00-0000-023300-11", what="silent"))
    assert (first.status_code, first.json()) == (200, {"unit": UNIT, "spans": 1, "new": 1})
    longer = span("08:00", "10:00", dataCode="0000000002330011")
    both = await report(hub, longer, span("06:00", "12:00", kind="running"))
    assert both.json()["new"] == 1
    again = await report(hub, span("08:00", "09:30", dataCode="0000000002330011"))
    assert again.json()["new"] == 0
    assert kept(hub) == [
        ("meter", "0000000002330011", "00:00", "02:00"),
        ("running", None, "22:00", "04:00"),
    ]


@pytest.mark.parametrize("reach", [NATION, of_province(JIA), of_unit(OTHER)])
async def test_nobody_reports_for_a_unit_but_itself(hub: Hub, reach: Reach) -> None:
    assert is_problem(await report(hub, span("08:00", "09:00"), reach=reach), 403, "FORBIDDEN")
    assert is_problem(await report(hub, span("08:00", "09:00"), unit=OTHER), 403, "FORBIDDEN")
    assert kept(hub, OTHER) == []


async def test_who_may_not_upload_reports_nothing(hub: Hub) -> None:
    assert is_problem(await report(hub, roles=(Role.READ,)), 403, "FORBIDDEN")


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        (span("09:00", "08:00"), "INVALID_INPUT"),
        (span("08:00", "09:00", dataCode="12"), "INVALID_INPUT"),
        ({**span("08:00", "09:00"), "from": "2026-10-05T08:00:00"}, "INVALID_INPUT"),
        ({**span("08:00", "09:00"), "to": "2099-10-05T08:00:00+08:00"}, "INVALID_INPUT"),
        (span("08:00", "09:00", kind="weather"), "MALFORMED_BODY"),
        (span("08:00", "09:00", colour="red"), "MALFORMED_BODY"),
        ({"kind": "meter"}, "MALFORMED_BODY"),
    ],
)
async def test_a_span_that_is_none_is_refused_and_nothing_of_its_report_is_kept(
    hub: Hub, wrong: dict[str, Any], code: str
) -> None:
    before = kept(hub)
    reply = await report(hub, span("01:00", "02:00"), wrong)
    assert reply.json()["code"] == code
    assert kept(hub) == before


async def test_more_spans_or_bytes_than_a_report_may_have_are_refused(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    many = [span("08:00", "09:00")] * (SPANS_MAX + 1)
    assert (await report(hub, *many)).json()["code"] == "INVALID_INPUT"
    monkeypatch.setattr(probe_health, "BODY_BYTES_MAX", 50)
    assert (await report(hub, span("08:00", "09:00"))).json()["code"] == "TOO_LARGE"


async def test_another_form_or_a_packed_body_is_told_so(hub: Hub) -> None:
    token = token_of(hub, f"probe-{next(NUMBERS)}", of_unit(UNIT), (Role.UPLOAD,))
    async with asking(hub, token) as client:
        csv = await client.post("/sync/v1/health", content=b"a,b", headers={"Content-Type": "text/csv"})
        packed = await client.post(
            "/sync/v1/health", content=b"{}", headers={"Content-Type": JSON, "Content-Encoding": "gzip"}
        )
    assert (csv.status_code, packed.json()["code"]) == (415, "MALFORMED_BODY")


async def test_the_oldest_spans_of_a_unit_go_once_there_are_too_many(
    hub: Hub, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(probe_rows, "SPANS_KEPT_MAX", 3)
    for hour in range(10, 15):
        await report(hub, span(f"{hour}:00", f"{hour}:30"), unit=OTHER, reach=of_unit(OTHER))
    assert [row[2] for row in kept(hub, OTHER)] == ["04:00", "05:00", "06:00"]
