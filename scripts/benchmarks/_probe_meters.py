"""Meters that answer Modbus TCP on loopback, many in one process: the other end of what `probe` measures.

The first line on standard output is JSON and names their ports, once they listen; they end when standard input does.
Usage: python -m scripts.benchmarks._probe_meters METERS REGISTERS
"""

from __future__ import annotations

import asyncio
import json
import struct
import sys

from pymodbus.server import ModbusTcpServer
from pymodbus.simulator import DataType, SimData, SimDevice

from hub.simulate._meter_lines import port_of


async def serve(meters: int, registers: int) -> None:
    """Listen until standard input ends."""
    servers = [await _meter(number, registers) for number in range(meters)]
    ports = [port_of(server) for server in servers]
    sys.stdout.write(json.dumps(ports) + "\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)
    for server in servers:
        server.close()


async def _meter(number: int, registers: int) -> ModbusTcpServer:
    """A meter whose every pair of registers is a counter, each showing something else."""
    values = [
        word
        for at in range(registers // 2)
        for word in struct.unpack(">HH", struct.pack(">f", number * 1000 + at + 0.5))
    ]
    block = SimData(0, values=values, datatype=DataType.REGISTERS)
    server = ModbusTcpServer(SimDevice(id=1, simdata=[block]), address=("127.0.0.1", 0))
    await server.serve_forever(background=True)
    return server


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2])))
