"""Compressed bodies never unpack past their bounds, and a broken one says so."""

from __future__ import annotations

import gzip
from collections import deque

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import MalformedBody, TooLarge
from provincial_adapters._toolkit.bounded import gunzipped


def pieces(body: bytes, size: int) -> list[bytes]:
    return [body[place : place + size] for place in range(0, len(body), size)]


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50))
def test_several_members_in_any_pieces_come_back_whole(members: list[bytes], size: int) -> None:
    body = b"".join(gzip.compress(member) for member in members)
    assert b"".join(gunzipped(pieces(body, size))) == b"".join(members)


def test_a_bomb_is_stopped_by_its_ratio_long_before_it_is_unpacked() -> None:
    bomb = gzip.compress(b"\0" * 50_000_000)
    unpacked = gunzipped(pieces(bomb, 1024))
    with pytest.raises(TooLarge, match="200 times"):
        deque(unpacked)
    assert next(unpacked, None) is None


def test_a_body_is_stopped_by_its_size() -> None:
    with pytest.raises(TooLarge, match="more than 1000 bytes"):
        list(gunzipped([gzip.compress(bytes(range(256)) * 10)], bytes_max=1000))


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_stream_that_breaks_off_says_so(cut: int) -> None:
    body = gzip.compress(b"readings" * 20)[:-cut]
    with pytest.raises(MalformedBody, match="breaks off"):
        list(gunzipped([body]))


@pytest.mark.parametrize("body", [b"not gzip at all", gzip.compress(b"good") + b"bad"])
def test_what_is_not_gzip_says_so(body: bytes) -> None:
    with pytest.raises(MalformedBody, match="not gzip"):
        list(gunzipped([body]))
