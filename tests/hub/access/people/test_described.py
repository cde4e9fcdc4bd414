"""Of a provider's description nothing is used that was not looked at."""

from __future__ import annotations

import pytest

from graph.errors import SourceMalformed
from hub.access.people.issuers import is_fit
from hub.access.people.provider import described

GOOD = {
    "issuer": "https://id.example",
    "authorization_endpoint": "https://id.example/a",
    "token_endpoint": "https://id.example/t",
    "jwks_uri": "https://id.example/k",
}


@pytest.mark.parametrize(
    "other",
    [
        {"issuer": "https://id.example/"},
        {"token_endpoint": "http://id.example/t"},
        {"jwks_uri": None},
        {"authorization_endpoint": "javascript:alert(1)"},
        {"userinfo_endpoint": "file:///etc/passwd"},
        {"id_token_signing_alg_values_supported": ["none", "HS256"]},
    ],
)
def test_a_description_that_cannot_be_trusted_is_refused(other: dict[str, object]) -> None:
    with pytest.raises(SourceMalformed):
        described({**GOOD, **other}, "https://id.example")


def test_of_a_description_only_what_is_known_is_used() -> None:
    used = described(
        {**GOOD, "verify": False, "proxy": "http://evil.example", "jwks": {}}, "https://id.example"
    )
    assert used.keys() == {*GOOD, "id_token_signing_alg_values_supported"}


@pytest.mark.parametrize(
    ("issuer", "fit"),
    [
        ("https://id.example/realms/x", True), ("http://127.0.0.1:8080", True), ("http://localhost", True),
        ("http://id.example", False), ("https://id.example?x=1", False), ("https://a:b@id.example", False),
        ("ftp://id.example", False), ("", False),
    ],
)  # fmt: skip
def test_an_issuer_is_reached_by_https_or_on_this_machine(issuer: str, fit: bool) -> None:
    assert is_fit(issuer) == fit
