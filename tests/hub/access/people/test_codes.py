"""One-time codes: what people type is read kindly, each telephone code counts once, and pauses grow with failures."""

from __future__ import annotations

import datetime as dt

import pyotp
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.errors import StoreError
from hub.access.people.codes import ALPHABET, LETTERS, digest_of, fresh_code
from hub.access.people.kept import Kept
from hub.access.people.pauses import (
    ACCOUNT_FREE,
    ADDRESS_FREE,
    PAUSE_S_MAX,
    Pauses,
    TooManyAttempts,
    Tried,
    network_of,
    pause_s,
)
from hub.access.people.telephones import Telephones, fresh_secret
from tests.hub.access.people.fakes import FakeAttempts, FakeOnce, FakePending, FakeSealing
from tests.hub.stores.registry_fakes import StillClock


def test_a_one_time_code_has_over_a_hundred_bits_and_none_comes_twice() -> None:
    assert LETTERS * (len(ALPHABET).bit_length() - 1) >= 100
    assert len({fresh_code() for _ in range(200)}) == 200


def test_a_one_time_code_may_be_typed_in_any_usual_way() -> None:
    code = fresh_code().replace("0", "7").replace("1", "8")
    digest = digest_of(code)
    assert digest_of(code.lower().replace("-", " ")) == digest
    assert digest_of(f"  {code.replace('-', '')}  ") == digest
    assert digest_of(code[:-1] + ("3" if code[-1] != "3" else "4")) != digest
    assert digest_of("OIL0-1") == digest_of("0110 1")


def test_a_telephones_code_counts_a_step_before_and_after_and_no_longer() -> None:
    clock, secret = StillClock(), fresh_secret()
    telephones = Telephones(FakeSealing(), FakeOnce(), clock, "试验枢纽")
    shown, at = pyotp.TOTP(secret), clock.now()
    counts = {
        offset: telephones.step_of(secret, shown.at(at + dt.timedelta(seconds=30 * offset))) is not None
        for offset in range(-3, 4)
    }
    assert counts == {-3: False, -2: False, -1: True, 0: True, 1: True, 2: False, 3: False}


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "１２３４５６", "abcdef", "123456" * 100])
def test_what_is_no_code_is_none(typed: str) -> None:
    telephones = Telephones(FakeSealing(), FakeOnce(), StillClock(), "试验枢纽")
    assert telephones.step_of(fresh_secret(), typed) is None


def test_a_code_counts_once_and_with_another_secret_anew() -> None:
    clock, secret = StillClock(), fresh_secret()
    telephones = Telephones(FakeSealing(), FakeOnce(), clock, "试验枢纽")
    step = telephones.step_of(
        secret, f" {pyotp.TOTP(secret).at(clock.now())[:3]} {pyotp.TOTP(secret).at(clock.now())[3:]}"
    )
    assert step is not None
    assert telephones.use("li", secret, step)
    assert not telephones.use("li", secret, step)
    assert telephones.use("li", fresh_secret(), step)


def test_nobody_without_a_telephone_has_a_code() -> None:
    telephones = Telephones(FakeSealing(), FakeOnce(), StillClock(), "试验枢纽")
    assert all(telephones.step_of(None, f"{number:06}") is None for number in range(0, 999_999, 977))


def test_a_telephones_secret_is_sealed_for_its_account_alone() -> None:
    telephones = Telephones(FakeSealing(), FakeOnce(), StillClock(), "试验枢纽")
    secret = fresh_secret()
    sealed = telephones.seal("li", secret)
    assert secret not in sealed
    assert telephones.secret_of("li", sealed) == secret
    with pytest.raises(StoreError):
        telephones.secret_of("wang", sealed)
    assert telephones.secret_of("li", None) is None


def test_the_drawing_needs_no_style_of_its_own() -> None:
    drawing = Telephones(FakeSealing(), FakeOnce(), StillClock(), "试验枢纽").drawing("li", fresh_secret())
    assert drawing.startswith("<svg")
    assert "style" not in drawing


def test_what_is_kept_is_sealed_and_taken_once_before_its_end() -> None:
    clock = StillClock()
    pending = FakePending(clock)
    kept = Kept(pending, FakeSealing(), clock)
    secret = kept.put("login", {"verifier": "very secret"}, dt.timedelta(minutes=10))
    assert "very secret" not in str(pending.kept)
    assert kept.take("other", secret) is None
    assert kept.take("login", secret) == {"verifier": "very secret"}
    assert kept.take("login", secret) is None
    late = kept.put("login", {}, dt.timedelta(minutes=10))
    clock.moment += dt.timedelta(minutes=10)
    assert kept.take("login", late) is None
    assert kept.take("login", None) is None


@given(st.integers(0, 10_000), st.integers(1, 50))
def test_pauses_grow_with_failures_and_end_somewhere(failed: int, free: int) -> None:
    pause = pause_s(failed, free)
    assert 0 <= pause <= pause_s(failed + 1, free) <= PAUSE_S_MAX
    assert (pause == 0) == (failed < free)


def test_an_account_has_some_attempts_free_then_waits_and_is_forgotten_after_a_day() -> None:
    clock = StillClock()
    pauses, tried = Pauses(FakeAttempts(clock), clock), Tried("li", "192.0.2.7")
    for _ in range(ACCOUNT_FREE):
        pauses.begin(tried)
    with pytest.raises(TooManyAttempts) as caught:
        pauses.begin(tried)
    assert caught.value.wait_s == 1
    clock.moment += dt.timedelta(seconds=1)
    pauses.begin(tried)
    with pytest.raises(TooManyAttempts):
        pauses.begin(tried)
    clock.moment += dt.timedelta(hours=25)
    for _ in range(ACCOUNT_FREE):
        pauses.begin(tried)


def test_an_address_that_fails_with_many_accounts_waits_whatever_it_succeeds_with() -> None:
    clock = StillClock()
    pauses = Pauses(FakeAttempts(clock), clock)
    for number in range(ADDRESS_FREE):
        tried = Tried(f"somebody-{number}", "2001:db8::1")
        pauses.begin(tried)
        pauses.failed(tried)
    pauses.succeeded(Tried("own", "2001:db8::1"))
    with pytest.raises(TooManyAttempts):
        pauses.begin(Tried("one-more", "2001:db8::ffff"))
    pauses.begin(Tried("one-more", "2001:db8:1::1"))


def test_addresses_are_told_apart_by_what_one_asker_has() -> None:
    assert network_of("192.0.2.7") == "192.0.2.7"
    assert network_of("::ffff:192.0.2.7") == "192.0.2.7"
    assert network_of("2001:db8::1") == network_of("2001:db8::2%eth0") == "2001:db8::/64"
    assert network_of(None) == network_of("testclient") == "unknown"
