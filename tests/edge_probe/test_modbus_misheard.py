"""Whatever comes in place of an answer is named, and never a traceback."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymodbus.framer import FramerRTU

from edge_probe import modbus_misheard


def with_check(frame: bytes) -> bytes:
    return frame + FramerRTU.compute_CRC(frame).to_bytes(2, "big")


ANSWER = with_check(bytes([1, 4, 4, 0x42, 0xC8, 0, 0]))


@pytest.mark.parametrize(
    ("came", "told"),
    [
        (with_check(bytes([2, 4, 4, 0x42, 0xC8, 0, 0])), "an answer of device 2"),
        (with_check(bytes([1, 6, 0, 1, 0, 1])), "function 6"),
        (ANSWER[:-1] + b"\0", "a frame with a wrong checksum"),
        (ANSWER[:1], "half a frame"),
        (ANSWER[:-1], "half a frame"),
        (b"HTTP/1.1 400", "no frame of RTU"),
    ],
)
def test_bytes_on_an_rtu_line_are_named(came: bytes, told: str) -> None:
    assert modbus_misheard.rtu(came, 1) == told


@pytest.mark.parametrize(
    ("came", "told"),
    [
        (b"\0\1\0\0\0\7\2\4\4\0\0\0\0", "an answer of device 2"),
        (b"\0\1\0\0\0\7\1\4\4", "half a frame"),
        (b"\0\1", "half a frame"),
        (b"\0\1\0\0\0\1\1", "no function"),
        (b"\0\1\0\0\0\7\1\6\4\0\0\0\0", "another transaction's answer or function 6"),
        (b"HTTP/1.1 400", "no frame of Modbus TCP"),
    ],
)
def test_bytes_where_a_tcp_header_belongs_are_named(came: bytes, told: str) -> None:
    assert modbus_misheard.mbap(came, 1) == told


@pytest.mark.parametrize("misheard", [modbus_misheard.rtu, modbus_misheard.mbap])
@given(came=st.binary(min_size=1, max_size=300), asked=st.integers(0, 255))
def test_whatever_comes_has_a_name(misheard: Callable[[bytes, int], str], came: bytes, asked: int) -> None:
    assert misheard(came, asked)
    assert len(modbus_misheard.shown(came)) < 70
