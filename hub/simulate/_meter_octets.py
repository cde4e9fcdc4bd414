"""What a simulated meter's answer becomes on its way: another unit's, wrongly checked, half of it, another protocol's."""

from __future__ import annotations

from enum import StrEnum

from pymodbus.framer import FramerRTU

MBAP_UNIT = 6  # where the TCP header has the device's address
FOREIGN = bytes.fromhex("fefefefe68010000000000689108333334335c3333336d16")  # in the manner of DL/T 645


class Octets(StrEnum):
    """How the octets of each answer are spoilt."""

    SOUND = "sound"
    OTHER_UNIT = "other-unit"
    WRONG_CHECK = "wrong-check"
    HALF = "half"
    FOREIGN = "foreign"


def spoilt(packet: bytes, how: Octets, *, rtu: bool) -> bytes:
    """An answer's frame, spoilt; what RTU checks by its checksum, the TCP header does by the transaction number."""
    match how:
        case Octets.SOUND:
            return packet
        case Octets.HALF:
            return packet[: len(packet) // 2]
        case Octets.FOREIGN:
            return FOREIGN
        case Octets.WRONG_CHECK:
            at = len(packet) - 1 if rtu else 1
            return packet[:at] + bytes([packet[at] ^ 0x55]) + packet[at + 1 :]
        case Octets.OTHER_UNIT:
            return _of_other_unit(packet, rtu=rtu)


def unit_of(packet: bytes, *, rtu: bool) -> int:
    """The device whose answer a frame is."""
    return packet[0 if rtu else MBAP_UNIT]


def _of_other_unit(packet: bytes, *, rtu: bool) -> bytes:
    at = 0 if rtu else MBAP_UNIT
    other = packet[:at] + bytes([packet[at] % 247 + 1]) + packet[at + 1 :]
    return other[:-2] + FramerRTU.compute_CRC(other[:-2]).to_bytes(2, "big") if rtu else other
