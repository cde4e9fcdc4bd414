"""The probe against a broker that others wrote: mosquitto, with a user, TLS, kept messages, and an end of its own."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from decimal import Decimal
from pathlib import Path

import pytest
from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion

from edge_probe import wiring
from edge_probe.logins import Login
from edge_probe.ports import Fault
from edge_probe.reaching import TlsFiles
from tests.certificates import certificate_of_127
from tests.edge_probe.mqtt_stage import PASSWORD, USER, device_mqtt
from tests.needs import need_mosquitto

pytestmark = pytest.mark.anyio
TOPIC, POWER = "plant/meter1/power", "power_total"
CONFIG = """
listener {port} 127.0.0.1
allow_anonymous false
password_file {folder}/users
"""
AS_ROOT = "user root\n"  # else it would become another user, who cannot read the folder
WITHIN_TLS = "certfile {folder}/tls.pem\nkeyfile {folder}/tls.pem\n"


@contextmanager
def mosquitto(folder: Path, port: int, *, tls: bool = False) -> Iterator[None]:
    """The broker, once it listens."""
    program, users, file = need_mosquitto(), folder / "users", folder / "mosquitto.conf"
    users.write_text(f"{USER}:{PASSWORD}\n", "utf-8")
    users.chmod(0o600)
    subprocess.run(["mosquitto_passwd", "-U", users], check=True, timeout=20)
    text = CONFIG + (WITHIN_TLS if tls else "") + (AS_ROOT if os.geteuid() == 0 else "")
    file.write_text(text.format(port=port, folder=folder), "utf-8")
    with subprocess.Popen([program, "-c", file], stderr=subprocess.PIPE, text=True) as running:
        try:
            assert running.stderr is not None
            assert any(line.strip().endswith("running") for line in running.stderr)
            yield
        finally:
            running.terminate()
            running.communicate(timeout=10)


@contextmanager
def publisher(port: int, tls: Path | None = None) -> Iterator[paho.Client]:
    """A client that publishes."""
    client = paho.Client(CallbackAPIVersion.VERSION2)
    client.username_pw_set(USER, PASSWORD)
    if tls:
        client.tls_set(str(tls))
    client.connect("127.0.0.1", port)
    client.loop_start()
    try:
        yield client
    finally:
        client.disconnect()
        client.loop_stop()


@pytest.mark.parametrize(("qos", "tls"), [(0, False), (1, True), (2, False)])
async def test_mosquitto_hands_on_what_is_published_and_what_it_kept_is_no_figure(
    tmp_path: Path, unused_port: int, qos: int, tls: bool
) -> None:
    vouched = certificate_of_127(tmp_path)
    files = TlsFiles(vouched) if tls else None
    device = device_mqtt(
        unused_port, POWER, timeout_s=0.4, settings={"qos": qos, "fresh_seconds": 900}, tls=files
    )
    meter = wiring.protocols()["mqtt"].reach(device, device.map)
    with mosquitto(tmp_path, unused_port, tls=tls), publisher(unused_port, vouched if tls else None) as says:
        says.publish(TOPIC, "1.5", qos=qos, retain=True).wait_for_publish(5)
        kept = (await meter.read())[POWER]
        says.publish(TOPIC, "2.5", qos=qos, retain=True).wait_for_publish(5)
        live = (await meter.read())[POWER]
        await meter.close()
    assert isinstance(kept, Fault)
    assert "retained" in kept.detail
    assert live == Decimal("2.5")


async def test_a_mosquitto_that_was_away_is_read_again_and_a_wrong_password_never(
    tmp_path: Path, unused_port: int
) -> None:
    device = device_mqtt(unused_port, POWER, timeout_s=0.4, settings={"fresh_seconds": "0.1"})
    meter = wiring.protocols()["mqtt"].reach(device, device.map)
    with mosquitto(tmp_path, unused_port):
        await meter.read()
    away = (await meter.read())[POWER]
    with mosquitto(tmp_path, unused_port), publisher(unused_port) as says:
        await meter.read()
        says.publish(TOPIC, "3.5", qos=1).wait_for_publish(5)
        back = (await meter.read())[POWER]
        await meter.close()
        other = replace(device, login=Login(USER, password="else"))
        strange = wiring.protocols()["mqtt"].reach(other, other.map)
        refused = (await strange.read())[POWER]
        await strange.close()
    assert isinstance(away, Fault)
    assert away.kind == "silent"
    assert back == Decimal("3.5")
    assert isinstance(refused, Fault)
    assert refused.kind == "refused"
