"""Out of the environment: a provider named whole or not at all, and its secret in no setting and no text."""

from __future__ import annotations

import datetime as dt

import pytest

from graph.errors import ConfigurationError
from graph.model.principal import OrganisationKind
from hub.access.people.opening import rules_of
from hub.settings import load_settings

ISSUER = {
    "NENGSHU_OIDC_ISSUER": "https://id.example/realms/energy",
    "NENGSHU_OIDC_CLIENT_ID": "nengshu",
    "NENGSHU_OIDC_CLIENT_SECRET": "an-invented-secret",
}


def test_without_a_provider_people_sign_in_here(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ISSUER:
        monkeypatch.delenv(name, raising=False)
    rules = rules_of(load_settings(region="970000"))
    assert rules.provider is None
    assert (rules.life, rules.idle) == (dt.timedelta(hours=8), dt.timedelta(minutes=30))
    assert rules.own.kind is OrganisationKind.PROVINCIAL_DEPARTMENT
    assert rules.public_url is None
    assert rules.base_url == "http://127.0.0.1:8424"


def test_a_provider_is_one_block_and_its_secret_shows_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in ISSUER.items():
        monkeypatch.setenv(name, value)
    settings = load_settings()
    rules = rules_of(settings)
    assert rules.provider is not None
    assert (rules.provider.issuer, rules.provider.client_secret) == (
        ISSUER["NENGSHU_OIDC_ISSUER"], "an-invented-secret",
    )  # fmt: skip
    assert "an-invented-secret" not in f"{settings!r} {settings.model_dump()} {rules!r}"


def test_a_provider_named_by_half_is_told_with_all_that_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ISSUER:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("NENGSHU_OIDC_ISSUER", ISSUER["NENGSHU_OIDC_ISSUER"])
    with pytest.raises(ConfigurationError) as caught:
        rules_of(load_settings())
    assert len(caught.value.faults) == 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("oidc_issuer", "http://id.example"), ("oidc_scopes", "profile"), ("session_seconds", 5),
        ("session_idle_seconds", 10**6),
    ],
)  # fmt: skip
def test_a_setting_that_cannot_be_is_refused(name: str, value: object) -> None:
    with pytest.raises(ConfigurationError):
        load_settings(**{name: value})
