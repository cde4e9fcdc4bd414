"""What stands before a simulated OPC UA server and spoils what it says, message by message, when told to."""

from __future__ import annotations

import asyncio
import struct
from contextlib import suppress
from dataclasses import dataclass

from hub.simulate._server_faults import ServerFaults
from hub.simulate.meter import LOOPBACK

HEADER = 8  # OPC 10000-6, 7.1.2.2: three letters, a chunk's kind, the size of all of it (read)
REQUEST_AT = 20  # 6.7.2: channel, token and sequence number lie between (read)
TOO_BUSY = 0x807D0000  # Bad_TcpServerTooBusy (read)
MESSAGE = b"MSG"
HEARD_OCTETS = 65_536  # of what was said to the server, the latest


@dataclass(frozen=True)
class OpcuaFaults(ServerFaults):
    """`foreign` answers another request than ours, `wrong` spoils the letters of a message."""

    def spoilt(self, octets: bytes) -> bytes:
        """What becomes of a message."""
        if self.silent:
            return b""
        if self.busy:
            return b"ERRF" + struct.pack("<IIi", HEADER + 8, TOO_BUSY, -1)
        if octets[:3] != MESSAGE:
            return octets
        if self.foreign:
            (request,) = struct.unpack_from("<I", octets, REQUEST_AT)
            return octets[:REQUEST_AT] + struct.pack("<I", request + 1000) + octets[REQUEST_AT + 4 :]
        if self.wrong:
            return b"XSG" + octets[3:]
        return octets[: len(octets) // 2] if self.half else octets


class Front:
    """Listens in the server's place. `faults` may be set while it runs."""

    def __init__(self, behind: int, faults: OpcuaFaults | None = None) -> None:
        self.behind, self.faults = behind, faults or OpcuaFaults()
        self.calls, self.heard = 0, b""
        self._server: asyncio.Server | None = None
        self._under_way: dict[asyncio.Task[None] | None, asyncio.StreamWriter] = {}

    async def listen(self, host: str, port: int) -> int:
        """Begin to listen; the port. Raises OSError."""
        self._server = await asyncio.start_server(self._call, host, port)
        return int(self._server.sockets[0].getsockname()[1])

    async def close(self) -> None:
        """Listen no longer, and hang up on everybody."""
        if self._server is not None:
            self._server.close()
        await self.hang_up()

    async def hang_up(self) -> None:
        """End every call; the next one is taken."""
        for writer in self._under_way.values():
            writer.close()
        await asyncio.gather(*(task for task in self._under_way if task))

    async def _call(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        self._under_way[task] = writer
        self.calls += 1
        with suppress(OSError):
            there, here = await asyncio.open_connection(LOOPBACK, self.behind)
            try:
                async with asyncio.TaskGroup() as both:
                    answering = both.create_task(self._hand_back(there, writer))
                    while octets := await reader.read(65_536):
                        self.heard = (self.heard + octets)[-HEARD_OCTETS:]
                        here.write(octets)
                    answering.cancel()
            except* (OSError, asyncio.IncompleteReadError):
                pass
            finally:
                here.close()
                writer.close()
        self._under_way.pop(task)

    async def _hand_back(self, there: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while True:
            header = await there.readexactly(HEADER)
            (size,) = struct.unpack_from("<I", header, 4)
            octets = header + await there.readexactly(size - HEADER)
            await asyncio.sleep(self.faults.late_s)
            writer.write(self.faults.spoilt(octets))
