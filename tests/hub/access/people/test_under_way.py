"""A login under way stands in its browser's cookie: read by this hub alone, for ten minutes, once."""

from __future__ import annotations

import datetime as dt

import pytest

from hub.access.people.under_way import KIND, LIVES, Login, UnderWay
from hub.access.sealing import KEY_BYTES, Seal
from tests.hub.access.people.fakes import FakeOnce
from tests.hub.stores.registry_fakes import StillClock

SESSION, PAGE = {"state": {"nonce": "n", "exp": 1.5}}, {"next": "units?lang=en", "lang": "en"}
KEY = bytes(range(KEY_BYTES))


@pytest.fixture
def clock() -> StillClock:
    """Noon until a test sets it."""
    return StillClock()


@pytest.fixture
def under_way(clock: StillClock) -> UnderWay:
    """With a real seal."""
    return UnderWay(Seal(KEY), FakeOnce(), clock)


def test_it_comes_back_once(under_way: UnderWay) -> None:
    sealed = under_way.begin(SESSION, PAGE)
    assert under_way.end(sealed) == Login(SESSION, PAGE)
    assert under_way.end(sealed) is None


def test_the_same_said_in_other_letters_is_no_second_time(under_way: UnderWay) -> None:
    sealed = under_way.begin(SESSION, {**PAGE, "next": "x"})
    spare = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    others = [sealed.rstrip("=")[:-1] + letter + "=" * sealed.count("=") for letter in spare]
    assert len([one for one in others if under_way.end(one) is not None]) == 1


def test_it_is_over_after_its_time(under_way: UnderWay, clock: StillClock) -> None:
    sealed = under_way.begin(SESSION, PAGE)
    clock.moment += LIVES
    assert under_way.end(sealed) is None


@pytest.mark.parametrize("sealed", [None, "", "x", "AAAA", "令牌", "A" * 2_000])
def test_what_was_never_sealed_is_none(under_way: UnderWay, sealed: str | None) -> None:
    assert under_way.end(sealed) is None


def test_what_was_sealed_elsewhere_or_as_something_else_is_none(
    under_way: UnderWay, clock: StillClock
) -> None:
    foreign = UnderWay(Seal(KEY[::-1]), FakeOnce(), clock).begin(SESSION, PAGE)
    assert under_way.end(foreign) is None
    assert under_way.end(Seal(KEY).seal(b"{}", "totp of li")) is None


def test_it_is_remembered_as_used_for_as_long_as_it_would_count(clock: StillClock) -> None:
    told: list[tuple[str, dt.datetime]] = []

    class Told:
        def use(self, kind: str, _value: str, until: dt.datetime) -> bool:
            told.append((kind, until))
            return True

    under_way = UnderWay(Seal(KEY), Told(), clock)
    under_way.end(under_way.begin(SESSION, PAGE))
    assert told == [(KIND, clock.now() + LIVES)]
