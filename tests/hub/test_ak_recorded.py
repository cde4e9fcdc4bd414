"""Every message of the AK dialect as it was recorded, against a hub on a real socket; and every call of the page."""

from __future__ import annotations

import json
import re
import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from hub.doors import DOORS
from provincial_adapters._nhjc04.base_data import dic_version
from provincial_adapters.nhjc_ak import DIALECT
from tests.hub.ak_devices import BASE, Device, ak_folder
from tests.hub.served_hub import ROOT, served

RECORDED = sorted((ROOT / "tests" / "recorded" / "nhjc_ak").glob("*.json"))
PAGE = (ROOT / "docs" / "nhjc-ak.md").read_text()
CALLS = re.findall(r"curl -s [^`]*?(?=\n\n|\n```)", PAGE)


@pytest.fixture(scope="module")
def device(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Device]:
    """A device that has a token, of a hub that is a process of its own."""
    folder = ak_folder(tmp_path_factory.mktemp("ak"))
    with (
        served(folder, {}) as (_, port),
        httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False) as client,
    ):
        yield Device(client).begin()


def filled(text: str, device: Device) -> str:
    """A text with what this hub gave the device in place of the words that stand for it."""
    words = {
        "%KEY%": device.key(), "%PROOF%": device.proof(), "%DIC%": dic_version(), "%TOKEN%": str(device.shown),
        "%BASE%": f"{device.client.base_url}".rstrip("/") + BASE,
    }  # fmt: skip
    for word, stands_for in words.items():
        text = text.replace(word, stands_for)
    return text


def is_like(came: Any, expected: Any) -> bool:
    """Whether an answer is as recorded; %ANY% stands for what differs each time."""
    if expected == "%ANY%":
        return bool(came)
    if isinstance(expected, dict) and isinstance(came, dict):
        return expected.keys() <= came.keys() and all(
            is_like(came[name], expected[name]) for name in expected
        )
    return bool(came == expected)


@pytest.mark.parametrize("path", RECORDED, ids=lambda path: path.stem)
def test_a_recorded_message_is_answered_as_recorded(path: Path, device: Device) -> None:
    said = json.loads(filled(path.read_text(), device))
    headers = {"token": str(device.shown)} if said["token"] else {}
    answer = device.client.post(BASE + said["path"], json=said["message"], headers=headers)
    came = answer.json()
    assert answer.status_code == said["status"]
    assert came.keys() == {"responseCode", "responseMessage", "data"}
    assert is_like(came, said["answer"]), came
    assert isinstance(said["answer"]["data"], dict) or came["data"] is None
    if isinstance(came["data"], dict):
        assert came["data"].keys() == said["answer"]["data"].keys()
    for word in said.get("told", []):
        assert word in came["responseMessage"]


def test_every_step_has_a_recorded_message_and_a_call_on_the_page() -> None:
    steps = set(re.findall(r"^\| `(/\S+)` \|", PAGE, re.MULTILINE))
    assert len(steps) == 14
    assert steps == {json.loads(path.read_text())["path"] for path in RECORDED}
    assert steps == {
        url_of(shlex.split(call.replace("\\\n", " "))).removeprefix(f"$HUB{BASE}") for call in CALLS
    }


def url_of(words: list[str]) -> str:
    """Where a call goes."""
    return next(word for word in words if word.startswith("$HUB"))


@pytest.mark.parametrize("call", CALLS, ids=lambda call: call.split("$HUB" + BASE)[1].split('"')[0])
def test_a_call_of_the_page_succeeds(call: str, device: Device) -> None:
    words = shlex.split(call.replace("\\\n", " "))
    body = words[words.index("-d") + 1].replace("$PASSWORD", device.proof())
    token = {"token": str(device.shown)} if "token: $TOKEN" in words else {}
    path = url_of(words).removeprefix("$HUB")
    answer = device.client.post(path, content=body.encode(), headers=token).json()
    assert answer["responseCode"] == "200", answer


ROLED = sorted(
    name for name, door in DOORS.items() if door.roles and "{" not in name and not name.startswith("WS")
)


@pytest.mark.parametrize("name", ROLED)
def test_a_devices_token_opens_no_address_that_needs_a_role(name: str, device: Device) -> None:
    method, path = name.split(" ")
    headers = {"Authorization": f"Bearer {device.shown}", "token": str(device.shown)}
    body = {"query": "{ accessDevices { nodes { unit } } }"} if method == "POST" else None
    params = (
        {"query": "{ accessDevices { nodes { unit } } }"} if path == "/graphql" and method == "GET" else None
    )
    answer = device.client.request(method, path, headers=headers, json=body, params=params)
    assert answer.status_code == 401, answer.text


def test_a_quirk_of_the_dialect_is_on_the_page_with_its_default() -> None:
    table = dict(re.findall(r"^\| `(\w+)` \|[^|\n]*\| *`?([^|`\n]*?)`? *\|$", PAGE, re.MULTILINE))
    for quirk in DIALECT.quirks:
        default = "" if quirk.default is None else str(quirk.default)
        assert table[quirk.key].replace(" ", "") == default
