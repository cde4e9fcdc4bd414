"""The lines a simulated meter can be on: TCP, RTU over TCP, TLS, and a serial port that is a pair of pseudo-terminals."""

from __future__ import annotations

import asyncio
import os
import ssl
import tty
from collections.abc import Callable, Sequence
from contextlib import suppress
from enum import StrEnum
from pathlib import Path
from typing import TypeAlias

from pymodbus.framer import FramerType
from pymodbus.server import ModbusSerialServer, ModbusTcpServer, ModbusTlsServer
from pymodbus.simulator import SimDevice

from graph.errors import InvalidInput, StoreError
from hub.simulate._meter_limits import FewConnections

PASSED_BYTES = 4096  # at once from one end of a serial line to the other; a frame has 256

Server: TypeAlias = ModbusTcpServer | ModbusSerialServer
Spoils: TypeAlias = Callable[[bool, bytes], bytes]


class Speak(StrEnum):
    """How a meter speaks."""

    TCP = "tcp"
    RTU_TCP = "rtu-tcp"
    RTU = "rtu"
    TLS = "tls"

    @property
    def is_rtu(self) -> bool:
        """Whether its frames are RTU's."""
        return self in (Speak.RTU, Speak.RTU_TCP)


class SerialPair:
    """Two serial ports joined to each other: the meter is on `near`, the probe opens `far`."""

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        (near, near_end), (far, far_end) = os.openpty(), os.openpty()
        self._all = (near, near_end, far, far_end)
        for end in (near_end, far_end):
            tty.setraw(end)
        self.near, self.far = os.ttyname(near_end), os.ttyname(far_end)
        self._loop.add_reader(near, self._pass, near, far)
        self._loop.add_reader(far, self._pass, far, near)

    def close(self) -> None:
        """Take both ports away."""
        for end in (self._all[0], self._all[2]):
            self._loop.remove_reader(end)
        for end in self._all:
            os.close(end)

    @staticmethod
    def _pass(source: int, sink: int) -> None:
        with suppress(OSError):
            os.write(sink, os.read(source, PASSED_BYTES))


def server_of(
    speak: Speak,
    devices: Sequence[SimDevice],
    spoils: Spoils,
    host: str,
    port: int,
    *,
    line: str,
    tls: Path | None,
) -> Server:
    """A server that does not listen yet. Raises InvalidInput when TLS has no certificate to show."""
    units = list(devices)
    if speak is Speak.RTU:
        return ModbusSerialServer(units, port=line, trace_packet=spoils, ignore_missing_devices=True)
    if speak is Speak.TLS:
        return ModbusTlsServer(
            units, address=(host, port), sslctx=_shows(tls), trace_packet=spoils, ignore_missing_devices=True
        )
    framer = FramerType.RTU if speak is Speak.RTU_TCP else FramerType.SOCKET
    return FewConnections(
        units, framer=framer, address=(host, port), trace_packet=spoils, ignore_missing_devices=True
    )


def port_of(server: Server) -> int:
    """The port a listening server was given; 0 on a serial line."""
    if isinstance(server, ModbusSerialServer):
        return 0
    if not isinstance(server.transport, asyncio.Server):
        raise StoreError("the meter does not listen")
    return int(server.transport.sockets[0].getsockname()[1])


def _shows(tls: Path | None) -> ssl.SSLContext:
    if tls is None:
        raise InvalidInput(
            "a meter that speaks TLS shows a certificate: name a file with it and its key", "tls-file"
        )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(tls)
    except (OSError, ssl.SSLError) as fault:
        raise InvalidInput(f"{tls}: {fault}", "tls-file") from fault
    return context
