"""What a device says stands until it says otherwise: of a message what it was about, of what happened all of it."""

from __future__ import annotations

import json
from typing import Any

from graph.model.access_device import DeviceSays
from graph.model.credit_code import CreditCode
from hub.device_said import ADDED_MAX, NOTHING_YET, PROBLEM_MAX, PROBLEMS_MAX, SAID_BYTES_MAX, said_after
from provincial_adapters import Proposal
from provincial_adapters._toolkit.devices import Problem

UNIT = CreditCode("91970000MA00000013")
NOTHING = NOTHING_YET


def after(state: DeviceSays, *problems: Problem, **more: Any) -> DeviceSays:
    """What is kept once one more was said."""
    return said_after(state, Proposal(UNIT, (), more.pop("enterprise", {}), problems, **more))


def parts(state: DeviceSays) -> Any:
    return json.loads(state.said)["parts"]


def wrong(state: DeviceSays) -> list[str]:
    return list(json.loads(state.problems).values())


def test_a_whole_configuration_takes_the_place_of_all_problems() -> None:
    state = after(NOTHING, Problem(1, "statType", "odd"), enterprise={"name": "厂"})
    state = after(state, Problem(None, "old token", "it ended"))
    assert len(wrong(state)) == 2
    assert wrong(after(state, enterprise={"name": "厂"})) == []


def test_a_message_takes_the_place_of_what_it_was_about_alone() -> None:
    state = after(NOTHING, Problem(None, "old token", "it ended"))
    state = after(
        state, Problem(2, "statType", "odd"), about="collectItems", parts={"collectItems": ({"a": "1"},)}
    )
    state = after(state, Problem(1, "latitude", "swapped"), about="enterprise", enterprise={"name": "厂"})
    assert len(wrong(state)) == 3
    state = after(state, about="collectItems", parts={"collectItems": ({"a": "2"},)})
    assert [why.split(":")[0] for why in wrong(state)] == ["old token", "collectItemConfig[1].latitude"]
    assert parts(state) == {"collectItems": [{"a": "2"}]}
    assert json.loads(state.said)["enterprise"] == {"name": "厂"}


def test_what_happened_is_added_once_and_the_oldest_is_forgotten() -> None:
    state = NOTHING
    for number in (1, 2, 2):
        rows = ({"gaugeCode": f"E-{number}"},)
        state = after(state, parts={"replacements": rows}, added=frozenset(["replacements"]))
    assert parts(state)["replacements"] == [{"gaugeCode": "E-1"}, {"gaugeCode": "E-2"}]
    many = tuple({"gaugeCode": f"F-{number}"} for number in range(ADDED_MAX))
    state = after(state, parts={"replacements": many}, added=frozenset(["replacements"]))
    assert len(parts(state)["replacements"]) == ADDED_MAX
    assert {"gaugeCode": "E-1"} not in parts(state)["replacements"]


def test_what_is_kept_is_bounded() -> None:
    rows = tuple({"name": "x" * 500} for _ in range(SAID_BYTES_MAX // 500 + 1))
    problems = [Problem(number, "statType", "odd") for number in range(PROBLEMS_MAX + 50)]
    state = after(NOTHING, *problems, parts={"instruments": rows}, about="instruments")
    assert parts(state) == {}
    assert len(wrong(state)) == PROBLEMS_MAX + 1
    assert "not kept" in wrong(state)[-1]


def test_how_to_reach_persons_is_kept_apart_from_the_rest() -> None:
    said = {
        "name": "厂",
        "energyOffice": "能源科",
        "energyRespName": "张三",
        "energyRespPhone": "139",
        "email": "a@b.example",
    }
    state = after(NOTHING, enterprise=said)
    assert json.loads(state.telephones) == {"energyRespPhone": "139", "email": "a@b.example"}
    assert json.loads(state.said)["enterprise"] == {
        "name": "厂",
        "energyOffice": "能源科",
        "energyRespName": "张三",
    }
    assert json.loads(after(state, parts={"processes": ()}).telephones)["energyRespPhone"] == "139"
    assert json.loads(after(state, enterprise={"name": "厂"}).telephones) == {}


def test_a_telephone_in_a_list_is_kept_apart_too_until_the_list_is_said_anew() -> None:
    row = {"gaugeCode": "E-1", "managerPhone": "13800000001", "联系电话": "13800000002"}
    state = after(NOTHING, enterprise={"phone": "13800000003"}, parts={"instruments": (row,)})
    assert "1380000000" not in state.said
    assert json.loads(state.telephones) == {
        "phone": "13800000003",
        "instruments[1].managerPhone": "13800000001",
        "instruments[1].联系电话": "13800000002",
    }
    state = after(state, parts={"processes": ()})
    assert len(json.loads(state.telephones)) == 3
    state = after(state, parts={"instruments": ({"gaugeCode": "E-1"},)})
    assert json.loads(state.telephones) == {"phone": "13800000003"}
    added = after(state, parts={"replacements": (row,)}, added=frozenset(["replacements"]))
    assert "1380000000" not in added.said


def test_a_problem_is_kept_with_so_many_characters() -> None:
    state = after(NOTHING, Problem(1, "x" * 5_000, "y" * 5_000))
    assert len(state.problems) < 2 * PROBLEM_MAX + 20
