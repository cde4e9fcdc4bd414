"""Where a province's database is, and who the hub is there: an address says neither a secret nor an option."""

from __future__ import annotations

from typing import Any

import pytest

from graph.errors import ConfigurationError, InvalidInput
from provincial_adapters._sql_view.place import Login, Place, ViewName
from provincial_adapters.sql_view import DIALECT
from tests.provincial_adapters.reading_views import MAPPING

GOOD = {"view": "energy.readings", "mapping": MAPPING, "watermark": "written", "overlap": 3600, "tls": "none"}


@pytest.mark.parametrize(
    ("address", "shown"),
    [
        ("postgresql://db.example.cn/energy", "postgresql://db.example.cn:5432/energy"),
        ("mysql://10.0.0.7:3307/energy", "mysql://10.0.0.7:3307/energy"),
        ("postgresql://[2001:db8::1]/energy_97", "postgresql://[2001:db8::1]:5432/energy_97"),
    ],
)
def test_an_address_is_one_host_and_a_database(address: str, shown: str) -> None:
    assert str(Place.of_address(address, "link x")) == shown


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("sqlite:////etc/passwd", "scheme 'sqlite'"),
        ("postgresql+psycopg://db/energy", "scheme 'postgresql\\+psycopg'"),
        ("postgresql://user:pass@db/energy", "user and password stand in the secret"),
        ("postgresql://db/energy?sslmode=disable", "takes no options"),
        ("mysql://db/energy?local_infile=1", "takes no options"),
        ("postgresql://db,other/energy", "one host"),
        ("postgresql:///energy", "one host"),
        ("postgresql://db/", "database's name"),
        ("postgresql://db/host=other%20user=x", "database's name"),
        ("postgresql://db/a/b", "database's name"),
        ("postgresql://db:99999/energy", "no address of a database"),
    ],
)
def test_an_address_that_says_more_or_less_is_refused(address: str, why: str) -> None:
    with pytest.raises(ConfigurationError, match=why) as caught:
        Place.of_address(address, "link x")
    assert "user:pass" not in str(caught.value)


@pytest.mark.parametrize("secret", ["", "reader", "reader:", ":word"])
def test_a_secret_that_is_no_login_is_refused_and_not_repeated(secret: str) -> None:
    with pytest.raises(ConfigurationError, match=r"link x: its secret is no user:password$"):
        Login.of_secret(secret, "link x")


def test_a_password_may_hold_any_sign_and_is_never_shown() -> None:
    login = Login.of_secret("reader:p:a@s/s", "link x")
    assert (login.user, login.password) == ("reader", "p:a@s/s")
    assert "p:a@s/s" not in repr(login)
    assert login.without("no p:a@s/s here") == "no (a password) here"


def test_a_view_has_a_schema_or_none() -> None:
    assert ViewName.parse("readings") == ViewName(None, "readings")
    assert ViewName.parse("energy.能耗上报") == ViewName("energy", "能耗上报")


@pytest.mark.parametrize("text", ["", ".", "a.", "a.b.c", "a\x00b", "x" * 65])
def test_a_name_of_no_view_is_refused(text: str) -> None:
    with pytest.raises(InvalidInput, match=r"expected view or schema\.view"):
        ViewName.parse(text)


@pytest.mark.parametrize(
    "wrong",
    [
        {"view": 7}, {"view": "a.b.c"}, {"mapping": {}}, {"mapping": "x"}, {"watermark": ""}, {"overlap": -1},
        {"overlap": 1.5}, {"overlap": True}, {"rows_at_once": 0}, {"rows_at_once": 10**7}, {"zoneless": "UTC+8"},
        {"tls": "yes"}, {"tls": {"ca_file": 1}}, {"tls": {"ca_file": "x", "key": "y"}}, {"watermark_fallback": 1},
    ],
)  # fmt: skip
def test_each_wrong_quirk_is_told_by_its_key(wrong: dict[str, Any]) -> None:
    DIALECT.check(GOOD)
    with pytest.raises(ConfigurationError) as caught:
        DIALECT.check({**GOOD, **wrong})
    (fault,) = caught.value.faults
    assert fault.startswith(f"{next(iter(wrong))}: ")
