"""Settings come from the environment, are checked whole, and hold no secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.errors import ConfigurationError
from graph.model.principal import NATION, Reach
from graph.model.region import RegionCode
from hub.settings import Settings, load_settings, secret


@pytest.fixture(autouse=True)
def _clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of whoever runs the tests."""
    for name in Settings.model_fields:
        monkeypatch.delenv(f"NENGSHU_{name.upper()}", raising=False)


def test_without_a_word_a_hub_serves_the_nation_on_loopback() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.reach) == ("127.0.0.1", 8424, NATION)
    assert settings.base_url == "http://127.0.0.1:8424"
    assert settings.data_dir == Path("nengshu-data")


def test_the_environment_is_heard_and_what_is_given_comes_first(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NENGSHU_PORT", "9000")
    monkeypatch.setenv("NENGSHU_NAME", "虚构甲省")
    settings = load_settings(port=9001, name=None)
    assert (settings.port, settings.name) == (9001, "虚构甲省")


def test_every_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = {
        "PORT": "70000", "REGION": "91000", "BODY_BYTES_MAX": "0", "BODY_SECONDS_MAX": "soon", "CONCURRENCY_MAX": "-1",
        "READER_THREADS": "many", "NAME": "n" * 65, "CONSUMPTION_USES": "11;12", "CORPS_CODE": "11",
        "FIRST_QUARTER": "2018Q4",
    }  # fmt: skip
    for name, value in wrong.items():
        monkeypatch.setenv(f"NENGSHU_{name}", value)
    with pytest.raises(ConfigurationError) as refused:
        load_settings()
    assert len(refused.value.faults) == len(wrong)
    for name, value in wrong.items():
        assert any(fault.startswith(f"{name.lower()}: ") and value in fault for fault in refused.value.faults)


@pytest.mark.parametrize("region", ["", "91", "000000", "91000x", "９１００００", "9100000"])
def test_a_region_that_is_none_is_refused(monkeypatch: pytest.MonkeyPatch, region: str) -> None:
    monkeypatch.setenv("NENGSHU_REGION", region)
    with pytest.raises(ConfigurationError, match="region"):
        load_settings()


def test_a_provincial_hub_speaks_for_its_province(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NENGSHU_REGION", "910000")
    assert load_settings().reach == Reach(region=RegionCode("910000"))


def test_uses_that_count_are_numbers_with_commas_between() -> None:
    assert load_settings().uses == ("11",)
    assert load_settings(consumption_uses="11,12,11").uses == ("11", "12")


@pytest.mark.parametrize("uses", ["", "1", "111", "11,", "11, 12", "１１", "11,xx", "11\n"])
def test_uses_that_are_none_are_refused(uses: str) -> None:
    with pytest.raises(ConfigurationError, match="consumption_uses"):
        load_settings(consumption_uses=uses)


def test_the_corps_stands_under_the_number_of_the_setting() -> None:
    assert load_settings(corps_code="68").divisions[RegionCode("680000")].english == "XPCC"
    for code in ("11", "90", "6", "6x"):
        with pytest.raises(ConfigurationError, match="corps_code"):
            load_settings(corps_code=code)


def test_devices_are_told_the_public_address() -> None:
    assert load_settings(public_url="https://hub.example").base_url == "https://hub.example"
    assert load_settings(host="::1", port=1).base_url == "http://[::1]:1"


def test_settings_cannot_be_changed() -> None:
    name = "port"
    with pytest.raises(ValueError, match="frozen"):
        setattr(load_settings(), name, 1)


def test_a_secret_is_named_and_stands_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NENGSHU_SECRET_DEMO_PROVINCE", "value")
    assert secret("demo-province") == "value"


@pytest.mark.parametrize("value", [None, ""])
def test_a_secret_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch, value: str | None) -> None:
    monkeypatch.delenv("NENGSHU_SECRET_ABSENT", raising=False)
    if value is not None:
        monkeypatch.setenv("NENGSHU_SECRET_ABSENT", value)
    with pytest.raises(ConfigurationError, match=r"NENGSHU_SECRET_ABSENT .*'absent'"):
        secret("absent")


@pytest.mark.parametrize("streams", ["64", "65"])
def test_open_streams_must_leave_room_for_questions(monkeypatch: pytest.MonkeyPatch, streams: str) -> None:
    monkeypatch.setenv("NENGSHU_STREAMS_MAX", streams)
    with pytest.raises(ConfigurationError, match="less than concurrency_max"):
        load_settings()
    monkeypatch.setenv("NENGSHU_CONCURRENCY_MAX", "66")
    assert load_settings().streams_max == int(streams)
