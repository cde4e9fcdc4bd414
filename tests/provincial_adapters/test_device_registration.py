"""What a stranger cannot do: register where registration is closed, fill the registry, reach the store unread."""

from __future__ import annotations

from dataclasses import replace

import pytest

from graph.errors import ConfigurationError
from graph.model.sync_run import Link
from provincial_adapters.nhjc04 import DIALECT, PROPOSED_MAX
from tests.provincial_adapters.nhjc04_stage import LINK, UNIT, Stage
from tests.provincial_adapters.test_access_devices import ROW, SUCCESS, failed, said


def closed() -> Stage:
    """A hub whose link takes nobody new."""
    return Stage(link=replace(LINK, quirks={**LINK.quirks, "registration": "closed"}))


def test_a_closed_link_registers_and_configures_nobody_and_goes_on_taking_data() -> None:
    stage, known = closed(), Stage().identity()
    config = Stage().recorded("nhjc04_config.json")
    assert failed(stage.devices().register(said(enterpriseCode=UNIT.text)), "不开放设备自助注册")
    assert failed(stage.devices().upload_config(config), "不开放设备自助注册")
    assert stage.proposals == []
    sender = {"deviceId": known, "enterpriseCode": UNIT.text}
    assert stage.devices().upload_data(said(**sender, data=[ROW])) == SUCCESS


def test_registration_is_listed_or_closed_and_nothing_else() -> None:
    with pytest.raises(ConfigurationError, match="registration"):
        DIALECT.check({"registration": "open"})


def test_a_unit_has_so_many_proposed_points_and_no_more() -> None:
    config = Stage().recorded("nhjc04_config.json")
    codes = tuple(f"{number:016d}" for number in range(PROPOSED_MAX - 1))
    full = Stage(known_codes=codes, state="proposed")
    assert failed(full.devices().upload_config(config), str(PROPOSED_MAX), str(PROPOSED_MAX - 1))
    assert full.proposals == []
    mapped = Stage(known_codes=codes, state="active")
    assert mapped.devices().upload_config(config) == SUCCESS


def test_reading_a_message_stores_nothing_until_the_rest_is_called() -> None:
    stage = Stage()
    for read in (stage.devices().read_data, stage.devices().read_config):
        assert isinstance(read(b"{}"), dict)
    rest = stage.devices().read_data(stage.recorded("nhjc04_data.json"))
    assert callable(rest)
    assert stage.deliveries == []
    assert rest() == SUCCESS
    assert len(stage.deliveries) == 1


def test_a_link_with_wrong_quirks_is_told_and_nothing_is_guessed() -> None:
    broken = Link("link-97", "nhjc04", LINK.region, "", quirks={"valid_means": "maybe"})
    devices = Stage(link=broken).devices()
    assert failed(devices.register(said(enterpriseCode=UNIT.text)), "valid_means")
    sender = {"deviceId": Stage().identity(), "enterpriseCode": UNIT.text}
    assert failed(devices.upload_data(said(**sender, data=[ROW])), "valid_means")
