"""A line on which several meters hang and one is asked at a time: a gateway's TCP connection, or a serial port of this box.

It is opened when first needed and closed after any doubt, so that what was late for one question is no answer to the next.
The serial port is opened with what Python brings (termios): a library for setting speed and parity is worth no dependency.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TypeAlias

from edge_probe.reaching import SerialLine
from edge_probe.turns import Turns
from graph.errors import SourceUnreachable

READ_OCTETS = 4096  # taken at once; a frame of a meter has some two hundred


@dataclass(frozen=True)
class Opened:
    """A line that is open: what comes in, and the two things one does with it."""

    reader: asyncio.StreamReader
    write: Callable[[bytes], object]
    close: Callable[[], None]


Opening: TypeAlias = Callable[[], Awaitable[Opened]]


class Line:
    """One line by its name for people. Reading and writing are for who has the turn."""

    def __init__(self, where: str, opening: Opening) -> None:
        self.where, self._opening = where, opening
        self._opened: Opened | None = None
        self._once_more: bytes | None = None
        self._turns = Turns()

    @asynccontextmanager
    async def turn(self, who: str, *, behind: bool) -> AsyncIterator[None]:
        """Have the line to oneself. Whoever leaves it in the middle of a question leaves it closed."""
        async with self._turns.take(who, behind=behind):
            try:
                yield
            except BaseException:
                self.close()
                raise

    async def send(self, octets: bytes, timeout_s: float) -> None:
        """Send these, after throwing away what came unasked. Raises SourceUnreachable."""
        await self._throw_away()
        self._once_more = octets if self._opened is not None else None
        try:
            async with asyncio.timeout(timeout_s):
                await self._write(octets)
        except TimeoutError as late:
            raise SourceUnreachable(f"{self.where}: not open within {timeout_s} s") from late

    async def hear(self) -> bytes:
        """Some octets, as they come. Raises SourceUnreachable when the other end is gone.

        A gateway may hang up after each answer: the question that finds it so is put once more over a line opened anew.
        """
        octets = await self._read()
        if not octets and self._once_more is not None:
            said, self._once_more = self._once_more, None
            self.close()
            await self._write(said)
            octets = await self._read()
        if not octets:
            raise SourceUnreachable(f"{self.where}: the other end closed the line")
        self._once_more = None
        return octets

    async def _write(self, octets: bytes) -> None:
        try:
            opened = self._opened = self._opened or await self._opening()
        except (OSError, ValueError) as fault:
            raise SourceUnreachable(f"{self.where}: cannot be opened: {fault}") from fault
        try:
            opened.write(octets)
        except OSError as fault:
            raise SourceUnreachable(f"{self.where}: cannot be written to: {fault}") from fault

    async def _read(self) -> bytes:
        """Some octets; none when the other end is gone."""
        if self._opened is None:
            raise SourceUnreachable(f"{self.where}: is not open")
        try:
            return await self._opened.reader.read(READ_OCTETS)
        except ConnectionError:
            return b""
        except OSError as fault:
            raise SourceUnreachable(f"{self.where}: {fault}") from fault

    def close(self) -> None:
        """Let go of it; the next question opens it again."""
        if self._opened is not None:
            self._opened.close()
            self._opened = None

    def release(self) -> None:
        """Close it unless somebody else has it, who closes it then."""
        if not self._turns.taken:
            self.close()

    async def _throw_away(self) -> None:
        """What came while nobody asked; a line that the other end closed meanwhile is closed here, too."""
        try:
            while self._opened is not None:
                async with asyncio.timeout(0):
                    if not await self._read():
                        self.close()
        except TimeoutError:
            return


class Lines:
    """Lines by their ends, so that meters at one end share one."""

    def __init__(self) -> None:
        self._lines: dict[str, Line] = {}

    def at(self, where: str, opening: Opening) -> Line:
        """The line to this end."""
        return self._lines.setdefault(where, Line(where, opening))


async def open_tcp(host: str, port: int) -> Opened:
    """A connection to a gateway. Raises OSError."""
    reader, writer = await asyncio.open_connection(host, port)
    return Opened(reader, writer.write, writer.close)


async def open_serial(path: str, bus: SerialLine) -> Opened:
    """A serial port of eight data bits. Raises OSError."""
    loop, reader = asyncio.get_running_loop(), asyncio.StreamReader()
    number = os.open(path, os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK)
    try:
        _set(number, bus)
    except BaseException:
        os.close(number)
        raise

    def feed() -> None:
        try:
            octets = os.read(number, READ_OCTETS)
        except BlockingIOError:
            return
        except OSError as fault:
            loop.remove_reader(number)
            reader.set_exception(fault)
            return
        if octets:
            reader.feed_data(octets)
        else:
            loop.remove_reader(number)
            reader.feed_eof()

    def close() -> None:
        loop.remove_reader(number)
        os.close(number)

    loop.add_reader(number, feed)
    return Opened(reader, lambda octets: os.write(number, octets), close)


def _set(number: int, bus: SerialLine) -> None:
    import termios
    import tty

    try:
        tty.setraw(number)
        state = termios.tcgetattr(number)
        state[2] &= ~(termios.PARENB | termios.PARODD | termios.CSTOPB)
        state[2] |= termios.CLOCAL | termios.CREAD
        state[2] |= {"even": termios.PARENB, "odd": termios.PARENB | termios.PARODD, "none": 0}[bus.parity]
        state[2] |= termios.CSTOPB if bus.stop_bits == 2 else 0
        state[4] = state[5] = getattr(termios, f"B{bus.baud}")
        termios.tcsetattr(number, termios.TCSANOW, state)
        termios.tcflush(number, termios.TCIOFLUSH)
    except termios.error as fault:
        raise OSError(f"is no serial port: {fault}") from fault
