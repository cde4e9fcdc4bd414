"""What is sealed can be read again by its own hub, as what it is, and by nobody else."""

from __future__ import annotations

import stat
import threading
from base64 import b64decode, b64encode
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import StoreError
from hub.access.sealing import KEY_BYTES, NONCE_BYTES, Seal, key_of

KEY = bytes(range(KEY_BYTES))


@given(st.binary(max_size=500), st.text(max_size=40).filter(str.isprintable))
def test_what_is_sealed_is_read_again(secret: bytes, what: str) -> None:
    seal = Seal(KEY)
    sealed = seal.seal(secret, what)
    assert Seal(KEY).open(sealed, what) == secret
    assert seal.seal(secret, what) != sealed, "a nonce was used twice"


@given(st.binary(min_size=1, max_size=60), st.integers(min_value=0), st.integers(1, 255))
def test_a_changed_text_is_refused(secret: bytes, place: int, change: int) -> None:
    sealed = bytearray(b64decode(Seal(KEY).seal(secret, "key")))
    sealed[place % len(sealed)] ^= change
    with pytest.raises(StoreError):
        Seal(KEY).open(b64encode(sealed).decode(), "key")


@pytest.mark.parametrize("what", ["other", "", "key "])
def test_it_stands_for_nothing_else(what: str) -> None:
    with pytest.raises(StoreError, match="another key"):
        Seal(KEY).open(Seal(KEY).seal(b"secret", "key"), what)


def test_another_hubs_key_opens_nothing() -> None:
    with pytest.raises(StoreError, match="another key"):
        Seal(KEY[::-1]).open(Seal(KEY).seal(b"secret", "key"), "key")


@pytest.mark.parametrize("text", ["", "a", "=", "AAAA\n", "令牌", "A" * NONCE_BYTES, "A" * 4000])
def test_what_was_never_sealed_is_refused(text: str) -> None:
    with pytest.raises(StoreError):
        Seal(KEY).open(text, "key")


def test_a_hubs_key_is_made_once_and_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "access.key"
    made = key_of(path)
    assert len(made) == KEY_BYTES
    assert key_of(path) == made
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [each.name for each in tmp_path.iterdir()] == ["access.key"]


def test_all_who_make_a_key_at_the_same_time_have_the_same(tmp_path: Path) -> None:
    together = 8
    start = threading.Barrier(together)

    def made(path: Path) -> bytes:
        start.wait()
        return key_of(path)

    with ThreadPoolExecutor(together) as pool:
        for turn in range(20):
            path = tmp_path / f"{turn}.key"
            assert set(pool.map(made, [path] * together)) == {path.read_bytes()}
    assert {each.suffix for each in tmp_path.iterdir()} == {".key"}


def test_what_somebody_left_unfinished_is_no_key(tmp_path: Path) -> None:
    left = tmp_path / "access.part"
    left.write_bytes(b"known to others")
    left.chmod(0o644)
    path = tmp_path / "access.key"
    assert len(key_of(path)) == KEY_BYTES
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_file_that_holds_no_key_is_refused_and_left_as_it_is(tmp_path: Path) -> None:
    path = tmp_path / "access.key"
    path.touch()
    with pytest.raises(StoreError, match="holds 0 bytes, expected the 32"):
        key_of(path)
    assert path.read_bytes() == b""
