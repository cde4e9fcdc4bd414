"""Compressed bodies never unpack past their bounds, and a broken one says so."""

from __future__ import annotations

import gzip
from collections import deque

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import MalformedBody, TooLarge
from provincial_adapters._toolkit.bounded import gunzipped, unpacked_pieces, unzstded


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


def zstded(body: bytes) -> bytes:
    """A frame of zstd."""
    packed: bytes = pa.compress(body, codec="zstd", asbytes=True)
    return packed


@given(st.lists(st.binary(max_size=300), min_size=1, max_size=4), st.integers(1, 50))
def test_several_frames_of_zstd_in_any_pieces_come_back_whole(frames: list[bytes], size: int) -> None:
    body = b"".join(zstded(frame) for frame in frames)
    assert b"".join(unzstded(pieces(body, size))) == b"".join(frames)


def test_a_bomb_of_zstd_is_stopped_by_its_ratio_long_before_it_is_unpacked() -> None:
    bomb = zstded(b"\0" * 200_000_000)
    assert len(bomb) < 10_000
    given: list[int] = []
    with pytest.raises(TooLarge, match="200 times"):
        given.extend(map(len, unzstded([bomb])))
    assert sum(given) <= 200 * len(bomb)


def test_a_bomb_behind_an_honest_frame_is_stopped_too() -> None:
    honest = zstded(bytes(range(256)) * 4)
    with pytest.raises(TooLarge, match="200 times"):
        deque(unzstded([honest, zstded(b"\0" * 50_000_000)]))


def test_a_body_of_zstd_is_stopped_by_its_size() -> None:
    with pytest.raises(TooLarge, match="more than 1000 bytes"):
        list(unzstded([zstded(bytes(range(256)) * 10)], bytes_max=1000))


@pytest.mark.parametrize("cut", [1, 5, 12])
def test_a_stream_of_zstd_that_breaks_off_says_so(cut: int) -> None:
    with pytest.raises(MalformedBody, match="breaks off"):
        list(unzstded([zstded(bytes(range(256)))[:-cut]]))


@pytest.mark.parametrize("body", [b"not zstd at all", zstded(b"good") + b"garbage", gzip.compress(b"other")])
def test_what_is_not_zstd_says_so(body: bytes) -> None:
    with pytest.raises(MalformedBody, match="not zstd"):
        list(unzstded([body]))


@pytest.mark.parametrize("encoding", ["gzip", "zstd"])
def test_nothing_is_no_packed_body(encoding: str) -> None:
    with pytest.raises(MalformedBody, match="breaks off"):
        list(unpacked_pieces([], encoding, 1000))


def test_an_encoding_nobody_reads_is_named() -> None:
    with pytest.raises(MalformedBody, match="'br', expected gzip, zstd or none"):
        list(unpacked_pieces([b"x"], "br", 1000))


def test_what_is_not_packed_has_the_same_bound() -> None:
    assert list(unpacked_pieces([b"abc", b"d"], "identity", 4)) == [b"abc", b"d"]
    with pytest.raises(TooLarge, match="more than 3 bytes"):
        list(unpacked_pieces([b"abc", b"d"], "", 3))
