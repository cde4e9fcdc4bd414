"""A session with an OPC UA server: opened when first needed, closed after any doubt, its nodes read in few requests.

No task runs beside the reads: a channel is opened anew before its lifetime ends, and a session that the server gave up
meanwhile is found so by the next read, which is then put once more. Only this module loads asyncua.
"""

from __future__ import annotations

import asyncio
import datetime as dt
import math
import struct
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from decimal import Decimal

from asyncua import Client, ua
from asyncua.crypto.security_policies import SecurityPolicyBasic256Sha256
from asyncua.crypto.uacrypto import CertProperties
from asyncua.ua.uaerrors import UaError, UaStatusCodeError

from edge_probe.logins import Login
from edge_probe.map_nodes import NodeName
from edge_probe.opcua_seen import Seen, Shown
from edge_probe.reaching import TlsFiles
from edge_probe.registers import decimal_of_float32
from edge_probe.turns import Turns
from graph.errors import SourceError, SourceMalformed, SourceRefused, SourceUnreachable

NODES_AT_ONCE = 100  # of one request: small servers refuse more (Bad_TooManyOperations)
SESSION_S = 120.0  # a session that we lost track of keeps one of a server's few places no longer
CHANNEL_USED = 0.75  # of a channel's lifetime; OPC 10000-4, 5.5.2 renews it then (assumed), we open another
HEARD_BYTES = 32  # shown of what was no answer

_SERVER_TIME = ua.NodeId(ua.Int32(ua.ObjectIds.Server_ServerStatus_CurrentTime))
_NAMESPACES = ua.NodeId(ua.Int32(ua.ObjectIds.Server_NamespaceArray))
_NUMBERS = frozenset(
    ua.VariantType[name]
    for name in ("SByte", "Byte", "Int16", "UInt16", "Int32", "UInt32", "Int64", "UInt64", "Float", "Double")
)
_GONE = frozenset(
    getattr(ua.StatusCodes, name)
    for name in (
        "BadSessionIdInvalid",
        "BadSessionClosed",
        "BadSessionNotActivated",
        "BadSecureChannelClosed",
        "BadSecureChannelIdInvalid",
        "BadSecureChannelTokenUnknown",
        "BadTcpSecureChannelUnknown",
        "BadConnectionClosed",
    )
)
# What asyncua raises of octets that are no message, beside its own errors.
_UNREADABLE = (UaError, struct.error, ValueError, TypeError, LookupError, AttributeError, AssertionError)


class _Gone(SourceUnreachable):
    """The server knows our session no longer."""


class _Hears(asyncio.Protocol):
    """Hands on to asyncua what comes, and remembers how it began: of half an answer asyncua says nothing."""

    def __init__(self, inner: asyncio.Protocol) -> None:
        self._inner, self.octets = inner, b""

    def data_received(self, data: bytes) -> None:
        """Some octets."""
        self.octets = (self.octets + data[:HEARD_BYTES])[:HEARD_BYTES]
        self._inner.data_received(data)

    def connection_lost(self, exc: Exception | None) -> None:
        """The end of them."""
        self._inner.connection_lost(exc)


@dataclass
class _Open:
    """A session that is open: until when its channel holds, and what its server calls its namespaces."""

    client: Client
    hears: _Hears
    until: float
    namespaces: tuple[str, ...] = ()


class OpcuaServer:
    """The way to one server, which all devices behind it take in turn."""

    def __init__(self, where: str, url: str, login: Login | None, files: TlsFiles | None = None) -> None:
        self.where, self._url, self._login, self._files = where, url, login, files
        self._turns = Turns()
        self._client: Client | None = None
        self._open: _Open | None = None

    async def read(self, nodes: Sequence[NodeName], timeout_s: float, *, behind: bool) -> Shown:
        """What nodes show. Raises SourceUnreachable, SourceRefused or SourceMalformed, and is closed then."""
        async with self._turns.take(behind=behind):
            try:
                return await self._once_more(nodes, timeout_s)
            except BaseException:
                self._hang_up()
                raise

    async def release(self, timeout_s: float) -> None:
        """Take leave of the server unless somebody else has it, who does so then."""
        if self._turns.taken or self._open is None:
            return
        client = self._open.client
        with suppress(OSError, TimeoutError, *_UNREADABLE):
            async with asyncio.timeout(timeout_s):
                await client.close_session()
                await client.close_secure_channel()
        self._hang_up()

    async def _once_more(self, nodes: Sequence[NodeName], timeout_s: float) -> Shown:
        if self._open is not None and time.monotonic() < self._open.until:
            try:
                return await self._read(self._open, nodes, timeout_s)
            except _Gone:
                pass
        self._hang_up()
        opened = self._open = await self._connect(nodes, timeout_s)
        return await self._read(opened, nodes, timeout_s)

    async def _connect(self, nodes: Sequence[NodeName], timeout_s: float) -> _Open:
        client = self._client = Client(self._url, timeout_s)
        client.name = client.description = "nengshu probe"
        client.application_uri = client.product_uri = "urn:nengshu:probe"
        client.session_timeout = int(SESSION_S * 1000)
        user, password = (self._login.user, self._login.password) if self._login else (None, None)
        hears = _Hears(asyncio.Protocol())
        with self._translated(lambda: hears.octets, timeout_s):
            async with asyncio.timeout(timeout_s):
                if self._files is not None:
                    await _encrypt(client, self._files)
                await client.connect_socket()
                protocol = client.uaclient.protocol
                if protocol is None or protocol.transport is None:
                    raise ConnectionError("closed at once")
                hears = _Hears(protocol)
                protocol.transport.set_protocol(hears)
                await client.send_hello()
                await client.open_secure_channel()
                await client.create_session()
                await client.activate_session(user, password)
                lifetime_s = client.secure_channel_timeout / 1000
                opened = _Open(client, hears, time.monotonic() + CHANNEL_USED * lifetime_s)
                if any(node.uri for node in nodes):
                    (found,) = await client.uaclient.read_attributes([_NAMESPACES], ua.AttributeIds.Value)
                    opened.namespaces = _texts(_value(found))
                return opened

    async def _read(self, opened: _Open, nodes: Sequence[NodeName], timeout_s: float) -> Shown:
        opened.hears.octets = b""
        now, seen = None, list[Seen]()
        with self._translated(lambda: opened.hears.octets, timeout_s):
            ids = [ua.NodeId.from_string(node.among(opened.namespaces)) for node in nodes]
            async with asyncio.timeout(timeout_s):
                for at in range(0, len(ids), NODES_AT_ONCE):
                    few = [_SERVER_TIME, *ids[at : at + NODES_AT_ONCE]]
                    time_said, *answers = await _values(opened.client, few)
                    if len(answers) != len(few) - 1:
                        raise SourceMalformed(f"expected {len(few)} values, came {len(answers) + 1}")
                    now = now or _moment(_value(time_said))
                    seen += [_seen(answer) for answer in answers]
        return Shown(now, tuple(seen))

    def _hang_up(self) -> None:
        if self._client is not None:
            self._client.disconnect_socket()
        self._client = self._open = None

    @contextmanager
    def _translated(self, heard: Callable[[], bytes], timeout_s: float) -> Iterator[None]:
        try:
            yield
        except SourceError as fault:
            raise type(fault)(f"{self.where}: {fault}") from fault
        except UaStatusCodeError as fault:
            kind = _Gone if fault.code in _GONE else SourceRefused
            raise kind(f"{self.where}: {_status_name(fault.code)}") from fault
        except TimeoutError as fault:
            raise self._unanswered(heard(), SourceUnreachable, f"no answer within {timeout_s} s") from fault
        except OSError as fault:
            raise self._unanswered(heard(), _Gone, str(fault) or type(fault).__name__) from fault
        except _UNREADABLE as fault:
            raise SourceMalformed(f"{self.where}: an answer that cannot be read: {fault!r:.200}") from fault

    def _unanswered(self, heard: bytes, silence: type[SourceUnreachable], why: str) -> SourceError:
        if heard:
            return SourceMalformed(f"{self.where}: no whole answer: {why}; came {heard.hex(' ')}")
        return silence(f"{self.where}: {why}")


async def _encrypt(client: Client, files: TlsFiles) -> None:
    """Sign and encrypt, towards the one server whose certificate we have."""
    server, ours, key = (
        CertProperties(str(each), "pem") for each in (files.ca_file, files.certificate_file, files.key_file)
    )
    try:
        await client.set_security(SecurityPolicyBasic256Sha256, ours, key, server_certificate=server)
    except (OSError, ValueError, TypeError) as fault:
        raise SourceUnreachable(f"certificates cannot be read: {fault}") from fault


async def _values(client: Client, nodes: Sequence[ua.NodeId]) -> list[ua.DataValue]:
    """Values and both times, as of now: an age of 0 makes the server fetch them (OPC 10000-4, 5.10.2, read)."""
    asked = ua.ReadParameters()
    asked.MaxAge, asked.TimestampsToReturn = ua.Duration(0), ua.TimestampsToReturn.Both
    for each in nodes:
        one = ua.ReadValueId()
        one.NodeId, one.AttributeId = each, ua.AttributeIds.Value
        asked.NodesToRead.append(one)
    return await client.uaclient.read(asked)


def _seen(answer: ua.DataValue) -> Seen:
    status = answer.StatusCode or ua.StatusCode()
    source, server = _moment(answer.SourceTimestamp), _moment(answer.ServerTimestamp)
    number, came = _number(answer.Value)
    return Seen(status.value, _status_name(status.value), source, server, number, came)


def _status_name(code: int) -> str:
    """A status by its name; the lower half are flags, which do not alter its meaning (OPC 10000-4, 7.39.1, read)."""
    return ua.StatusCode(ua.UInt32(code & 0xFFFF_0000)).name


def _number(variant: ua.Variant | None) -> tuple[Decimal | None, str]:
    """The number of a variant that holds one, and what it holds for people."""
    value = variant.Value if variant is not None else None
    came = f"{variant.VariantType.name if variant is not None else 'nothing'} {value!r:.64}"
    if variant is None or variant.VariantType not in _NUMBERS or not isinstance(value, int | float):
        return None, came
    if not math.isfinite(value):
        return None, came
    if isinstance(value, int):
        return Decimal(value), came
    if variant.VariantType is ua.VariantType.Float:
        return decimal_of_float32(value), came
    return Decimal(repr(value)), came


def _value(answer: ua.DataValue) -> object:
    return answer.Value.Value if answer.Value is not None else None


def _texts(value: object) -> tuple[str, ...]:
    return tuple(str(each) for each in value) if isinstance(value, list) else ()


def _moment(value: object) -> dt.datetime | None:
    if not isinstance(value, dt.datetime):
        return None
    return value if value.tzinfo else value.replace(tzinfo=dt.UTC)
