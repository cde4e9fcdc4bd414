"""What the hub keeps of devices: by which link they come in, what they say of themselves, and no more than is bounded."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from graph.model.access_device import DeviceState
from graph.model.credit_code import CreditCode
from graph.model.principal import NATION
from hub.device_said import PROBLEMS_MAX, SAID_BYTES_MAX
from hub.devices import RegistryDevices
from provincial_adapters import Enrolled, Proposal
from provincial_adapters._toolkit.devices import Problem
from tests.hub.device_stage import LINK, POWER, SUCCESS, UNHEARD, Stage, stage_in
from tests.hub.invented_hub import JIA, WHO, YI, units_of


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    """A hub with a link for the devices of one of its two provinces."""
    with stage_in(tmp_path_factory.mktemp("kept")) as made:
        yield made


@pytest.fixture
def stage(hub: Stage) -> Stage:
    """A unit of it whose device nobody knows yet."""
    return hub.newcomer()


def devices_of(stage: Stage, dialect: str = "nhjc04") -> RegistryDevices:
    """The devices of a dialect."""
    return RegistryDevices.of(stage.hub.registry, NATION, dialect, stage.hub.door.devices)


def enrolled(stage: Stage) -> Enrolled:
    """The unit's device."""
    found = devices_of(stage).enrol(CreditCode(stage.unit))
    assert found is not None
    return found


def said(stage: Stage, **given: object) -> tuple[dict[str, object], list[str]]:
    """What is kept of a proposal."""
    whole = {"unit": CreditCode(stage.unit), "points": (), "enterprise": {}, **given}
    devices_of(stage).say(enrolled(stage), Proposal(**whole))  # type: ignore[arg-type]  # as each test gives it
    device = stage.device()
    return json.loads(device["said"]), list(json.loads(device["problems"]).values())


def test_a_units_devices_come_in_by_its_provinces_link_and_by_that_of_their_dialect(stage: Stage) -> None:
    found = devices_of(stage).link_of(CreditCode(units_of(YI)[0].code))
    assert found is not None
    assert found.key == LINK
    assert devices_of(stage).link_of(CreditCode(units_of(JIA)[0].code)) is None
    assert devices_of(stage).link_of(CreditCode.of_body("91990100MA9999999")) is None
    assert devices_of(stage, "nhjc_ak").link_of(CreditCode(units_of(YI)[0].code)) is None


def test_a_link_that_is_disabled_lets_no_device_in_and_one_that_is_enabled_again_finds_it_as_it_was(
    stage: Stage,
) -> None:
    before = enrolled(stage)
    row = {"key": LINK, "enabled": False}
    stage.hub.registry.upsert("link", [row], WHO)
    try:
        assert devices_of(stage).find(before.unit) is None
        assert devices_of(stage).enrol(before.unit) is None
    finally:
        stage.hub.registry.upsert("link", [{**row, "enabled": True}], WHO)
    assert devices_of(stage).find(before.unit) == before


def test_a_device_is_found_in_the_state_it_was_decided_to_at_once(stage: Stage) -> None:
    devices, unit = devices_of(stage), CreditCode(stage.unit)
    assert devices.find(unit) is None
    device = devices.enrol(unit)
    assert device is not None
    assert device.state is DeviceState.AWAITING
    stage.decide(DeviceState.REFUSED, "不符")
    found = devices.find(unit)
    assert found is not None
    assert (found.state, found.why, found.place) == (DeviceState.REFUSED, "不符", device.place)
    assert (unit, LINK) in devices.units()


def test_parts_that_a_configuration_does_not_name_stay_as_they_were(stage: Stage) -> None:
    said(
        stage,
        enterprise={"name": "某厂"},
        parts={"processes": ({"code": "01"},), "instruments": ({"n": "1"},)},
    )
    kept, _ = said(stage, parts={"instruments": ({"n": "2"},)})
    assert kept == {
        "enterprise": {"name": "某厂"},
        "parts": {"processes": [{"code": "01"}], "instruments": [{"n": "2"}]},
    }


def test_how_to_reach_a_person_is_kept_in_no_list_which_whoever_sees_the_device_sees(stage: Stage) -> None:
    rows = ({"n": "1", "verifyPhone": "0000-0000000", "contactEmail": "a@b.example", "unitName": "某院"},)
    kept, _ = said(stage, parts={"instruments": rows})
    assert kept["parts"] == {"instruments": [{"n": "1", "unitName": "某院"}]}


def test_problems_of_a_whole_configuration_take_the_place_of_those_before_and_others_are_added(
    stage: Stage,
) -> None:
    first, second, third = (Problem(None, name, "试") for name in ("latitude", "phone", "old token"))
    assert said(stage, enterprise={"name": "某厂"}, problems=(first,))[1] == [str(first)]
    assert said(stage, problems=(third,))[1] == [str(first), str(third)]
    assert said(stage, problems=(third,))[1] == [str(first), str(third)]
    assert said(stage, enterprise={"name": "某厂"}, problems=(second,))[1] == [str(second)]


def test_what_a_device_says_of_itself_is_bounded(stage: Stage) -> None:
    rows = tuple({"name": "长" * 500} for _ in range(SAID_BYTES_MAX // 1_000))
    kept, problems = said(stage, enterprise={"name": "某厂"}, parts={"instruments": rows})
    assert kept == {"enterprise": {"name": "某厂"}, "parts": {}}
    assert str(SAID_BYTES_MAX) in problems[-1]
    many = tuple(Problem(number, "code", "试") for number in range(1, 3 * PROBLEMS_MAX))
    assert len(said(stage, problems=many)[1]) == PROBLEMS_MAX


def test_saying_the_same_once_more_writes_nothing_so_that_what_is_remembered_stays(stage: Stage) -> None:
    stage.registered()
    assert stage.configure(POWER, name="某厂") == SUCCESS
    before, at = stage.hub.registry.version(), stage.device()["said_at"]
    assert stage.configure(POWER, name="某厂") == SUCCESS
    assert (stage.hub.registry.version(), stage.device()["said_at"]) == (before, at)
    assert stage.configure(POWER, name="另一名字") == SUCCESS
    assert stage.hub.registry.version() != before


def test_saying_the_same_once_more_adds_nothing_to_the_audit(stage: Stage) -> None:
    assert stage.configure(POWER, UNHEARD, name="某厂") == SUCCESS
    before = len(stage.rows("audit", unit=stage.unit))
    for name in ("某厂", "另一名字", "第三名字"):
        assert stage.configure(POWER, UNHEARD, name=name) == SUCCESS
    assert len(stage.rows("audit", unit=stage.unit)) == before


def test_devices_that_are_looked_for_together_are_found_as_each_is_alone(stage: Stage, hub: Stage) -> None:
    others = [hub.newcomer() for _ in range(20)]
    found = [enrolled(each) for each in (stage, *others)]
    nobody = CreditCode(hub.newcomer().unit)
    devices = devices_of(stage)
    together = devices.find_all([each.unit for each in found] + [nobody])
    assert together == {each.unit: each for each in found}
    assert {unit: devices.find(unit) for unit in together} == together
    assert devices.find_all([]) == {}
