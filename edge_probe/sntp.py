"""Asks a time server by how much the clock is behind (SNTP).

Source: RFC 4330 (4, 5) and RFC 5905 (7.3): 48 bytes of UDP, a question of mode 3, an answer of mode 4 that repeats when it
was asked; behind = ((T2 - T1) + (T3 - T4)) / 2 (assumed: from knowledge of these texts, tried against our own server).
Nothing is set; an answer of a server that is not in step itself counts as none.
"""

from __future__ import annotations

import asyncio
import secrets
import struct
from collections.abc import Callable

from edge_probe.fields import host_of
from graph.errors import InvalidInput, SourceMalformed, SourceUnreachable

PORT = 123
ANSWER_S = 3.0  # a server in the same country answers within a tenth of a second
DELAY_MAX_S = 2.0  # an answer on its way for longer may be wrong by half of that
BEFORE_1970 = 2_208_988_800  # seconds from 1900, where NTP's first era begins
ERA = 2**32  # seconds of an era: the second one begins in 2036
_FORM = struct.Struct("!BBbb11I")
_QUESTION, _ANSWER, _NOT_IN_STEP, _STRATUM_MAX = 0x23, 4, 3, 15


def server_of(text: str) -> tuple[str, int]:
    """`host` or `host:port`. Raises InvalidInput."""
    host, colon, port = text.rpartition(":")
    if not colon or "]" in port:
        host, port = text, str(PORT)
    if not host or not port.isdigit() or not 0 < int(port) < 65536:
        raise InvalidInput(f"came {text!r:.64}, expected a host, or host:port")
    return host_of(host.strip("[]")), int(port)


async def seconds_behind(server: tuple[str, int], now: Callable[[], float]) -> float:
    """By how much `now`, seconds since 1970, is behind the server. Raises SourceUnreachable or SourceMalformed."""
    name = f"time server {server[0]}:{server[1]}"
    mark = secrets.randbits(64)  # in place of our time: an answer that repeats it is one to this question
    question = _FORM.pack(_QUESTION, *(0,) * 12, mark >> 32, mark % 2**32)
    try:
        async with asyncio.timeout(ANSWER_S):
            asked, answer, came = await _exchange(server, question, now)
    except (OSError, TimeoutError, UnicodeError) as fault:  # the last of a name that is none of DNS
        raise SourceUnreachable(f"{name}: no answer within {ANSWER_S:g} s: {fault}".rstrip(": ")) from fault
    received, sent = _checked(name, answer, mark, asked)
    if not 0 <= came - asked <= DELAY_MAX_S:  # less than 0: our clock was set meanwhile
        raise SourceUnreachable(f"{name}: the answer took {came - asked:.1f} s")
    return ((received - asked) + (sent - came)) / 2


def _checked(name: str, answer: bytes, mark: int, near: float) -> tuple[float, float]:
    if len(answer) < _FORM.size:
        raise SourceMalformed(f"{name}: expected {_FORM.size} bytes, came {len(answer)}")
    head, stratum, _, _, *words = _FORM.unpack(answer[: _FORM.size])
    if head & 7 != _ANSWER or (words[5] << 32) + words[6] != mark:
        raise SourceMalformed(f"{name}: came an answer to another question")
    if head >> 6 == _NOT_IN_STEP or not 1 <= stratum <= _STRATUM_MAX or not (words[7] and words[9]):
        raise SourceMalformed(f"{name}: is not in step itself (stratum {stratum})")
    return _seconds(words[7], words[8], near), _seconds(words[9], words[10], near)


def _seconds(whole: int, part: int, near: float) -> float:
    """Since 1970, in the era nearest to a moment."""
    seconds = whole - BEFORE_1970 + part / ERA
    return seconds + round((near - seconds) / ERA) * ERA


async def _exchange(
    server: tuple[str, int], question: bytes, now: Callable[[], float]
) -> tuple[float, bytes, float]:
    answer: asyncio.Future[tuple[bytes, float]] = asyncio.get_running_loop().create_future()
    transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: _Asking(answer, now), remote_addr=server
    )
    try:
        asked = now()
        transport.sendto(question)
        octets, came = await answer
        return asked, octets, came
    finally:
        transport.close()


class _Asking(asyncio.DatagramProtocol):
    """Waits for the first datagram of the server; the socket is connected, so that nobody else's comes in."""

    def __init__(self, answer: asyncio.Future[tuple[bytes, float]], now: Callable[[], float]) -> None:
        self._answer, self._now = answer, now

    def datagram_received(self, data: bytes, _addr: object) -> None:
        if not self._answer.done():
            self._answer.set_result((data, self._now()))

    def error_received(self, exc: Exception) -> None:
        if not self._answer.done():
            self._answer.set_exception(exc)
