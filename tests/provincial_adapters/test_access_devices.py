"""The hub's side of the conversation: answers word for word, every failure with its place and reason."""

from __future__ import annotations

import datetime as dt
import json
from decimal import Decimal
from typing import Any

import pytest

from graph.errors import ConfigurationError, Forbidden, InvalidInput, StoreError
from graph.model.period import beijing_day
from graph.model.principal import Reach
from provincial_adapters._nhjc04.base_data import base_data, dic_version
from provincial_adapters._nhjc04.devices import device_id
from provincial_adapters.nhjc04 import Answer
from tests.provincial_adapters.nhjc04_stage import LINK, NOW, SECRET, STRANGER, UNIT, Stage

SUCCESS = {"responseCode": "0", "responseMessage": "RECEIVE SUCCESS"}


def said(**message: Any) -> bytes:
    return json.dumps(message).encode()


def failed(answer: Answer, *words: str) -> bool:
    """Whether it is a failure with just these two fields and these words."""
    assert answer.keys() == {"responseCode", "responseMessage"}
    return answer["responseCode"] == "1" and all(word in answer["responseMessage"] for word in words)


def upload(stage: Stage, *rows: Any, **changes: Any) -> Answer:
    message = {"deviceId": stage.identity(), "enterpriseCode": UNIT.text, "data": list(rows), **changes}
    return stage.devices().upload_data(said(**message))


ROW = {
    "dataCode": "00-00-0000-023300-11", "dataValue": "1", "inputType": "4", "statType": "0",
    "statDate": "2026-11-22 00:00:00", "uploadDate": "2026-11-23 01:00:00", "scope": "1", "valid": "0",
}  # fmt: skip


def test_registering_gives_identity_addresses_and_a_slot() -> None:
    answer = Stage().devices().register(said(enterpriseCode=UNIT.text, region="970100"))
    assert answer | SUCCESS == answer
    assert len(answer["deviceId"]) == 32
    assert int(answer["deviceId"], 16) >= 0
    assert answer["centerDataURL"] == "https://hub.example:8443/nengshu/enterprise/uploadEnergyData"
    assert answer["centerInfoURL"] == "https://hub.example:8443/nengshu/enterprise/downloadConfigData"
    assert answer["loadDicVersionURL"] == "https://hub.example:8443/nengshu/enterprise/versionCheck"
    assert answer["downloadBaseDataURL"] == "https://hub.example:8443/nengshu/enterprise/downloadBaseData"
    assert {"centerInfoDownloadURL", "centerDataDownloadURL", "loadConfigURL"} <= answer.keys()
    assert "00:30:00" <= answer["uploadTime"] < "05:30:00"


def test_registering_again_gives_the_same_answer() -> None:
    body = said(enterpriseCode=f" {UNIT.text.lower()} ")
    assert Stage().devices().register(body) == Stage().devices().register(body)


def test_identities_differ_by_unit_link_and_secret() -> None:
    identities = {
        device_id(secret, unit, link)
        for secret in (SECRET, b"another secret of the test")
        for unit in (UNIT, STRANGER)
        for link in ("link-97", "link-98")
    }
    assert len(identities) == 8


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b"", ("报文有误", "Register")),
        (b"<html>", ("报文有误",)),
        (b'{"region": "97"}', ("enterpriseCode",)),
        (b'{"enterpriseCode": 7}', ("enterpriseCode",)),
        (
            b'{"enterpriseCode": "91970000MA00000014"}',
            ("enterpriseCode", "check character (18)", "expected 3"),
        ),
        (b'{"enterpriseCode": "short"}', ("enterpriseCode", "length")),
        (said(enterpriseCode=STRANGER.text), ("enterpriseCode", STRANGER.text, "名单")),
        (b"[" * 5000, ("报文有误",)),
        (b" " * (64 * 1024 * 1024 + 1), ("报文有误", "at most")),
    ],
)
def test_a_register_message_that_is_wrong_is_told_why(body: bytes, words: tuple[str, ...]) -> None:
    assert failed(Stage().devices().register(body), *words)


def test_the_version_of_the_base_data_is_that_of_its_tables() -> None:
    answer = Stage().devices().version_check(said(deviceId=Stage().identity()))
    assert answer == {**SUCCESS, "regVersion": "1.0", "dicVersion": dic_version()}
    base = Stage().devices().download_base_data(b"{}")
    assert base == {**SUCCESS, "dicVersion": dic_version(), "baseData": base_data()}
    assert {"classCode": "02", "code": "3300", "name": "电力", "unit": "kWh"} in base["baseData"][
        "energyType"
    ]
    assert Stage().devices().download_base_data(b"")["responseCode"] == "0"
    json.dumps(base)


@pytest.mark.parametrize("identity", ["", "x" * 32, "ab", "G" * 32])
def test_a_version_check_without_an_identity_is_refused(identity: str) -> None:
    assert failed(Stage().devices().version_check(said(deviceId=identity)), "deviceId")


def test_a_recorded_upload_is_delivered_within_the_reach_of_its_unit() -> None:
    stage = Stage()
    assert stage.devices().upload_data(stage.recorded("nhjc04_data.json")) == SUCCESS
    (delivery,) = stage.deliveries
    assert delivery.source == LINK.source
    assert delivery.key == f"{UNIT}:{delivery.digest}"
    assert len(delivery.key) <= 128
    assert delivery.reach == Reach(unit=UNIT)
    assert delivery.arrived.table.num_rows == 5


def test_the_same_bytes_sent_again_are_the_same_batch() -> None:
    stage = Stage()
    for _ in range(2):
        upload(stage, ROW)
    upload(stage, {**ROW, "dataValue": "2"})
    first, again, other = (delivery.key for delivery in stage.deliveries)
    assert first == again != other


def test_a_device_of_another_unit_is_refused_in_words() -> None:
    stage = Stage()
    for identity in ("0" * 32, "", "é" * 32, device_id(SECRET, STRANGER, LINK.key)):
        assert failed(upload(stage, ROW, deviceId=identity), "deviceId", UNIT.text, "不符")
    assert stage.deliveries == []


def test_one_bad_row_does_not_keep_the_good_ones_from_success() -> None:
    stage = Stage()
    assert upload(stage, ROW, {**ROW, "dataCode": None}) == SUCCESS
    assert stage.deliveries[0].arrived.rejections["row"].to_pylist() == [2]


def test_an_upload_of_which_nothing_was_kept_fails_with_the_first_reason() -> None:
    assert failed(
        upload(Stage(), {**ROW, "statType": "9"}), "全部 1 条", "第 1 条", "unknown-word", "statType"
    )
    assert failed(upload(Stage(refuse_all=True), ROW, ROW), "全部 2 条", "unknown-code")


def test_what_was_refused_whole_is_judged_again_in_another_hour_and_not_before() -> None:
    stage = Stage(refuse_all=True)
    assert failed(upload(stage, ROW), "unknown-code")
    stage.refuse_all = False
    assert failed(upload(stage, ROW), "unknown-code")
    stage.clock = NOW + dt.timedelta(hours=1)
    assert upload(stage, ROW) == SUCCESS
    first, again, known, anew = (delivery.key for delivery in stage.deliveries)
    assert first == again == known
    assert anew == f"{first}:2026112302"
    assert len(anew) <= 128


def test_what_was_kept_is_never_judged_again() -> None:
    stage = Stage()
    upload(stage, ROW)
    stage.clock = NOW + dt.timedelta(hours=1)
    assert upload(stage, ROW) == SUCCESS
    assert len(stage.receipts) == 1


def test_an_empty_upload_is_no_success() -> None:
    stage = Stage()
    assert failed(upload(stage), "data")
    assert failed(upload(stage, data={}), "data")
    assert stage.deliveries == []


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        (StoreError("disk full"), "请重发"),
        (InvalidInput("too wide", "rows"), "rows"),
        (Forbidden("no"), "平台处理失败"),
    ],
)
def test_what_the_hub_could_not_store_is_not_acknowledged(fault: Any, word: str) -> None:
    assert failed(upload(Stage(fault=fault), ROW), word)


def test_a_recorded_configuration_becomes_proposed_points_and_problems() -> None:
    stage = Stage()
    assert stage.devices().upload_config(stage.recorded("nhjc04_config.json")) == SUCCESS
    (proposal,) = stage.proposals
    today = beijing_day(NOW)
    assert list(proposal.points) == [
        {"unit": UNIT.text, "since": today, "code": "0000000002330011", "granularity": "quarter_hour",
         "low": Decimal(0), "high": Decimal("90000.5"), "state": "proposed"},
        {"unit": UNIT.text, "since": today, "code": "0100000002110011", "granularity": "day",
         "low": None, "high": Decimal(120000), "state": "proposed"},
    ]  # fmt: skip
    assert proposal.enterprise == {
        "code": UNIT.text, "name": "模拟钢铁企业", "regionCode": "970100", "latitude": "117.2", "longitude": "39.1",
        "registerDate": "2019-05-31",
    }  # fmt: skip
    latitude, code = map(str, proposal.problems)
    assert "swapped with longitude" in latitude
    place = "collectItemConfig[4].energyClassCode"
    assert code == f"{place}: 数据编码错误 [malformed-data-code]（came '0', expected 2 digits）"


def test_a_point_that_exists_is_not_proposed_again() -> None:
    stage = Stage(known_codes=("0000000002330011",))
    stage.devices().upload_config(stage.recorded("nhjc04_config.json"))
    assert [point["code"] for point in stage.proposals[0].points] == ["0100000002110011"]


ITEM = {
    "processCode": "00", "processUnitCode": "00", "equipmentCode": "00", "equipmentUnitCode": "00",
    "energyClassCode": "02", "energyTypeCode": "3300", "dataUsageCode": "11", "statType": "1", "scope": "1",
}  # fmt: skip


@pytest.mark.parametrize(
    ("change", "word"),
    [
        ({"energyClassCode": "99"}, "class (CC)"),
        ({"energyTypeCode": "02340"}, "energyTypeCode: 数据编码错误 [malformed-data-code]（came"),
        ({"dataUsageCode": None}, "dataUsageCode: 数据编码错误 [malformed-data-code]（came None"),
        ({"statType": "7"}, "statType"),
        ({"scope": "9"}, "scope"),
        ({"processCode": "01"}, "process (PP)"),
        ({"dataValueMax": "many"}, "dataValueMax"),
        ({"dataValueMax": "1e30"}, "dataValueMax"),
        ({"dataValueMin": "0.00001"}, "dataValueMin"),
        ({"dataValueMin": "5", "dataValueMax": "4"}, "above"),
        ({"statType": None}, "statType"),
    ],
)
def test_a_configuration_without_a_usable_item_fails_with_the_first_problem(
    change: dict[str, Any], word: str
) -> None:
    stage = Stage()
    message = said(
        deviceId=stage.identity(), enterpriseCode=UNIT.text, collectItemConfig=[{**ITEM, **change}]
    )
    assert failed(stage.devices().upload_config(message), "collectItemConfig[1]", word)
    assert stage.proposals == []


def test_numbers_in_segments_get_their_zeros_back() -> None:
    stage = Stage()
    item = {
        **ITEM,
        "processCode": 1,
        "energyClassCode": 2,
        "energyTypeCode": 600,
        "dataUsageCode": 3,
        "scope": 2,
    }
    message = said(deviceId=stage.identity(), enterpriseCode=UNIT.text, collectItemConfig=[item])
    assert stage.devices().upload_config(message) == SUCCESS
    assert stage.proposals[0].points[0]["code"] == "0100000002060003"


def test_a_configuration_of_absurd_length_is_refused() -> None:
    stage = Stage()
    message = said(deviceId=stage.identity(), enterpriseCode=UNIT.text, collectItemConfig=[{}] * 20_001)
    assert failed(stage.devices().upload_config(message), "at most 20000")


@pytest.mark.parametrize(
    ("base_url", "secret"),
    [("hub.example", SECRET), ("ftp://hub.example", SECRET), ("https://hub.example", b"short")],
)
def test_an_address_or_a_secret_that_will_not_do_is_told_at_the_start(base_url: str, secret: bytes) -> None:
    with pytest.raises(ConfigurationError):
        Stage().devices(base_url, secret)
