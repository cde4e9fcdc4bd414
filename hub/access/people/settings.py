"""Settings of signing in (NENGSHU_SESSION_…, NENGSHU_OIDC_…), as the hub's settings hold them beside the others."""

from __future__ import annotations

import os

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings

from graph.errors import ConfigurationError
from hub.access.people.issuers import is_fit

OIDC_SECRET = "NENGSHU_OIDC_CLIENT_SECRET"  # noqa: S105 -- a variable's name; its value is never a setting, which are printed
HOUR_S = 3600
CLAIM_MAX = 64  # characters of a claim's name
NAME_MAX = 40  # of what stands on a button


class SignInSettings(BaseSettings):
    """How people sign in."""

    session_seconds: float = Field(
        default=8 * HOUR_S,
        description="Seconds after which a person has to sign in again in any case.",
        ge=60,
        le=24 * HOUR_S,
    )
    session_idle_seconds: float = Field(
        default=HOUR_S / 2,
        description="Seconds without a request after which a person has to sign in again.",
        ge=60,
        le=24 * HOUR_S,
    )
    oidc_issuer: str | None = Field(
        default=None,
        description="Issuer of the identity provider people may sign in at, as its description spells it; none: "
        "they sign in here alone.",
    )
    oidc_client_id: str | None = Field(default=None, description="What this hub is called at the provider.")
    oidc_claim: str = Field(
        default="preferred_username",
        description="Claim of the provider that names a person's account at their first login.",
        max_length=CLAIM_MAX,
    )
    oidc_name: str = Field(
        default="OpenID Connect", description="What the button to the provider calls it.", max_length=NAME_MAX
    )
    oidc_scopes: str = Field(
        default="openid profile", description="Scopes asked for at the provider; `openid` is one of them."
    )

    @field_validator("oidc_issuer")
    @classmethod
    def _is_an_issuer(cls, value: str | None) -> str | None:
        if value is not None and not is_fit(value):
            raise ValueError("expected an https address without query, or http on this machine")
        return value

    @field_validator("oidc_scopes")
    @classmethod
    def _asks_who_it_is(cls, value: str) -> str:
        if "openid" not in value.split():
            raise ValueError("expected openid among the scopes, or nobody says who signs in")
        return value


def client_secret(settings: SignInSettings) -> str:
    """The secret of this hub at the provider. Raises ConfigurationError with every part that is missing."""
    value = os.environ.get(OIDC_SECRET, "")
    missing = [
        f"{name} is not set, and NENGSHU_OIDC_ISSUER is"
        for name, given in (("NENGSHU_OIDC_CLIENT_ID", settings.oidc_client_id), (OIDC_SECRET, value))
        if not given
    ]
    if missing:
        raise ConfigurationError("identity provider", missing)
    return value
