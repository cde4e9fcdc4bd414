"""Reads a meter's figures from what a gateway publishes over MQTT: the last of each topic, unless it is too old."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from edge_probe.config import Device
from edge_probe.extras import lacking
from edge_probe.fields import Fields
from edge_probe.freshness import FRESH_SECONDS
from edge_probe.map_topics import Topic
from edge_probe.meter_map import MeterMap
from edge_probe.mqtt_seen import Now, figure
from edge_probe.ports import Answers, Fault, Meter, Reaching
from graph.errors import SourceError, SourceUnreachable

if TYPE_CHECKING:
    from edge_probe.mqtt_line import Broker, MqttLine

QOS = 1  # a broker says each message at least once; of two that are the same the last counts
CLIENT_ID_CHARACTERS_MAX = 64  # brokers take 23 at least: MQTT 3.1.1, 3.1.3.1 (assumed)


@dataclass(frozen=True)
class Listening:
    """A device's own settings: how old a figure may be, how surely messages come, what we call ourselves."""

    fresh_s: float
    qos: int
    client_id: str


def listening_of(device: Device, faults: list[str]) -> Listening:
    """The settings of a device; what is wrong with them, or with its map, goes to the faults."""
    fields = Fields(device.settings, "settings", faults)
    seconds = fields.number("fresh_seconds", "0.1", "86400", FRESH_SECONDS)
    qos = fields.whole("qos", 0, 2, QOS)
    client_id = fields.text("client_id") if fields.has("client_id") else ""
    if len(client_id) > CLIENT_ID_CHARACTERS_MAX or not client_id.isprintable():
        fields.fault("client_id", f"expected at most {CLIENT_ID_CHARACTERS_MAX} visible characters")
    fields.finish()
    if not device.map.topics:
        faults.append(
            f"map: {device.map.name} has no topics, which {device.protocol} reads; simulated_mqtt has"
        )
    return Listening(float(seconds), qos, client_id)


class MqttMeter:
    """One meter's topics on a broker that others may be on, too."""

    def __init__(self, device: Device, way: Listening, line: MqttLine) -> None:
        self._device, self._way, self._line = device, way, line
        self._topics = [device.map.topics[name] for name in device.quantities]
        line.want([topic.topic for topic in self._topics], way.qos)

    async def read(self) -> Answers:
        """Every quantity or its fault; one that is not there yet is waited for, one timeout at most."""
        try:
            await self._line.wait(self._device.name, self._has_all, self._device.timeout_s)
        except SourceError as error:
            return dict.fromkeys(self._device.quantities, self._fault(error))
        return {topic.name: self._answer(topic) for topic in self._topics}

    async def close(self) -> None:
        """Listen no longer; the next read connects anew."""
        await self._line.release(self._device.name)

    def _has_all(self) -> bool:
        return not any(isinstance(self._answer(topic), Fault) for topic in self._topics)

    def _answer(self, topic: Topic) -> Decimal | Fault:
        now = Now(time.monotonic(), dt.datetime.now(dt.UTC))
        try:
            return figure(topic, self._line.last(topic.topic), now, self._way.fresh_s)
        except SourceUnreachable as silence:
            return self._fault(self._line.trouble(topic.topic) or silence)
        except SourceError as error:
            return self._fault(error)

    def _fault(self, error: SourceError) -> Fault:
        fault = Fault.of(error)
        return Fault(fault.kind, f"{self._line.where}: {fault.detail}")


def together() -> Reaching:
    """One connection for each broker and user, which devices share."""
    lines: dict[Broker, MqttLine] = {}

    def reach(device: Device, _map: MeterMap) -> Meter:
        from edge_probe.mqtt_line import Broker, MqttLine

        way = listening_of(device, [])
        broker = Broker(device.host, device.port, device.login, device.tls, way.client_id)
        return MqttMeter(device, way, lines.setdefault(broker, MqttLine(broker)))

    return reach


def check(device: Device) -> list[str]:
    """What is wrong with a device, its map or this installation."""
    faults = lacking("paho", "mqtt", device.protocol)
    listening_of(device, faults)
    return faults
