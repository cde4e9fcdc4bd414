"""Every mutation with a row of its own part of the country, as every role of every kind of organisation.

Whoever decides by docs/rights.md changes a row so; whoever does not is told FORBIDDEN, and nothing is written.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from graph.fields import DECIDED
from graph.model.credit_code import CreditCode
from graph.model.organisation import AUTHORITIES
from graph.model.principal import NATION, OrganisationKind, Part, Principal, Role
from graph.model.rights import DECIDING, GIVEN, RESERVED
from graph.ports import Ask
from hub.endpoints.answers import context_of
from hub.stores.registry.device_rows import NewDevice
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, YI, hub_of, of_province
from tests.hub.invented_hub import WHO as LOADER
from tests.hub.walking import NAMES, REACHES, UNIT, WHO, somebody, type_of

pytestmark = pytest.mark.anyio
EACH = pytest.mark.parametrize(("kind", "role"), WHO, ids=NAMES)
KINDS = pytest.mark.parametrize("kind", OrganisationKind)
LINK, DEVICES = f"link-{JIA}", f"devices-{JIA}"
LEADS: dict[str, Any] = {
    "dialect": "hub_graphql",
    "province": JIA,
    "address": "https://hub.example/",
    "credential": "OLD",
    "enabled": False,
}
NUMBERS = count(1)  # no two rows are the same: who changes nothing needs no right to


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """A nation's hub with a link of a province."""
    yield from opened(tmp_path_factory.mktemp("decided"))


@pytest.fixture(scope="module")
def provincial(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """The province's own hub."""
    yield from opened(tmp_path_factory.mktemp("provincial"), region=JIA)


def opened(folder: Path, **settings: Any) -> Iterator[Hub]:
    with hub_of(folder, sync_seconds=0, **settings) as made:
        made.registry.upsert("link", [{"key": LINK, "quirks": "{}", **LEADS}], LOADER)
        devices = {"key": DEVICES, "dialect": "nhjc04", "province": JIA, "address": "devices call"}
        made.registry.upsert("link", [devices], LOADER)
        made.registry.devices.enrol(NewDevice(DEVICES, CreditCode(UNIT)))
        yield made


def row_of(name: str) -> Mapping[str, Any]:
    """A row within everybody's reach that no row of before is like."""
    number = next(NUMBERS)
    day = str(dt.date(2026, 1, 1) + dt.timedelta(days=number))
    rows: Mapping[str, Mapping[str, Any]] = {
        "saveAccessDevices": {"unit": UNIT, "link": DEVICES, "state": "REFUSED", "why": f"理由{number}"},
        "saveDataPoints": {
            "unit": UNIT, "code": "0000000002330011", "granularity": "DAY", "since": "2026-01-01", "high": f"{number}",
        },
        "saveAccessEndMilestones": {"unit": UNIT, "stage": "ACCEPTED", "planned": day},
        "saveInstruments": {
            "unit": UNIT, "number": f"走{number}", "typeCode": "15260000", "level": 1, "accuracyClass": "0.5S",
        },
        "saveLinks": {"key": LINK, "enabled": bool(number % 2)},
        "savePlatforms": {"province": JIA, "name": f"平台{number}", "mode": "PLATFORM"},
        "savePlatformMilestones": {"province": JIA, "stage": "TRIAL", "planned": day},
        "saveQuarterlyReports": {"province": JIA, "quarter": "2030Q1", "problems": f"问题{number}"},
        "saveUnits": {"creditCode": UNIT, "name": f"改名{number}"},
        "saveWaivers": {"unit": UNIT, "energy": "OIL", "grantor": f"处{number}", "grantedOn": "2026-01-01"},
    }  # fmt: skip
    return rows[name]


async def save(hub: Hub, who: Principal, name: str, row: Mapping[str, Any]) -> set[str]:
    """The codes of what somebody is told who saves a row; refused, it has changed nothing."""
    ((argument, of),) = type_of("Mutation").fields[name].args.items()
    before = _changes(hub)
    text = f"mutation ($rows: {of.type}) {{ {name}({argument}: $rows) {{ latest }} }}"
    context = context_of(hub, who, "walk")
    found: Any = await hub.schema.execute(text, variable_values={"rows": [row]}, context_value=context)
    codes = {str(error.extensions["code"]) for error in found.errors or ()}
    assert not codes or _changes(hub) == before
    return codes


def _changes(hub: Hub) -> int | None:
    return hub.registry.rows(Ask("audit", want_total=True, first=1)).total


@EACH
async def test_a_mutation_is_theirs_whose_it_is(hub: Hub, kind: OrganisationKind, role: Role) -> None:
    who, wrong = somebody(kind, role), []
    for name, noun in DECIDED.items():
        codes = await save(hub, who, name, row_of(name))
        is_allowed = role is Role.DECIDE and role in GIVEN[kind] and kind in DECIDING[noun]
        if codes != (set() if is_allowed else {"FORBIDDEN"}):
            wrong.append(f"{name}: {codes}")
    assert wrong == []


@KINDS
async def test_a_mutation_asks_for_rows(hub: Hub, kind: OrganisationKind) -> None:
    for name, noun in DECIDED.items():
        (argument,) = type_of("Mutation").fields[name].args
        context = context_of(hub, somebody(kind, Role.DECIDE), "walk")
        text = f"mutation {{ {name}({argument}: []) {{ latest }} }}"
        found: Any = await hub.schema.execute(text, context_value=context)
        codes = {error.extensions["code"] for error in found.errors}
        assert codes == ({"INVALID_INPUT"} if kind in DECIDING[noun] else {"FORBIDDEN"})


@KINDS
@pytest.mark.parametrize("part", Part)
async def test_a_part_is_decided_by_the_authority_that_has_it(
    hub: Hub, kind: OrganisationKind, part: Part
) -> None:
    if kind not in AUTHORITIES:
        return  # others have no part
    who = replace(somebody(kind, Role.DECIDE), parts=frozenset({part}))
    for name, noun in DECIDED.items():
        codes = await save(hub, who, name, row_of(name))
        assert codes == (set() if DECIDING[noun][kind] is part else {"FORBIDDEN"}), name


# ---- what fewer decide ----------------------------------------------------------------------------------


def those(kind: OrganisationKind) -> list[Principal]:
    """Somebody who decides, of a kind, within its province and within the nation, with each part and with none."""
    parts = [frozenset[Part](), *(frozenset({part}) for part in Part)]
    own = [REACHES[kind]] if kind is OrganisationKind.UNIT else [of_province(JIA), NATION]
    return [replace(somebody(kind, Role.DECIDE), reach=reach, parts=some) for reach in own for some in parts]


def may(who: Principal, noun: str) -> bool:
    """Whether the page says that what fewer decide of a noun is theirs."""
    deciders = RESERVED[noun].deciders
    return who.kind in deciders and deciders[who.kind] in who.parts


POINTING: list[dict[str, Any]] = [
    {"address": "https://elsewhere.example/"},
    {"credential": "ANOTHER"},
    {"dialect": "nhjc04"},
    {"dialect": "nhjc04", "quirks": '{"registration": "closed"}'},
]


@KINDS
@pytest.mark.parametrize("more", POINTING, ids=lambda more: "-".join(more))
async def test_a_link_is_pointed_by_an_authority_over_plans_that_reaches_all_of_its_hub(
    hub: Hub, provincial: Hub, kind: OrganisationKind, more: dict[str, Any]
) -> None:
    for at in (hub, provincial):
        for who in those(kind):
            at.registry.upsert("link", [{"key": LINK, "quirks": "{}", **LEADS}], LOADER)
            reaches = who.reach.is_national or (at is provincial and who.reach == of_province(JIA))
            codes = await save(at, who, "saveLinks", {"key": LINK, **more})
            assert codes == (set() if may(who, "link") and reaches else {"FORBIDDEN"}), (who, at is hub)


@KINDS
async def test_a_link_is_added_by_who_points_it(hub: Hub, provincial: Hub, kind: OrganisationKind) -> None:
    for at in (hub, provincial):
        for who in those(kind):
            reaches = who.reach.is_national or (at is provincial and who.reach == of_province(JIA))
            codes = await save(at, who, "saveLinks", {"key": f"new-{next(NUMBERS)}", **LEADS})
            assert codes == (set() if may(who, "link") and reaches else {"FORBIDDEN"}), (who, at is hub)


@KINDS
@pytest.mark.parametrize(
    "more", [{"state": "ACCEPTED"}, {"state": "RETURNED"}, {"problems": "另写"}], ids=str
)
async def test_a_report_is_reviewed_by_a_national_agency_over_plans(
    hub: Hub, provincial: Hub, kind: OrganisationKind, more: dict[str, Any]
) -> None:
    key = {"province": JIA, "quarter": "2026Q2"}
    sent = {**key, "state": "submitted", "submitted_on": dt.date(2026, 7, 5), "problems": ""}
    for at in (hub, provincial):
        for who in those(kind):
            at.registry.upsert("quarterly_report", [sent], LOADER)
            codes = await save(at, who, "saveQuarterlyReports", {**key, **more})
            assert codes == (set() if may(who, "quarterly_report") else {"FORBIDDEN"}), (who, at is hub)


async def test_what_is_anothers_is_decided_by_nobody_of_this_province(hub: Hub) -> None:
    row = {"province": YI, "quarter": "2030Q1", "problems": "问题"}
    for kind in (OrganisationKind.PROVINCIAL_DEPARTMENT, OrganisationKind.CONSTRUCTION_BODY):
        assert await save(hub, somebody(kind, Role.DECIDE), "saveQuarterlyReports", row) == {"FORBIDDEN"}
