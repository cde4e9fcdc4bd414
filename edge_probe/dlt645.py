"""DL/T 645-2007 (多功能电能表通信协议): octets to frames and back, with neither a line nor a clock.

The frame 68H A0..A5 68H C L DATA CS 16H, its offset and checksum, the control codes and the error word were read in open
clients of such meters; the standard's own text was not to be had, so that every clause's number here is assumed.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from enum import IntEnum

from graph.errors import InvalidInput, SourceMalformed

START, END = 0x68, 0x16  # 5.2.1, 5.2.7 (read)
# 5.3.1: sent before a frame (read); an answer may bring any number of them, or none (read).
WAKE_UP = b"\xfe" * 4
OFFSET = 0x33  # 5.2.5: added to each octet of data, taken off again by who receives (read)
DATA_MAX = 200  # 5.2.4: the most octets of data where something is read (read)
ADDRESS_OCTETS = 6  # 5.2.2 (read)
HEAD, TAIL = 10, 2  # before the data: 68H, address, 68H, C, L; after it: CS, 16H
IDENTIFIER_OCTETS = 4  # DI0..DI3, the lowest first (read)
WILD = "AA"  # 5.2.2: stands for any two digits, from the highest of an address down (assumed)
BROADCAST = "99" * ADDRESS_OCTETS  # 5.2.2: nobody answers it (read)
# 5.2.3: D7 from the meter, D6 it says no, D5 another frame follows (read).
ANSWER, REFUSED, MORE = 0x80, 0x40, 0x20


class Asked(IntEnum):
    """Control codes a master asks with (控制码, 5.2.3; read). Nothing is ever written to a meter."""

    READ = 0x11
    READ_ON = 0x12


ERRORS = (
    "other error 其他错误",
    "no such data 无请求数据",
    "wrong password or not authorised 密码错或未授权",
    "speed cannot be changed 通信速率不能更改",
    "too many time zones of a year 年时区数超",
    "too many periods of a day 日时段数超",
    "too many tariffs 费率数超",
    "reserved 保留",
)  # bits 0 to 7 of the error word ERR (错误信息字; read)


@dataclass(frozen=True)
class MeterAddress:
    """A meter's address (通信地址) as its plate shows it: twelve digits, the highest pairs of which may be AA for any."""

    text: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"(AA)*[0-9]*", self.text) or len(self.text) != 2 * ADDRESS_OCTETS:
            raise InvalidInput(
                f"expected a meter's twelve digits, AA for any two from the highest down, came {self.text[:32]!r}"
            )
        if self.text == BROADCAST:
            raise InvalidInput(f"{BROADCAST} is said to all meters, and none answers it")

    @classmethod
    def parse(cls, text: str) -> MeterAddress:
        """An address as people write it: blanks do not matter, and a shorter one is filled with noughts in front."""
        return cls(re.sub(r"\s", "", text).upper().rjust(2 * ADDRESS_OCTETS, "0"))

    @classmethod
    def of(cls, octets: bytes) -> MeterAddress:
        """An address as it comes over the line. Raises InvalidInput."""
        return cls(octets[::-1].hex().upper())

    @property
    def octets(self) -> bytes:
        """As it goes over the line: the lowest first."""
        return bytes.fromhex(self.text)[::-1]

    def covers(self, other: bytes) -> bool:
        """Whether a meter of these octets is meant."""
        return len(other) == ADDRESS_OCTETS and all(
            mine in (0xAA, theirs) for mine, theirs in zip(self.octets, other, strict=True)
        )


@dataclass(frozen=True)
class Frame:
    """One frame: the address as it goes over the line, the control code, and the data without their offset."""

    address: bytes
    control: int
    data: bytes = b""

    def __post_init__(self) -> None:
        if len(self.address) != ADDRESS_OCTETS:
            raise InvalidInput(f"an address has {ADDRESS_OCTETS} octets, came {len(self.address)}")
        if not 0 <= self.control <= 0xFF or len(self.data) > DATA_MAX:
            raise InvalidInput(
                f"expected a control code of one octet and at most {DATA_MAX} octets of data, "
                f"came {self.control:#x} with {len(self.data)}"
            )

    @property
    def octets(self) -> bytes:
        """The frame as it goes over the line, without what wakes the meter up."""
        head = bytes([START, *self.address, START, self.control, len(self.data)])
        body = head + bytes((octet + OFFSET) & 0xFF for octet in self.data)
        return body + bytes([checksum(body), END])

    @classmethod
    def parse(cls, octets: bytes) -> Frame:
        """The frame that these octets are, all of them. Raises SourceMalformed saying what is wrong."""
        if len(octets) < HEAD + TAIL or octets[0] != START or octets[7] != START:
            raise SourceMalformed(
                f"expected 68H, address, 68H and at least 4 octets more, came {shown(octets)}"
            )
        length = octets[9]
        if length > DATA_MAX or len(octets) != HEAD + length + TAIL:
            raise SourceMalformed(
                f"{length} octets of data told, {len(octets) - HEAD - TAIL} came: {shown(octets)}"
            )
        if octets[-1] != END:
            raise SourceMalformed(f"expected 16H at the end, came {octets[-1]:02X}H: {shown(octets)}")
        if octets[-2] != checksum(octets[:-2]):
            expected = checksum(octets[:-2])
            raise SourceMalformed(f"checksum {octets[-2]:02X}H, expected {expected:02X}H: {shown(octets)}")
        data = bytes((octet - OFFSET) & 0xFF for octet in octets[HEAD:-TAIL])
        return cls(octets[1:7], octets[8], data)


def checksum(octets: bytes) -> int:
    """The sum of a frame's octets from its first 68H on, modulo 256 (5.2.6; read)."""
    return sum(octets) & 0xFF


def first_frame(octets: bytes) -> tuple[Frame | None, bytes]:
    """The first whole and sound frame, and what came after it; else None and what may still become one.

    What wakes a meter up, noise, and frames that are not sound are passed over; half a frame waits for its rest.
    """
    waiting: int | None = None
    for place, octet in enumerate(octets):
        if octet != START:
            continue
        rest = octets[place:]
        end = _end(rest)
        if end is None:
            waiting = place if waiting is None else waiting
        elif end:
            try:
                return Frame.parse(rest[:end]), rest[end:]
            except SourceMalformed:
                continue
    return None, b"" if waiting is None else octets[waiting:]


def why_none(octets: bytes) -> str:
    """What is wrong with octets in which there is no frame, for people."""
    for place in (place for place, octet in enumerate(octets) if octet == START):
        end = _end(octets[place:])
        if end is None:
            return f"half a frame: {shown(octets[place:])}"
        if end:
            try:
                Frame.parse(octets[place : place + end])
            except SourceMalformed as fault:
                return str(fault)
    return f"no frame in {shown(octets)}"


def _end(octets: bytes) -> int | None:
    """Where a frame that begins here would end: None before that can be told or has come, 0 where none begins."""
    if len(octets) > 7 and octets[7] != START:
        return 0
    if len(octets) < HEAD:
        return None
    if octets[9] > DATA_MAX:
        return 0
    end = HEAD + octets[9] + TAIL
    return end if len(octets) >= end else None


def identifier_octets(text: str) -> bytes:
    """A data identifier (数据标识) DI3 DI2 DI1 DI0, eight hexadecimal digits, as it goes over the line."""
    if not re.fullmatch(r"[0-9A-Fa-f]{8}", text):
        raise InvalidInput(
            f"expected eight hexadecimal digits DI3 DI2 DI1 DI0 such as 00010000, came {text[:32]!r}"
        )
    return bytes.fromhex(text)[::-1]


def bcd_value(octets: bytes, decimals: int, *, signed: bool) -> Decimal:
    """A figure of two digits an octet, the lowest first; where it may be below 0, its highest bit says so (assumed).

    Raises SourceMalformed for what is no figure: a meter fills with FFH what it does not measure (assumed).
    """
    figure = octets[::-1]
    below = signed and bool(figure and figure[0] & 0x80)
    if below:
        figure = bytes([figure[0] & 0x7F]) + figure[1:]
    if not figure or not figure.hex().isdecimal():
        raise SourceMalformed(f"expected digits, came {shown(octets)}")
    number = Decimal(figure.hex()).scaleb(-decimals)
    return -number if below else number


def bcd_octets(value: Decimal, count: int, decimals: int, *, signed: bool = False) -> bytes:
    """The octets of a figure. Raises InvalidInput for one that does not fit."""
    number = int(abs(value).scaleb(decimals))
    top = 8 * 10 ** (2 * count - 1) if signed else 10 ** (2 * count)
    if Decimal(number).scaleb(-decimals) != abs(value) or number >= top or (value < 0 and not signed):
        raise InvalidInput(f"{value} does not fit into {count} octets with {decimals} decimals")
    figure = bytearray(bytes.fromhex(f"{number:0{2 * count}d}"))
    if value < 0:
        figure[0] |= 0x80
    return bytes(figure[::-1])


def error_names(word: int) -> str:
    """What an error word says."""
    said = [name for bit, name in enumerate(ERRORS) if word >> bit & 1]
    return f"{word:02X}H ({', '.join(said) or 'says nothing'})"


def shown(octets: bytes) -> str:
    """Octets for people, cut where a frame cannot be longer."""
    most = HEAD + DATA_MAX + TAIL
    return octets[:most].hex(" ").upper() + (" …" if len(octets) > most else "") or "nothing"
