"""A small identity provider as a program of its own, which can be told to lie: `python -m tests.hub.access.people.provider`.

It knows one client, whose secret and address to return to stand in its environment, and prints its address once it listens.
It rests on nothing of the hub, so that what both take for the standard is not one mistake.
"""

from __future__ import annotations

import base64
import hashlib
import html
import os
import secrets
import socket
import sys
import time
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlencode

import uvicorn
from joserfc import jwt
from joserfc.jwk import OctKey, RSAKey
from joserfc.jws import JWSRegistry
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, RedirectResponse, Response
from starlette.routing import Route

CLIENT = "nengshu-hub"
PEOPLE = {
    "li": "subject-of-li",
    "wang": "subject-of-wang",
}  # by the names they type; each one's password is "open"
COOKIE = "provider-session"
CODE_S = 60
TOKEN_S = 300


@dataclass
class Provider:
    """What it knows, and how it lies."""

    issuer: str
    secret: str
    back: str
    lie: str = ""
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"kid": "one", "use": "sig"}))
    codes: dict[str, dict[str, Any]] = field(default_factory=dict)
    sessions: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)

    async def described(self, _: Request) -> Response:
        """`GET /.well-known/openid-configuration`."""
        at = self.issuer
        said: dict[str, Any] = {
            "issuer": "https://other.example" if self.lie == "description" else at,
            "authorization_endpoint": f"{at}/authorize",
            "token_endpoint": f"{at}/token",
            "userinfo_endpoint": f"{at}/userinfo",
            "jwks_uri": f"{at}/jwks",
            "end_session_endpoint": f"{at}/end",
            "response_types_supported": ["code"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256", "HS256", "none"],
            "code_challenge_methods_supported": ["S256"],
            "verify": False,  # nothing of a standard: what it would be to a client's HTTP
        }
        if self.lie == "large":
            said["padding"] = "x" * 1_000_000
        return JSONResponse(said, 500 if self.lie == "down" else 200)

    async def jwks(self, _: Request) -> Response:
        """`GET /jwks`: the public key."""
        return JSONResponse({"keys": [self.key.as_dict(private=False)]})

    async def authorize(self, request: Request) -> Response:
        """`GET /authorize`: a form, unless its browser is signed in; `POST`: back to the client with a code."""
        asked = dict(request.query_params)
        needed = ("state", "nonce", "code_challenge")
        if asked.get("client_id") != CLIENT or asked.get("redirect_uri") != self.back:
            return Response("an unknown client", 400)
        if asked.get("code_challenge_method") != "S256" or not all(asked.get(name) for name in needed):
            return Response("state, nonce and a challenge are needed", 400)
        if asked.get("response_type") != "code" or "openid" not in asked.get("scope", "").split():
            return Response("expected a code of openid", 400)
        who = self.sessions.get(request.cookies.get(COOKIE, ""))
        if request.method == "POST":
            typed = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
            if "decline" in typed:
                return self._back(asked, error="access_denied")
            who = typed["name"] if typed.get("password") == "open" and typed.get("name") in PEOPLE else None
        if who is None:
            return HTMLResponse(_form(request.url.query))
        reply = self._back(asked, code=self._code(asked, who))
        session = secrets.token_urlsafe()
        self.sessions[session] = who
        reply.set_cookie(COOKIE, session, httponly=True, samesite="lax")
        return reply

    def _code(self, asked: dict[str, str], who: str) -> str:
        code = secrets.token_urlsafe()
        self.codes[code] = {**asked, "who": who, "until": time.time() + CODE_S}
        return code

    def _back(self, asked: dict[str, str], **told: str) -> Response:
        state = "another" if self.lie == "state" else asked["state"]
        told |= {"state": state, "iss": "https://other.example" if self.lie == "returned" else self.issuer}
        return RedirectResponse(f"{asked['redirect_uri']}?{urlencode(told)}", 303)

    async def token(self, request: Request) -> Response:
        """`POST /token`: the code's tokens, once, for who has its verifier and the client's secret."""
        given = base64.b64decode(request.headers.get("authorization", "").removeprefix("Basic ")).decode()
        if given != f"{CLIENT}:{self.secret}":
            return JSONResponse({"error": "invalid_client"}, 401)
        form = {name: values[0] for name, values in parse_qs((await request.body()).decode()).items()}
        asked = self.codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if (
            asked is None
            or asked["until"] < time.time()
            or challenge != asked["code_challenge"]
            or form.get("redirect_uri") != asked["redirect_uri"]
        ):
            return JSONResponse({"error": "invalid_grant"}, 400)
        access = secrets.token_urlsafe()
        self.tokens[access] = asked["who"]
        told = {"access_token": access, "token_type": "Bearer", "expires_in": TOKEN_S}
        if self.lie != "no token":
            told["id_token"] = self._identity(asked)
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    def _identity(self, asked: dict[str, Any]) -> str:
        """The identity token, true or as it was told to lie."""
        now, who = int(time.time()), asked["who"]
        claims = {
            "iss": self.issuer, "sub": PEOPLE[who], "aud": CLIENT, "iat": now, "exp": now + TOKEN_S,
            "nonce": asked["nonce"], "preferred_username": who,
        }  # fmt: skip
        lies: dict[str, dict[str, Any]] = {
            "nonce": {"nonce": "another"},
            "audience": {"aud": "another-hub", "azp": CLIENT},
            "audiences": {"aud": [CLIENT, "another-hub"], "azp": CLIENT},
            "issuer": {"iss": "https://other.example"},
            "expired": {"iat": now - 7200, "exp": now - 3600},
            "subject": {"sub": "subject-of-another"},
            "no subject": {"sub": ""},
            "numeric subject": {"sub": 7},
        }
        claims |= lies.get(self.lie, {})
        if self.lie in ("claim at userinfo", "another at userinfo"):
            del claims["preferred_username"]
        if self.lie == "none":
            return ".".join((_plain(b'{"alg":"none"}'), jwt_body(claims), ""))
        if self.lie == "secret":  # signed with what the client knows, too
            known = OctKey.import_key(self.secret)
            return jwt.encode({"alg": "HS256"}, claims, known, registry=JWSRegistry(algorithms=["HS256"]))
        key = RSAKey.generate_key(2048, {"kid": str(self.key.kid)}) if self.lie == "key" else self.key
        return jwt.encode({"alg": "RS256", "kid": str(key.kid)}, claims, key)

    async def userinfo(self, request: Request) -> Response:
        """`GET /userinfo`: of whom an access token is."""
        who = self.tokens.get(request.headers.get("authorization", "").removeprefix("Bearer "))
        if who is None:
            return Response(status_code=401)
        subject = "subject-of-another" if self.lie == "another at userinfo" else PEOPLE[who]
        return JSONResponse({"sub": subject, "preferred_username": who})

    async def end(self, request: Request) -> Response:
        """`GET /end`: signs a browser out that shows whom an identity token is of, and sends it back."""
        hint, after = (
            request.query_params.get(name, "") for name in ("id_token_hint", "post_logout_redirect_uri")
        )
        jwt.decode(hint, self.key, algorithms=["RS256"])
        if after != self.back.removesuffix("/oidc/return"):
            return Response("not back there", 400)
        self.sessions.pop(request.cookies.get(COOKIE, ""), None)
        reply = RedirectResponse(f"{after}?{urlencode({'state': request.query_params['state']})}", 303)
        reply.delete_cookie(COOKIE)
        return reply

    async def tell(self, request: Request) -> Response:
        """`POST /lie?what=…`: how to lie from now on; nothing: tell the truth."""
        self.lie = request.query_params.get("what", "")
        if self.lie == "rotate":
            self.key = RSAKey.generate_key(2048, {"kid": "two", "use": "sig"})
        return Response(status_code=204)


def jwt_body(claims: dict[str, Any]) -> str:
    """Claims as a token carries them."""
    key = OctKey.generate_key(256)
    return jwt.encode({"alg": "HS256"}, claims, key).split(".")[1]


def _plain(text: bytes) -> str:
    return base64.urlsafe_b64encode(text).rstrip(b"=").decode()


def _form(query: str) -> str:
    return (
        f'<!doctype html><title>虚构身份认证</title><form method="post" action="authorize?{html.escape(query)}">'
        '<input name="name"><input name="password" type="password"><button>进入</button>'
        '<button name="decline" value="1">拒绝</button></form>'
    )


def main() -> None:
    """Serve until the process is ended."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        issuer = f"http://localhost:{listener.getsockname()[1]}"
        provider = Provider(issuer, os.environ["PROVIDER_SECRET"], os.environ["PROVIDER_BACK"])
        routes = [
            Route("/.well-known/openid-configuration", provider.described),
            Route("/authorize", provider.authorize, methods=["GET", "POST"]),
            Route("/token", provider.token, methods=["POST"]),
            Route("/jwks", provider.jwks),
            Route("/userinfo", provider.userinfo),
            Route("/end", provider.end),
            Route("/lie", provider.tell, methods=["POST"]),
        ]
        config = uvicorn.Config(Starlette(routes=routes), log_level="error", lifespan="off")
        sys.stdout.write(f"{issuer}\n")
        sys.stdout.flush()
        uvicorn.Server(config).run(sockets=[listener])


if __name__ == "__main__":
    main()
