"""One connection to an MQTT broker, which all devices behind it share: what was published last under each topic.

paho-mqtt speaks in a thread of its own and comes back by itself when the broker is lost; whoever reads meanwhile has it
begin anew at once. The session is clean: what a broker had held back for us would be old. Only this module loads paho.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from typing import Any

from paho.mqtt import client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from edge_probe.logins import Login
from edge_probe.mqtt_seen import PAYLOAD_OCTETS_MAX, Arrived
from edge_probe.reaching import TlsFiles, tls_context, where_of
from graph.errors import SourceError, SourceMalformed, SourceRefused, SourceUnreachable

KEEPALIVE_S = 30  # a connection that is dead and does not say so is found within one and a half of it
AGAIN_S_MIN, AGAIN_S_MAX = 1, 60  # between two tries of paho's own to come back


@dataclass(frozen=True)
class Broker:
    """Where a broker is, who we are to it, and who vouches for it where it is spoken to within TLS."""

    host: str
    port: int
    login: Login | None
    tls: TlsFiles | None
    client_id: str

    @property
    def where(self) -> str:
        """Its address, for messages."""
        return where_of(self.host, self.port)


class _Is(Enum):
    DOWN = auto()
    COMING = auto()
    UP = auto()
    REFUSED = auto()


class MqttLine:
    """The way to one broker. What paho's thread tells is handed to the loop's before anything is made of it."""

    def __init__(self, broker: Broker) -> None:
        self.where, self._broker = broker.where, broker
        self._wanted: dict[str, int] = {}
        self._last: dict[str, Arrived] = {}
        self._too_long: dict[str, int] = {}
        self._denied: frozenset[str] = frozenset()
        self._is, self._why = _Is.DOWN, "not connected"
        self._news = asyncio.Event()
        self._client: paho.Client | None = None
        self._readers: set[str] = set()

    def want(self, topics: Collection[str], qos: int) -> None:
        """Subscribe to these, too, when it connects next."""
        for topic in topics:
            self._wanted[topic] = max(qos, self._wanted.get(topic, 0))

    async def wait(self, reader: str, enough: Callable[[], bool], timeout_s: float) -> None:
        """Until there is enough, or the broker refuses, or the time is over. Raises SourceUnreachable for certificates.

        A connection that is lost, or found so meanwhile, is begun anew once.
        """
        self._readers.add(reader)
        began = self._is is _Is.REFUSED
        if began:
            self._begin(timeout_s)
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout_s):
                while self._is is not _Is.REFUSED:
                    if self._is is _Is.DOWN and not began:
                        self._begin(timeout_s)
                        began = True
                    if enough():
                        return
                    self._news.clear()
                    await self._news.wait()

    def last(self, topic: str) -> Arrived | None:
        """What came last under a topic. Raises why nothing of use can have come."""
        if topic in self._too_long:
            came = self._too_long[topic]
            raise SourceMalformed(f"{topic}: expected at most {PAYLOAD_OCTETS_MAX} octets, came {came}")
        return self._last.get(topic)

    def trouble(self, topic: str) -> SourceError | None:
        """Why nothing comes under a topic now; None where it may."""
        if self._is is _Is.REFUSED:
            return SourceRefused(f"the broker refuses us: {self._why}")
        if topic in self._denied:
            return SourceRefused(f"{topic}: the broker refuses the subscription")
        return SourceUnreachable(self._why) if self._is is not _Is.UP else None

    async def release(self, reader: str) -> None:
        """Hang up once nobody reads any longer. A thread that sleeps until its next try ends by itself, within a second."""
        self._readers.discard(reader)
        client, is_up = self._client, self._is is _Is.UP
        if client is not None and not self._readers:
            self._let_go()
            if is_up:
                await asyncio.to_thread(client.loop_stop)

    def _begin(self, timeout_s: float) -> None:
        context = tls_context(self._broker.tls) if self._broker.tls else None
        self._let_go()
        client = self._client = paho.Client(
            CallbackAPIVersion.VERSION2, self._broker.client_id, True, protocol=MQTTProtocolVersion.MQTTv311
        )
        client.connect_timeout = timeout_s
        client.reconnect_delay_set(AGAIN_S_MIN, AGAIN_S_MAX)
        if context is not None:
            client.tls_set_context(context)
        if self._broker.login is not None:
            client.username_pw_set(self._broker.login.user, self._broker.login.password)
        _Calls(self, client, asyncio.get_running_loop(), dict(self._wanted)).listen()
        self._is, self._why = _Is.COMING, f"no connection within {timeout_s} s"
        client.connect_async(self._broker.host, self._broker.port, KEEPALIVE_S)
        client.loop_start()

    def _let_go(self) -> None:
        client, self._client = self._client, None
        self._is, self._why = _Is.DOWN, "not connected"
        if client is not None:
            client.disconnect()

    def told(self, client: paho.Client, what: Callable[[], None]) -> None:
        """Something that a client's thread told; of one that was let go it is nothing."""
        if client is self._client:
            what()
            self._news.set()
        else:
            client.disconnect()

    def came_up(self) -> None:
        """The broker lets us in."""
        self._is, self._why = _Is.UP, ""

    def was_refused(self, why: str) -> None:
        """It does not."""
        self._is, self._why = _Is.REFUSED, why

    def went_down(self, why: str) -> None:
        """It is gone; a refusal stands until somebody asks again."""
        if self._is is not _Is.REFUSED:
            self._is, self._why = _Is.DOWN, why

    def was_denied(self, topics: frozenset[str]) -> None:
        """These topics are not for us."""
        self._denied = topics

    def arrived(self, topic: str, came: Arrived | int) -> None:
        """A message, or its length where that was too much. What a broker kept from before covers nothing that came live."""
        if isinstance(came, int):
            self._too_long[topic] = came
            return
        known = self._last.get(topic)
        if not came.retained or known is None or known.retained:
            self._too_long.pop(topic, None)
            self._last[topic] = came


@dataclass(frozen=True)
class _Calls:
    """What one client's thread calls, handed on to the loop; a loop that has ended wants nothing any more."""

    line: MqttLine
    client: paho.Client
    loop: asyncio.AbstractEventLoop
    wanted: Mapping[str, int]

    def listen(self) -> None:
        self.client.on_connect = self._on_connect
        self.client.on_connect_fail = self._on_connect_fail
        self.client.on_disconnect = self._on_disconnect
        self.client.on_subscribe = self._on_subscribe
        self.client.on_message = self._on_message

    def _tell(self, what: Callable[[], None]) -> None:
        with suppress(RuntimeError):
            self.loop.call_soon_threadsafe(self.line.told, self.client, what)

    def _on_connect(self, client: paho.Client, _: Any, _flags: Any, reason: Any, _properties: Any) -> None:
        if reason.is_failure:
            self._tell(lambda: self.line.was_refused(str(reason)))
            return
        self._tell(self.line.came_up)
        if self.wanted:
            client.subscribe(list(self.wanted.items()))

    def _on_connect_fail(self, _client: paho.Client, _: Any) -> None:
        self._tell(lambda: self.line.went_down("no connection"))

    def _on_disconnect(
        self, _client: paho.Client, _: Any, _flags: Any, reason: Any, _properties: Any
    ) -> None:
        self._tell(lambda: self.line.went_down(f"the connection was lost: {reason}"))

    def _on_subscribe(
        self, _client: paho.Client, _: Any, _mid: int, reasons: list[Any], _properties: Any
    ) -> None:
        denied = {topic for topic, each in zip(self.wanted, reasons, strict=False) if each.is_failure}
        self._tell(lambda: self.line.was_denied(frozenset(denied)))

    def _on_message(self, _client: paho.Client, _: Any, message: paho.MQTTMessage) -> None:
        payload, at = bytes(message.payload), time.monotonic()
        whole = Arrived(payload, at, message.retain)
        came = whole if len(payload) <= PAYLOAD_OCTETS_MAX else len(payload)
        with suppress(UnicodeDecodeError):
            topic = message.topic
            self._tell(lambda: self.line.arrived(topic, came))
