"""What a hub knows of missing values: who reports to it itself, when they were heard of, and when links were asked last."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from graph.errors import NengshuError
from graph.model.credit_code import CreditCode
from graph.model.principal import Role
from graph.model.sync_run import RunFault, RunState, SyncRun
from hub.stores.door.devices_seen import SeenDevice
from hub.stores.registry.device_rows import NewDevice
from hub.wiring import Hub
from hub.witnessing import Witnesses
from tests.hub.invented_hub import JIA, WHO, YI, hub_of, of_unit, units_of
from tests.hub.members import add_client

DAY = dt.date(2026, 10, 5)
NOON = dt.datetime(2026, 10, 5, 4, tzinfo=dt.UTC)
DEVICE, PROBE, READER = (unit.code for unit in units_of(YI)[:3])


@pytest.fixture
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    with hub_of(tmp_path_factory.mktemp("hub"), sync_seconds=0) as opened:
        yield opened


def known(hub: Hub, part: str, *units: str) -> list[dict[str, Any]]:
    """A part of what is known of a day."""
    witness = Witnesses(hub.registry, hub.door.devices)
    rows: list[dict[str, Any]] = getattr(witness.testimony(DAY, DAY, units), part).to_pylist()
    return rows


def link(hub: Hub, key: str, **more: Any) -> None:
    row = {"key": key, "dialect": "hub_graphql", "province": JIA, "address": "http://hub", **more}
    hub.registry.upsert("link", [row], WHO)


def ran(hub: Hub, key: str, at: dt.datetime, state: RunState, *faults: RunFault) -> int:
    """A run of a link that ended so."""
    number = hub.registry.begin(hub.registry.link(key), at)
    run = SyncRun(
        key, at, at, state, error="; ".join(f"{each.code}: {each.message}" for each in faults) or None
    )
    hub.registry.update(number, replace(run, faults=faults))
    return number


def test_units_with_a_device_or_a_client_that_may_upload_report_themselves(hub: Hub) -> None:
    hub.registry.devices.enrol(NewDevice("devices", CreditCode(DEVICE)))
    add_client(hub.registry, "probe", of_unit(PROBE), (Role.UPLOAD,))
    add_client(hub.registry, "reader", of_unit(READER), (Role.READ,))
    found = {(row["unit"], row["source"]) for row in known(hub, "direct")}
    assert found == {(DEVICE, None), (PROBE, "probe")}
    assert [row["unit"] for row in known(hub, "direct", PROBE)] == [PROBE]


def test_a_device_that_was_seen_was_heard_of(hub: Hub) -> None:
    assert known(hub, "heard") == []
    hub.door.devices.note(SeenDevice(DEVICE, "devices", YI, YI), {"uploaded": None})
    (row,) = known(hub, "heard")
    assert (row["unit"], row["begins"]) == (DEVICE, row["ends"])
    assert known(hub, "heard", PROBE) == []


def test_only_links_that_this_hub_asks_are_asked(hub: Hub) -> None:
    link(hub, "jia")
    link(hub, "above", dialect="hub_push", province=YI)
    assert [(row["link"], row["province"], row["asked_at"]) for row in known(hub, "asked")] == [
        ("jia", JIA, None)
    ]


def test_a_link_that_was_taken_out_of_use_keeps_no_other_back(hub: Hub) -> None:
    link(hub, "old", enabled=False)
    assert [row["link"] for row in known(hub, "asked")] == ["old"]
    link(hub, "new")
    assert [row["link"] for row in known(hub, "asked")] == ["new"]


def fault(*, is_end: bool) -> RunFault:
    return RunFault.of(NengshuError("a word of the source"), is_end=is_end)


@pytest.mark.parametrize(
    ("state", "faults", "asked", "failed"),
    [
        (RunState.SUCCEEDED, (), True, None),
        (RunState.FAILED, (fault(is_end=False),), True, None),
        (RunState.FAILED, (fault(is_end=False), fault(is_end=True)), False, NengshuError.code),
        (RunState.FAILED, (), False, "without a word"),
    ],
)
def test_a_source_was_asked_by_a_run_that_came_to_its_end(
    hub: Hub, state: RunState, faults: tuple[RunFault, ...], asked: bool, failed: str | None
) -> None:
    link(hub, "jia")
    first = ran(hub, "jia", NOON, RunState.SUCCEEDED)
    later = NOON + dt.timedelta(hours=1)
    second = ran(hub, "jia", later, state, *faults)
    (row,) = known(hub, "asked")
    at, run = (later, second) if asked else (NOON, first)
    assert (row["asked_at"], row["run"], row["failed"]) == (at.replace(tzinfo=None), run, failed)


def test_a_failure_before_the_last_good_run_is_over(hub: Hub) -> None:
    link(hub, "jia")
    ran(hub, "jia", NOON, RunState.FAILED, fault(is_end=True))
    good = ran(hub, "jia", NOON + dt.timedelta(hours=1), RunState.SUCCEEDED)
    (row,) = known(hub, "asked")
    assert (row["run"], row["failed"]) == (good, None)
