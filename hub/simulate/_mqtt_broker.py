"""A small MQTT 3.1.1 broker with one publisher of its own: a simulated meter, which says what it shows every so often.

It speaks as much of the protocol as a subscriber needs (packets and numbers: MQTT 3.1.1, chapter 3, assumed; a test holds
the probe against mosquitto, too), and spoils what it says when told to.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import json
import ssl
import struct
from collections import defaultdict
from contextlib import suppress
from dataclasses import dataclass, field
from decimal import Decimal

from edge_probe.map_topics import TimeAs, Topic
from graph.model.period import BEIJING
from hub.simulate._server_faults import ServerFaults
from hub.simulate.meter import SimulatedMeter

CONNECT, CONNACK, PUBLISH, PUBACK, PUBREC, PUBREL = range(1, 7)  # kinds of packets: 2.2.1
SUBSCRIBE, SUBACK = 8, 9
PINGREQ, PINGRESP, DISCONNECT = 12, 13, 14
ACCEPTED, BUSY, BAD_LOGIN = 0, 3, 4  # what a CONNACK says
DENIED = 0x80  # what a SUBACK says of a topic
RETAINED = 1


@dataclass(frozen=True)
class MqttFaults(ServerFaults):
    """`foreign` publishes another meter's message, `half` breaks a message off.

    `half_packet` breaks the packet off that the message is in, and says nothing more.
    """

    half_packet: bool = False

    def spoilt(self, payload: bytes) -> bytes:
        """What becomes of a message."""
        if self.wrong:
            return payload.replace(b"1", b"x").replace(b"5", b"x")
        if self.foreign:
            return b'{"device": "another", "temperature": 21.5}'
        return payload[: len(payload) // 2] if self.half else payload


@dataclass
class _Caller:
    """A client that is connected: where it is written to, and what it subscribed to."""

    writer: asyncio.StreamWriter
    topics: dict[str, int] = field(default_factory=dict)
    broken_off: bool = False


@dataclass
class SimulatedBroker:
    """Listens, and publishes what the meter shows. `faults` may be set while it runs, through `misbehave`."""

    meter: SimulatedMeter
    faults: MqttFaults = MqttFaults()
    user: str = ""
    password: str = ""
    denied: frozenset[str] = frozenset()
    retains: bool = False
    logins: list[str] = field(default_factory=list)
    acknowledged: int = 0
    news: asyncio.Event = field(default_factory=asyncio.Event)
    _callers: dict[asyncio.Task[None] | None, _Caller] = field(default_factory=dict)
    _kept: dict[str, bytes] = field(default_factory=dict)
    _number: int = 0

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> asyncio.Server:
        """Begin to listen. Raises OSError."""
        return await asyncio.start_server(self._talk, host, port, ssl=tls)

    async def publish_every(self, seconds: float) -> None:
        """Publish until cancelled."""
        while True:
            self.publish()
            await asyncio.sleep(seconds)

    def misbehave(self, faults: MqttFaults) -> None:
        """Do so from now on; who is busy hangs up on everybody."""
        self.faults = faults
        if faults.busy:
            self.hang_up()

    def hang_up(self) -> None:
        """End every call; the next one is taken."""
        for caller in self._callers.values():
            caller.writer.close()

    @property
    def heard(self) -> list[set[str]]:
        """What each caller subscribed to."""
        return [set(caller.topics) for caller in self._callers.values()]

    async def ended(self) -> None:
        """Every call has ended."""
        await asyncio.gather(*(task for task in self._callers if task))

    def publish(self) -> None:
        """Say once under every topic what the meter shows."""
        if self.faults.silent:
            return
        for topic, payload in messages(self.meter, self.faults.late_s).items():
            said = self.faults.spoilt(payload)
            if self.retains:
                self._kept[topic] = said
            for caller in self._callers.values():
                if topic in caller.topics:
                    self._say(caller, topic, said)

    def _say(self, caller: _Caller, topic: str, payload: bytes, flags: int = 0) -> None:
        qos = caller.topics[topic]
        self._number = self._number % 0xFFFF + 1
        number = struct.pack(">H", self._number) if qos else b""
        octets = packet(PUBLISH, flags | qos << 1, _text(topic) + number + payload)
        if not caller.broken_off and not caller.writer.is_closing():
            caller.broken_off = self.faults.half_packet
            caller.writer.write(octets[: len(octets) // 2] if caller.broken_off else octets)

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        caller = self._callers[task] = _Caller(writer)
        with suppress(OSError, asyncio.IncompleteReadError):
            while True:
                kind, body = await _packet(reader)
                if kind == DISCONNECT or not self._answer(caller, kind, body):
                    break
                self.news.set()
        self._callers.pop(task)
        self.news.set()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()

    def _answer(self, caller: _Caller, kind: int, body: bytes) -> bool:
        """Answer a packet; whether the call goes on."""
        if kind == CONNECT:
            verdict = self._verdict(body)
            caller.writer.write(packet(CONNACK, 0, bytes([0, verdict])))
            return verdict == ACCEPTED
        if kind == SUBSCRIBE:
            asked = _subscriptions(body[2:])
            caller.topics |= {topic: qos for topic, qos in asked.items() if topic not in self.denied}
            said = bytes(DENIED if topic in self.denied else qos for topic, qos in asked.items())
            caller.writer.write(packet(SUBACK, 0, body[:2] + said))
            for topic in caller.topics.keys() & self._kept.keys():
                self._say(caller, topic, self._kept[topic], RETAINED)
        elif kind == PUBACK:
            self.acknowledged += 1
        elif kind == PUBREC:
            caller.writer.write(packet(PUBREL, 2, body[:2]))
        elif kind == PINGREQ:
            caller.writer.write(packet(PINGRESP, 0, b""))
        return True

    def _verdict(self, body: bytes) -> int:
        login = _login(body)
        self.logins.append(login[0])
        if self.faults.busy:
            return BUSY
        return BAD_LOGIN if self.user and login != (self.user, self.password) else ACCEPTED


def messages(meter: SimulatedMeter, age_s: float = 0.0) -> dict[str, bytes]:
    """What the meter publishes under each topic now, as its map has it; dated so many seconds back."""
    values, taken = meter.values(meter.clock.now()), dt.datetime.now(dt.UTC) - dt.timedelta(seconds=age_s)
    said: dict[str, bytes] = {}
    trees: dict[str, dict[str, object]] = defaultdict(dict)
    for topic in meter.meter_map.topics.values():
        figure = values[topic.name] / topic.scale
        if not topic.field:
            said[topic.topic] = f"{figure:f}".encode()
            continue
        _plant(trees[topic.topic], topic.field, figure)
        if topic.time:
            _plant(trees[topic.topic], topic.time, _written(topic, taken))
    return said | {topic: json.dumps(tree, default=float).encode() for topic, tree in trees.items()}


def packet(kind: int, flags: int, body: bytes) -> bytes:
    """A packet with its length, seven bits to an octet (2.2.3)."""
    left, length = len(body), bytearray()
    while True:
        left, low = divmod(left, 128)
        length.append(low | (0x80 if left else 0))
        if not left:
            return bytes([kind << 4 | flags]) + bytes(length) + body


async def _packet(reader: asyncio.StreamReader) -> tuple[int, bytes]:
    (first,) = await reader.readexactly(1)
    length = shift = 0
    while True:
        (octet,) = await reader.readexactly(1)
        length |= (octet & 0x7F) << shift
        shift += 7
        if not octet & 0x80:
            return first >> 4, await reader.readexactly(length)


def _plant(tree: dict[str, object], path: tuple[str, ...], value: object) -> None:
    for part in path[:-1]:
        inner = tree.setdefault(part, {})
        if isinstance(inner, dict):
            tree = inner
    tree[path[-1]] = value


def _written(topic: Topic, moment: dt.datetime) -> object:
    if topic.time_as is TimeAs.SECONDS:
        return Decimal(int(moment.timestamp()))
    if topic.time_as is TimeAs.MILLISECONDS:
        return int(moment.timestamp() * 1000)
    local = moment.astimezone(BEIJING)
    return (local.replace(tzinfo=None) if topic.time_as is TimeAs.BEIJING else local).isoformat()


def _text(text: str) -> bytes:
    octets = text.encode()
    return struct.pack(">H", len(octets)) + octets


def _taken(octets: bytes) -> tuple[str, bytes]:
    (length,) = struct.unpack_from(">H", octets)
    return octets[2 : 2 + length].decode(), octets[2 + length :]


def _login(body: bytes) -> tuple[str, str]:
    """Name and password of a CONNECT: 3.1.2 and 3.1.3, without a will."""
    _, rest = _taken(body)
    flags = rest[1]
    _, rest = _taken(rest[4:])
    user, rest = _taken(rest) if flags & 0x80 else ("", rest)
    return user, _taken(rest)[0] if flags & 0x40 else ""


def _subscriptions(rest: bytes) -> dict[str, int]:
    found = {}
    while rest:
        topic, rest = _taken(rest)
        found[topic], rest = rest[0], rest[1:]
    return found
