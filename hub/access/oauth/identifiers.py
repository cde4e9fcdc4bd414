"""What this hub calls itself in tokens: made of its configured address, never of a request's, which a proxy changes."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import SplitResult, unquote, urlsplit

TOKEN_PATH = "/oauth/token"  # noqa: S105 - a path
INTROSPECT_PATH, REVOKE_PATH = "/oauth/introspect", "/oauth/revoke"
JWKS_PATH = "/.well-known/jwks.json"
METADATA_PATH = "/.well-known/oauth-authorization-server"
REALM = "nengshu"
_PORTS = {"http": 80, "https": 443}


@dataclass(frozen=True)
class Identifiers:
    """The names of one hub."""

    base_url: str

    @property
    def issuer(self) -> str:
        """Who signs tokens."""
        return self.base_url.rstrip("/")

    @property
    def resource(self) -> str:
        """Whom tokens are for: the same hub, at all of its endpoints."""
        return self.issuer

    @property
    def token_url(self) -> str:
        """Where tokens are got."""
        return self.url(TOKEN_PATH)

    def url(self, path: str) -> str:
        """The public address of one of its paths."""
        return self.issuer + path

    def is_at(self, said: str, path: str) -> bool:
        """Whether an address somebody wrote is that of this path; question mark and what follows say nothing."""
        try:
            return _parts(urlsplit(said)) == _parts(urlsplit(self.issuer), path)
        except ValueError:
            return False


def _parts(url: SplitResult, path: str = "") -> tuple[str, str | None, int | None, str]:
    """What makes two addresses the same, however each is written (RFC 3986, 6.2)."""
    if url.username is not None or url.password is not None:
        raise ValueError("an address of ours has no user")
    port = url.port or _PORTS.get(url.scheme)
    return url.scheme, url.hostname, port, unquote(url.path) + path
