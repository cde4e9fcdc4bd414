"""Whose a device's words are: a unit's device says nothing of another's, and who else sees and decides of it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

import pytest

from graph.model.credit_code import CreditCode
from graph.model.principal import NATION, OrganisationKind, Part, Principal, Reach, Role
from graph.model.region import RegionCode
from graph.ports import Ask
from hub.endpoints.answers import context_of
from hub.wiring import Hub
from provincial_adapters._nhjc_ak.keys import proof_of
from provincial_adapters.nhjc_ak import Caller
from tests.hub.ak_devices import PASSWORD
from tests.hub.device_stage import LINK, POWER, SUCCESS, UNHEARD, Stage, row, stage_in
from tests.hub.invented_hub import JIA, WHO, YI, of_province, units_of

pytestmark = pytest.mark.anyio
UNIT, OTHER = units_of(YI)[1].code, units_of(YI)[2].code
SEEN = "{ accessDevices { nodes { unit telephones { said } } } }"
DECIDE = """mutation ($rows: [AccessDeviceInput!]!) { saveAccessDevices(accessDevices: $rows) { row { state } } }"""
MAP = "mutation ($rows: [DataPointInput!]!) { saveDataPoints(dataPoints: $rows) { row { state } } }"
PHONE = "0000-0000000"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two units' devices of one province, each of which said what it is."""
    with stage_in(tmp_path_factory.mktemp("rights")) as made:
        for unit in (UNIT, OTHER):
            each = Stage(made.hub, unit)
            assert each.configure(POWER, name="虚构厂", energyRespPhone=PHONE) == SUCCESS
        yield made


def everything(hub: Hub, unit: str) -> Any:
    """All that the registry has of a unit and its device."""
    nouns = ("unit", "access_device", "device_day", "data_point", "instrument")
    reach = Reach(unit=CreditCode(unit))
    return [hub.registry.rows(Ask(noun, reach, first=1_000)).table.to_pylist() for noun in nouns]


def somebody(kind: OrganisationKind, reach: Reach, part: Part | None = None, *roles: Role) -> Principal:
    """Somebody who may read and decide, and what else is named."""
    parts = frozenset() if part is None else frozenset({part})
    return Principal("asker", "of", reach, frozenset({Role.READ, Role.DECIDE, *roles}), kind, parts)


PLANS, INSTRUMENTS = Part.PLANS, Part.INSTRUMENTS
AGENCY, DEPARTMENT = OrganisationKind.NATIONAL_AGENCY, OrganisationKind.PROVINCIAL_DEPARTMENT
CITY = Reach(region=RegionCode(f"{YI[:2]}0100"))
ASKERS = {
    "NDRC": (somebody(AGENCY, NATION, PLANS), True, True),
    "SAMR": (somebody(AGENCY, NATION, INSTRUMENTS), True, False),
    "its province": (somebody(DEPARTMENT, of_province(YI), PLANS), True, True),
    "its province's metrology": (somebody(DEPARTMENT, of_province(YI), INSTRUMENTS), True, False),
    "a city of it": (somebody(DEPARTMENT, CITY, PLANS), True, False),
    "another province": (somebody(DEPARTMENT, of_province(JIA), PLANS), False, False),
    "its construction body": (
        somebody(OrganisationKind.CONSTRUCTION_BODY, of_province(YI)),
        True,
        False,
    ),
    "the unit": (somebody(OrganisationKind.UNIT, Reach(unit=CreditCode(UNIT))), True, False),
    "another unit": (somebody(OrganisationKind.UNIT, Reach(unit=CreditCode(OTHER))), False, False),
}  # fmt: skip
ALL = pytest.mark.parametrize(("who", "sees", "decides"), ASKERS.values(), ids=ASKERS)


async def asked(stage: Stage, who: Principal, question: str, **variables: Any) -> tuple[Any, set[str]]:
    """What somebody is answered, and the codes of what went wrong."""
    context = context_of(stage.hub, who, "asked")
    found: Any = await stage.hub.schema.execute(question, variable_values=variables, context_value=context)
    return found.data, {str(error.extensions["code"]) for error in found.errors or ()}


@ALL
async def test_who_sees_a_device_and_who_decides_of_it(
    stage: Stage, who: Principal, *, sees: bool, decides: bool
) -> None:
    data, codes = await asked(stage, who, SEEN)
    nodes = {node["unit"]: node["telephones"] for node in data["accessDevices"]["nodes"]}
    assert (UNIT in nodes, codes) == (sees, set())
    assert not any(nodes.values())  # nobody here has the role contacts
    mark = str(
        [asker for asker, _, _ in ASKERS.values()].index(who)
    )  # another decision of each: the same again is none
    device = {"unit": UNIT, "link": LINK, "state": "AWAITING", "why": mark}
    point = {"unit": UNIT, "code": UNHEARD, "granularity": "DAY", "since": "2026-01-01", "low": mark}
    asks = ((DECIDE, device), (MAP, point))
    before = everything(stage.hub, UNIT)
    for question, cells in asks:
        data, codes = await asked(stage, who, question, rows=[cells])
        assert (codes == set()) is decides, (question, codes)
    assert decides or everything(stage.hub, UNIT) == before


@pytest.mark.parametrize("has_role", [True, False])
async def test_how_to_reach_persons_is_seen_with_the_role_contacts_alone(
    stage: Stage, *, has_role: bool
) -> None:
    roles = [Role.CONTACTS] if has_role else []
    data, _ = await asked(stage, somebody(DEPARTMENT, of_province(YI), PLANS, *roles), SEEN)
    for node in data["accessDevices"]["nodes"]:
        assert node["telephones"] == ([{"said": PHONE}] if has_role else [])


@pytest.mark.parametrize("step", ["upload_config", "upload_data"])
def test_a_device_says_nothing_of_another_unit(stage: Stage, step: str) -> None:
    identity, before = stage.registered(), everything(stage.hub, OTHER)
    said = {"collectItemConfig": [], "enterprise": {"name": "冒名"}, "data": [row(POWER)]}
    answer = stage.say(step, deviceId=identity, enterpriseCode=OTHER, **said)
    assert answer["responseCode"] == "1"
    assert everything(stage.hub, OTHER) == before


def test_a_configuration_that_names_another_unit_within_is_kept_as_its_own_word(stage: Stage) -> None:
    before = everything(stage.hub, OTHER)
    assert stage.configure(UNHEARD, code=OTHER, name="冒名") == SUCCESS
    assert everything(stage.hub, OTHER) == before
    said = json.loads(stage.device()["said"])
    assert said["enterprise"]["code"] == OTHER
    assert UNHEARD.replace("-", "") in {each["code"] for each in stage.rows("data_point", unit=UNIT)}


@pytest.fixture(scope="module")
def ak(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A hub with a link of the AK dialect, and two units' devices; of the other an instrument is registered."""
    with stage_in(tmp_path_factory.mktemp("ak_rights")) as made:
        upsert = made.hub.registry.upsert
        link = {"key": "ak", "dialect": "nhjc_ak", "province": YI, "address": "devices call"}
        upsert("link", [{**link, "quirks": json.dumps({"approval": "automatic"})}], WHO)
        days = {"calibrated_on": "2026-03-01", "calibration_until": "2027-03-01"}
        upsert(
            "instrument",
            [
                {
                    "unit": OTHER,
                    "number": "OF-OTHER",
                    "type_code": "15260000",
                    "level": 1,
                    "accuracy_class": "0.5",
                    **days,
                }
            ],
            WHO,
        )
        yield made


def say(stage: Stage, path: str, shown: str | None = None, **message: Any) -> Any:
    """What a step of the AK dialect is answered."""
    return json.loads(stage.hub.ak.answer(path, json.dumps(message).encode(), Caller("x", shown)).body)


def token(stage: Stage, unit: str) -> str:
    """The token of a unit's device."""
    whose = {"enterpriseCode": unit}
    assert say(stage, "/enterpriseInfo/apply", **whose, password=PASSWORD)["responseCode"] == "200"
    key = say(stage, "/enterpriseInfo/rwk", **whose)["data"]["secretKey"]
    proof = proof_of(key, CreditCode(unit), PASSWORD)
    return str(say(stage, "/requestAK", **whose, password=proof)["data"]["token"])


ROWS: Mapping[str, Mapping[str, Any]] = {
    "/enterpriseInfo/update": {"name": "冒名", "code": OTHER},
    "/processConfigure": {"data": [{"processCode": "01", "enterpriseCode": OTHER}]},
    "/processUnitConfigure": {"data": [{"code": "01", "enterpriseCode": OTHER}]},
    "/collectItemConfigure": {"data": [{"dataCode": UNHEARD, "statType": "1", "scope": "1", "enterpriseCode": OTHER}]},
    "/gaugeConfigure": {"data": [{"gaugeCode": "OF-OTHER", "enterpriseCode": OTHER}]},
    "/gaugeReplaceConfigure": {
        "data": [{"gaugeCode": "OF-OTHER", "newGaugeCode": "E-9", "replaceDate": "2026-10-05", "enterpriseCode": OTHER}]
    },
    "/gaugeVerifyConfigure": {"data": [{"gaugeCode": "OF-OTHER", "verifyDate": "2026-10-05", "enterpriseCode": OTHER}]},
}  # fmt: skip


@pytest.mark.parametrize("path", ROWS)
def test_a_device_of_the_ak_dialect_says_nothing_of_another_unit(ak: Stage, path: str) -> None:
    shown, _ = token(ak, UNIT), token(ak, OTHER)
    before = everything(ak.hub, OTHER)
    answer = say(ak, path, shown, **ROWS[path], enterpriseCode=OTHER)
    assert (answer["responseCode"], answer["data"]) == ("400", None)
    answer = say(ak, path, shown, **ROWS[path])
    assert answer["responseCode"] == "200"
    assert everything(ak.hub, OTHER) == before
    assert "2026-03-01" not in json.dumps(answer)  # what is registered of the other's instrument


def test_a_token_of_one_unit_is_of_no_use_with_the_password_of_another(ak: Stage) -> None:
    shown = token(ak, UNIT)
    answer = say(ak, "/enterpriseInfo/update", shown, enterpriseCode=OTHER, password="mine now")
    assert answer["responseCode"] == "400"
    assert token(ak, OTHER)
