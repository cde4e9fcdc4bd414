"""What bytes are that were no answer, in words: half a frame, a wrong checksum, another device's, another protocol's."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeAlias

from pymodbus.framer import FramerRTU

SHOWN_BYTES = 16  # of what came; enough to tell a protocol by
RTU_BYTES_MIN = 5  # an exception: device, function, code, checksum (serial line guide V1.02, 2.5.1) (assumed)
MBAP_BYTES = 7  # transaction, protocol, length, unit (Modbus messaging on TCP/IP V1.0b, 3.1.3) (assumed)
READS = (3, 4)

Misheard: TypeAlias = Callable[[bytes, int], str]


def rtu(came: bytes, asked: int) -> str:
    """Of bytes that no RTU answer of device `asked` was found in."""
    if _is_start_of_rtu(came, asked):
        return "half a frame"
    if len(came) >= RTU_BYTES_MIN and FramerRTU.check_CRC(came[:-2], int.from_bytes(came[-2:], "big")):
        return f"an answer of device {came[0]}" if came[0] != asked else f"function {came[1]}"
    if came[0] == asked and _is_read(came[1:2]):
        return "a frame with a wrong checksum"
    return "no frame of RTU"


def mbap(came: bytes, asked: int) -> str:
    """Of bytes that no answer with a TCP header of device `asked` was found in."""
    if came[2:4] not in (b"", b"\0", b"\0\0"):
        return "no frame of Modbus TCP"
    if len(came) < MBAP_BYTES or len(came) < 6 + int.from_bytes(came[4:6], "big"):
        return "half a frame"
    if came[6] != asked:
        return f"an answer of device {came[6]}"
    return f"another transaction's answer or function {came[7]}" if len(came) > MBAP_BYTES else "no function"


def shown(came: bytes) -> str:
    """The first of some bytes, to be looked at."""
    rest = " …" if len(came) > SHOWN_BYTES else ""
    return f"{len(came)} bytes {came[:SHOWN_BYTES].hex(' ')}{rest}"


def is_modbus_tcp(came: bytes) -> bool:
    """Whether a TCP header that has come whole can be of an answer to a read."""
    return came[2:4] in (b"", b"\0", b"\0\0") and (len(came) <= MBAP_BYTES or _is_read(came[7:8]))


def _is_start_of_rtu(came: bytes, asked: int) -> bool:
    if came[0] != asked or not (len(came) == 1 or _is_read(came[1:2])):
        return False
    if len(came) < 3:
        return True
    return len(came) < (RTU_BYTES_MIN if came[1] & 0x80 else came[2] + 5)


def _is_read(function: bytes) -> bool:
    return function[0] & 0x7F in READS
