"""What a client may read about this authorization server before it asks for anything (RFC 8414)."""

from __future__ import annotations

from typing import Any

from graph.model.principal import Role
from hub.access.oauth import jose
from hub.access.oauth.identifiers import INTROSPECT_PATH, JWKS_PATH, REVOKE_PATH, Identifiers

METHOD = "private_key_jwt"
GRANT = "client_credentials"


def metadata_of(named: Identifiers) -> dict[str, Any]:
    """The metadata of one hub."""
    how = {"auth_methods_supported": [METHOD], "auth_signing_alg_values_supported": list(jose.THEIRS)}
    endpoints = ("token_endpoint", "introspection_endpoint", "revocation_endpoint")
    return {
        "issuer": named.issuer,
        "token_endpoint": named.token_url,
        "jwks_uri": named.url(JWKS_PATH),
        "introspection_endpoint": named.url(INTROSPECT_PATH),
        "revocation_endpoint": named.url(REVOKE_PATH),
        "scopes_supported": [role.value for role in Role],
        "response_types_supported": [],
        "grant_types_supported": [GRANT],
        "dpop_signing_alg_values_supported": list(jose.THEIRS),
        **{f"{endpoint}_{key}": value for endpoint in endpoints for key, value in how.items()},
    }
