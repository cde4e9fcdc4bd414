"""Addresses are left out of words that are told on, and nothing else is."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.model.address import without_addresses


@pytest.mark.parametrize(
    "address",
    [
        "10.1.2.3", "10.1.2.3:8424", "db.inner.gov.cn", "DB.INNER.GOV.CN",
        "hub.internal:80", "a.b.local", "localhost:8424", "db-1:5432", "db.inner:80", "fe80::1", "[fe80::1]:8424", "[::1]",
        "2001:db8:0:0:0:0:0:1", "::ffff:10.1.2.3",
    ],
)  # fmt: skip
@pytest.mark.parametrize("words", ["at {} it failed", "({})", "连接{}失败", "'{}', refused", "{}"])
def test_an_address_is_left_out(address: str, words: str) -> None:
    assert without_addresses(words.format(address)) == words.format("(an address)")


@pytest.mark.parametrize(
    "address", ["http://a", "https://10.1.2.3:8424/graphql?key=x", "http://[fe80::1]:80/a"]
)
@pytest.mark.parametrize("words", ["at {} it failed", "'{}', refused", "{}"])
def test_an_address_with_a_scheme_is_left_out_to_its_end(address: str, words: str) -> None:
    assert without_addresses(words.format(address)) == words.format("(an address)")


@pytest.mark.parametrize(
    "said",
    [
        "asOf.batch: came 7, the ledger ends at batch 0", "units.3.creditCode: expected text", "2026-11-23T08:00:00+08:00",
        "at 08:00:00", "08:00", "1.2.3", "version 0.9.12", "units(first:100)", "a: b", "Unit::name", "12.5%",
        "answered 403: no",
    ],
)  # fmt: skip
def test_other_words_stay(said: str) -> None:
    assert without_addresses(said) == said


@given(st.ip_addresses(), st.integers(1, 65_535))
def test_no_ip_address_stays(address: object, port: int) -> None:
    for said in (f"{address}", f"[{address}]:{port}" if ":" in str(address) else f"{address}:{port}"):
        assert without_addresses(f"to {said} it went") == "to (an address) it went"
