"""Out of a hub's settings, what signing in is told of it."""

from __future__ import annotations

import datetime as dt

from hub.access.people.people import Rules
from hub.access.people.provider import ProviderSettings
from hub.access.people.settings import client_secret
from hub.settings import Settings


def rules_of(settings: Settings) -> Rules:
    """The rules of a hub. Raises ConfigurationError where the provider is named by half."""
    return Rules(
        name=settings.name,
        served=settings.reach,
        base_url=settings.base_url,
        public_url=settings.public_url,
        life=dt.timedelta(seconds=settings.session_seconds),
        idle=dt.timedelta(seconds=settings.session_idle_seconds),
        provider=_provider(settings),
    )


def _provider(settings: Settings) -> ProviderSettings | None:
    if settings.oidc_issuer is None:
        return None
    secret = client_secret(settings)
    return ProviderSettings(
        issuer=settings.oidc_issuer,
        client_id=settings.oidc_client_id or "",
        client_secret=secret,
        claim=settings.oidc_claim,
        name=settings.oidc_name,
        scopes=settings.oidc_scopes,
    )
