"""The devices shown on the pages of protocols are sound, so that people can copy them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from edge_probe import wiring
from tests.edge_probe.hub_double import CREDENTIAL
from tests.edge_probe.test_config import SOUND

DOCS = Path(__file__).parents[2] / "docs"


@pytest.mark.parametrize(
    ("page", "protocols"),
    [
        ("dlt645.md", ["dlt645_tcp", "dlt645_serial"]),
        ("manual-entry.md", ["manual"]),
        ("opcua-and-mqtt.md", ["opcua", "mqtt"]),
    ],
)
def test_the_devices_of_a_page_are_sound(tmp_path: Path, page: str, protocols: list[str]) -> None:
    block = re.search(r"```toml\n(\[\[devices\]\].*?)```", (DOCS / page).read_text("utf-8"), re.DOTALL)
    assert block
    point = '\n[[devices.points]]\nquantity = "import_energy"\ndata_code = "00-00-0000-023300-13"\n'
    text = block[1] + ("" if block[1].count("devices.points") == len(protocols) else point)
    file = tmp_path / "probe.toml"
    file.write_text(SOUND.replace("00-00-0000-023300-11", "00-00-0000-023300-10") + text, "utf-8")
    config, _ = wiring.load(file, {"PROBE": CREDENTIAL, "GATEWAY_PASSWORD": "a word"})
    assert [device.protocol for device in config.devices] == ["modbus_tcp", *protocols]
