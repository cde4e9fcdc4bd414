"""Messages as clients in the field write them, to a real server: each is answered and kept as its file says.

A file holds a request with the quirks of its link, the answer, and what the hub holds afterwards. All of it is invented.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives import padding
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from graph.model.period import Granularity
from graph.model.reading import Origin
from graph.ports import Ask, Condition
from hub.wiring import Hub
from tests.hub.invented_hub import WHO, YI, hub_of, units_of
from tests.hub.live_hub import serving
from tests.needs import ROOT

pytestmark = pytest.mark.anyio
RECORDED = sorted((ROOT / "tests" / "recorded" / "nhjc04").glob("*.json"))
CASES = {file.stem: json.loads(file.read_text(encoding="utf-8")) for file in RECORDED}
PATHS = {"register", "versionCheck", "downloadBaseData", "downloadConfigData", "uploadEnergyData"}
# What a batch of one unit holds, by Beijing time.
READINGS = """
SELECT point_id, granularity, strftime(start + INTERVAL 8 HOUR, '%Y-%m-%d %H:%M'), value, origin
FROM reading WHERE batch_id = ? ORDER BY point_id, granularity, start
"""
REJECTIONS = "SELECT row, code FROM rejection WHERE batch_id = ? ORDER BY row"
VERDICTS = """
SELECT strftime(start + INTERVAL 8 HOUR, '%Y-%m-%d %H:%M'), rule FROM verdict WHERE batch_id = ? ORDER BY ALL
"""


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Hub]:
    """One hub for all of them: every message is of a day of its own."""
    with hub_of(tmp_path_factory.mktemp("hub"), sync_seconds=0) as made:
        yield made


def test_every_message_of_the_protocol_is_recorded() -> None:
    assert {case["path"].removeprefix("/enterprise/") for case in CASES.values()} == PATHS


@pytest.mark.parametrize("case", CASES.values(), ids=list(CASES))
async def test_a_recorded_message_is_answered_and_kept_as_its_file_says(
    hub: Hub, case: dict[str, Any]
) -> None:
    unit = units_of(YI)[case.get("unit", 1)].code
    quirks = {"approval": "automatic", "valid_means": "0", **case.get("quirks", {})}
    hub.registry.upsert("link", [{"key": "devices", "quirks": json.dumps(quirks)}], WHO)
    before = batches(hub)
    async with serving(hub) as live, httpx.AsyncClient(base_url=live.base, trust_env=False) as client:
        given = (await client.post("/enterprise/register", json={"enterpriseCode": unit})).json()
        reply = await client.post(
            case["path"],
            content=body_of(case, unit, given),
            headers={"Content-Type": case.get("content_type", "application/json")},
        )
    assert reply.status_code == case.get("status", 200)
    fits(reply.json(), json.loads(filled(json.dumps(case["answer"]), unit, given)))
    new = [number for number in batches(hub) if number not in before]
    if "holds" in case and "points" in case["holds"]:
        assert said_of(hub, unit, case["holds"]) == case["holds"]
    elif "holds" in case:
        (number,) = new
        assert held(hub, unit, number) == case["holds"]
    else:
        assert [held(hub, unit, number)["readings"] for number in new] == [[] for _ in new]


def body_of(case: dict[str, Any], unit: str, given: dict[str, Any]) -> bytes:
    """The bytes a client would send."""
    indent = 2 if case.get("indent") else None
    text = case["text"] if "text" in case else json.dumps(case["body"], ensure_ascii=False, indent=indent)
    mark = b"\xef\xbb\xbf" if case.get("bom") else b""
    return mark + filled(text, unit, given).encode(case.get("charset", "utf-8"))


def filled(text: str, unit: str, given: dict[str, Any]) -> str:
    """A recorded text with what this hub gave the device."""
    text = text.replace("%UNIT%", unit).replace("%DEVICE%", given["deviceId"])
    text = text.replace("%DEVICE_UPPER%", given["deviceId"].upper())
    return re.sub("%SM4:([^%]*)%", lambda found: encrypted(found[1], unit, given["secretKey"]), text)


def encrypted(text: str, unit: str, secret: str) -> str:
    padder = padding.PKCS7(128).padder()
    cipher = Cipher(algorithms.SM4(bytes.fromhex(secret)), modes.CBC(unit[:16].encode())).encryptor()
    return cipher.update(padder.update(text.encode()) + padder.finalize()).hex()


def fits(came: Any, expected: Any) -> None:
    """Hold what came to what is expected: the same, of a form, or with these keys."""
    if isinstance(expected, dict) and expected.keys() == {"matches"}:
        assert re.search(expected["matches"], came), came
    elif isinstance(expected, dict) and expected.keys() == {"has"}:
        assert set(expected["has"]) <= set(came)
    elif isinstance(expected, dict):
        assert set(expected) <= set(came)
        for key, value in expected.items():
            fits(came[key], value)
    else:
        assert came == expected


def batches(hub: Hub) -> list[int]:
    """Those that a device sent; what waited, the hub books by itself in others."""
    asked = Ask("batch", where=(Condition("source", "link:devices"),))
    rows = hub.store.rows(asked).table.select(["id", "key"]).to_pylist()
    return [row["id"] for row in rows if not row["key"].startswith("replay:")]


def points_of(hub: Hub, unit: str) -> list[dict[str, Any]]:
    return list(hub.registry.rows(Ask("data_point", where=(Condition("unit", unit),))).table.to_pylist())


def held(hub: Hub, unit: str, batch: int) -> dict[str, Any]:
    """What the store holds of a batch."""
    codes = dict(
        zip(
            *(hub.registry.points([unit])[name].to_pylist() for name in ("point_id", "data_code")),
            strict=True,
        )
    )
    with hub.store._database.reading() as cursor:
        readings, rejections, verdicts = (
            cursor.execute(question, [batch]).fetchall() for question in (READINGS, REJECTIONS, VERDICTS)
        )
    words = [
        [codes[point], Granularity.of_number(grain).value, start, str(value), Origin.of_number(origin).value]
        for point, grain, start, value, origin in readings
    ]
    return {
        "readings": words, "rejections": [list(row) for row in rejections], "verdicts": [list(row) for row in verdicts]
    }  # fmt: skip


def said_of(hub: Hub, unit: str, expected: dict[str, Any]) -> dict[str, Any]:
    """What the registry holds of a configuration, as far as a file asks for it."""
    (device,) = hub.registry.rows(Ask("access_device", where=(Condition("unit", unit),))).table.to_pylist()
    said, problems = json.loads(device["said"]), json.loads(device["problems"])
    codes = {point["code"] for point in expected["points"]}
    points = [
        {
            name: None if row[name] is None else str(row[name])
            for name in ("code", "granularity", "low", "high", "state")
        }
        for row in points_of(hub, unit)
        if row["code"] in codes
    ]
    return {
        "points": sorted(points, key=lambda point: str(point["code"])),
        "problems": sorted(problem.partition("]（")[0].rpartition("[")[2] for problem in problems.values()),
        "enterprise": {name: said["enterprise"].get(name) for name in expected["enterprise"]},
        "parts": {name: len(said["parts"].get(name, ())) for name in expected["parts"]},
    }
