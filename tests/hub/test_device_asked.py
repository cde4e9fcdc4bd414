"""Devices as GraphQL shows them and as they are decided there: a province its own, a unit its own device and no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from graph.model.access_device import DeviceState
from graph.model.credit_code import CreditCode
from graph.model.principal import OrganisationKind, Part, Principal, Reach, Role
from hub.endpoints.answers import context_of
from tests.hub.device_stage import DAY, LINK, POWER, SUCCESS, UNHEARD, Stage, row, stage_in
from tests.hub.invented_hub import JIA, YI, of_province, units_of

pytestmark = pytest.mark.anyio
UNIT, OTHER = units_of(YI)[1], units_of(YI)[2]
ALL = "{ accessDevices { totalCount nodes { unit } } }"
SHOWN = """{ accessDevice(unit: "%s", link: "devices") {
  state why place uploadTime province decidedBy problems
  owner { name } linkDetail { key }
  said { field said registered differs } saidParts { name rows }
  dataPoints { code state }
  days { day rows fitting refused { code rows } suspected { code rows } }
  seen { registeredAt checkedAt uploadedAt dictionaryTold dictionaryTaken dictionaryOld }
} }"""
DECIDE = """mutation ($rows: [AccessDeviceInput!]!) { saveAccessDevices(accessDevices: $rows) {
  row { state why decidedBy } changes { field before after } latest } }"""
MAP = "mutation ($rows: [DataPointInput!]!) { saveDataPoints(dataPoints: $rows) { row { state low high instrument } } }"


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """Two units' devices that await approval; of one a day waits."""
    with stage_in(tmp_path_factory.mktemp("asked")) as made:
        made.configure(POWER, UNHEARD, name="别的名字", code=UNIT.code)
        made.say("version_check", deviceId=made.registered())
        assert made.upload(row(POWER), row(UNHEARD, "-3")) == SUCCESS
        Stage(made.hub, OTHER.code).registered()
        yield made


def somebody(kind: OrganisationKind, reach: Reach) -> Principal:
    """Somebody who may read and decide."""
    roles, parts = frozenset({Role.READ, Role.DECIDE}), frozenset({Part.PLANS})
    return Principal(
        "asker", "of", reach, roles, kind, parts if kind is not OrganisationKind.UNIT else frozenset()
    )


PROVINCE = somebody(OrganisationKind.PROVINCIAL_DEPARTMENT, of_province(YI))
ELSEWHERE = somebody(OrganisationKind.PROVINCIAL_DEPARTMENT, of_province(JIA))
OWN = somebody(OrganisationKind.UNIT, Reach(unit=CreditCode(UNIT.code)))


async def asked(stage: Stage, who: Principal, question: str, **variables: Any) -> tuple[Any, set[str]]:
    """What somebody is answered, and the codes of what went wrong."""
    context = context_of(stage.hub, who, "asked")
    found: Any = await stage.hub.schema.execute(question, variable_values=variables, context_value=context)
    return found.data, {str(error.extensions["code"]) for error in found.errors or ()}


async def test_a_province_sees_its_devices_a_unit_its_own_and_another_province_none(stage: Stage) -> None:
    for who, units in ((PROVINCE, {UNIT.code, OTHER.code}), (OWN, {UNIT.code}), (ELSEWHERE, set())):
        data, _ = await asked(stage, who, ALL)
        assert {node["unit"] for node in data["accessDevices"]["nodes"]} == units


async def test_a_device_is_shown_with_all_its_province_wants_to_know(stage: Stage) -> None:
    data, codes = await asked(stage, PROVINCE, SHOWN % UNIT.code)
    assert codes == set()
    found = data["accessDevice"]
    assert (found["place"], found["uploadTime"], found["province"]) == (0, "00:30:00", YI)
    assert found["owner"] == {"name": UNIT.name}
    assert found["said"][0] == {"field": "name", "said": "别的名字", "registered": UNIT.name, "differs": True}
    assert {"field": "code", "said": UNIT.code, "registered": UNIT.code, "differs": False} in found["said"]
    assert {"code": UNHEARD.replace("-", ""), "state": "PROPOSED"} in found["dataPoints"]
    assert found["days"] == [
        {"day": DAY, "rows": 2, "fitting": 2, "refused": [], "suspected": [{"code": "negative", "rows": 1}]}
    ]
    seen = found["seen"]
    assert dt.datetime.fromisoformat(seen["uploadedAt"]) >= dt.datetime.fromisoformat(seen["checkedAt"])
    assert seen["dictionaryTold"] is not None
    assert (seen["dictionaryTaken"], seen["dictionaryOld"]) == (None, True)


async def test_a_device_that_downloads_what_it_was_told_of_has_no_old_dictionary(stage: Stage) -> None:
    other = Stage(stage.hub, OTHER.code)
    identity = other.registered()
    other.say("version_check", deviceId=identity)
    other.say("download_base_data", deviceId=identity)
    data, _ = await asked(stage, PROVINCE, SHOWN % OTHER.code)
    seen = data["accessDevice"]["seen"]
    assert seen["dictionaryTold"] == seen["dictionaryTaken"]
    assert seen["dictionaryOld"] is False
    assert seen["uploadedAt"] is None


async def test_what_a_device_is_seen_to_do_leaves_the_registry_as_it_is(stage: Stage) -> None:
    identity, before = stage.registered(), stage.hub.registry.version()
    stage.registered()
    stage.say("version_check", deviceId=identity)
    stage.hub.door.devices.settle()
    assert stage.hub.registry.version() == before


async def test_what_waits_is_told_with_whose_device_sent_it(stage: Stage) -> None:
    question = """query ($units: [String!]) { quarantinedBatches(filter: {unit: $units}) {
      nodes { unit batch rows waiting state } } }"""
    data, codes = await asked(stage, PROVINCE, question, units=[UNIT.code])
    assert codes == set()
    assert data["quarantinedBatches"]["nodes"] == [
        {"unit": UNIT.code, "batch": 0, "rows": 2, "waiting": 2, "state": "WAITING"}
    ]
    data, _ = await asked(stage, PROVINCE, question, units=[OTHER.code])
    assert data["quarantinedBatches"]["nodes"] == []


async def test_its_province_decides_of_a_device_and_its_unit_does_not(stage: Stage) -> None:
    rows = [{"unit": UNIT.code, "link": LINK, "state": "REFUSED", "why": "设备与备案不符"}]
    for who in (OWN, ELSEWHERE):
        _, codes = await asked(stage, who, DECIDE, rows=rows)
        assert codes <= {"FORBIDDEN", "INVALID_INPUT"}
        assert codes
        assert stage.device()["state"] == "awaiting"
    data, codes = await asked(stage, PROVINCE, DECIDE, rows=rows)
    assert codes == set()
    (saved,) = data["saveAccessDevices"]
    assert saved["row"] == {"state": "REFUSED", "why": "设备与备案不符", "decidedBy": "asker"}
    assert {"field": "state", "before": "AWAITING", "after": "REFUSED"} in saved["changes"]
    data, _ = await asked(
        stage, PROVINCE, DECIDE, rows=[{"unit": UNIT.code, "link": LINK, "state": "AWAITING"}]
    )
    assert data["saveAccessDevices"][0]["row"]["why"] is None
    stale = [{"unit": UNIT.code, "link": LINK, "state": "APPROVED", "ifLatest": saved["latest"]}]
    assert (await asked(stage, PROVINCE, DECIDE, rows=stale))[1] == {"CONFLICT"}


async def test_nobody_makes_a_device_by_deciding_of_one_nor_refuses_one_without_a_reason(
    stage: Stage,
) -> None:
    for wrong in (
        {"unit": units_of(YI)[3].code, "link": LINK, "state": "APPROVED"},
        {"unit": UNIT.code, "link": "nowhere", "state": "APPROVED"},
        {"unit": UNIT.code, "link": LINK, "state": "REFUSED"},
    ):
        assert (await asked(stage, PROVINCE, DECIDE, rows=[wrong]))[1] == {"INVALID_INPUT"}
    assert {each["state"] for each in stage.rows("access_device")} == {"awaiting"}


async def test_a_province_maps_what_a_device_proposes_and_what_waited_is_booked(stage: Stage) -> None:
    of = {"unit": UNIT.code, "code": UNHEARD}
    data, codes = await asked(
        stage, PROVINCE, MAP, rows=[{**of, "state": "ACTIVE", "high": "90000.5", "instrument": "E-7"}]
    )
    assert codes == set()
    assert data["saveDataPoints"][0]["row"] == {
        "state": "ACTIVE", "low": None, "high": "90000.5", "instrument": "E-7",
    }  # fmt: skip
    assert (await asked(stage, OWN, MAP, rows=[{**of, "state": "PROPOSED"}]))[1] == {"FORBIDDEN"}
    stage.decide(DeviceState.APPROVED)
    assert stage.book() == 1
    assert [batch["accepted"] for batch in stage.batches()] == [2]


async def test_a_telephone_anywhere_in_a_configuration_is_shown_with_the_role_contacts_alone(
    tmp_path: Path,
) -> None:
    phone = "13800000001"
    with stage_in(tmp_path) as stage:
        sender = {"deviceId": stage.registered(), "enterpriseCode": stage.unit}
        lists = {
            name: [{"code": "01", "leaderPhone": phone}] for name in ("process", "processUnit", "instruments")
        }
        items = [{"statType": "9", "remark": "", "联系电话": phone}]
        told = stage.say("upload_config", **sender, enterprise={"fax": phone}, group=f"电话 {phone}", **lists)
        assert told == SUCCESS
        stage.say("upload_config", **sender, collectItemConfig=items)
        question = f"""{{ accessDevice(unit: "{stage.unit}", link: "devices") {{ problems said {{ field said }}
          saidParts {{ name text }} telephones {{ field said }} }} }}"""
        data, _ = await asked(stage, PROVINCE, question)
        assert data["accessDevice"]["saidParts"]
        assert data["accessDevice"]["telephones"] == []
        assert phone not in str(data)
        contacts = replace(PROVINCE, roles=PROVINCE.roles | {Role.CONTACTS})
        data, _ = await asked(stage, contacts, question)
    assert {each["field"] for each in data["accessDevice"]["telephones"]} == {
        "fax", "processes[1].leaderPhone", "processUnits[1].leaderPhone", "instruments[1].leaderPhone",
    }  # fmt: skip
