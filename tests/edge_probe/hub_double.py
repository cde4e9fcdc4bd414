"""A small HTTP server that stands for a hub: it keeps batches by their key as the protocol says, and can lose replies."""

from __future__ import annotations

import asyncio
import base64
import gzip
import hashlib
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from inspect import isawaitable
from urllib.parse import parse_qsl

import uvicorn
from joserfc import jwt
from joserfc.jwk import ECKey
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

TOKEN = "a.short.token"
KEY = ECKey.generate_key("P-256", auto_kid=True)
CREDENTIAL = json.dumps({"client": "probe", "key": KEY.as_dict(private=True)})


class HubDouble:
    """What a hub would have stored, and everything it was asked."""

    def __init__(self) -> None:
        self.batches: dict[str, bytes] = {}
        self.stored: dict[str, dict[str, str]] = {}
        self.asked: list[str] = []
        self.doubled: list[str] = []
        self.replies_to_lose = 0
        self.reported: list[dict[str, str]] = []
        self.statements: list[str] = []
        self.app = Starlette(
            routes=[
                Route("/sync/v1/batches", self.take, methods=["POST"]),
                Route("/sync/v1/health", self.hear, methods=["POST"]),
                Route("/oauth/token", self.give, methods=["POST"]),
            ]
        )

    async def give(self, request: Request) -> Response:
        """A token, to whoever signed with the key."""
        form = dict(parse_qsl((await request.body()).decode()))
        jwt.decode(form["client_assertion"], KEY, algorithms=["ES256"])
        self.statements.append(form["client_assertion"])
        return JSONResponse({"access_token": TOKEN, "token_type": "Bearer", "expires_in": 600})

    async def hear(self, request: Request) -> Response:
        """What the probe reports of time."""
        report = json.loads(await request.body())
        self.reported += report["spans"]
        return JSONResponse(
            {"unit": report["unit"], "spans": len(report["spans"]), "new": len(report["spans"])}
        )

    async def take(self, request: Request) -> Response:
        body = await request.body()
        digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
        if request.headers["authorization"] != f"Bearer {TOKEN}":
            return Response(status_code=401)
        if request.headers["content-digest"] != f"sha-256=:{digest}:":
            return Response(status_code=400)
        key = request.headers["idempotency-key"]
        self.asked.append(key)
        if self.batches.setdefault(key, body) != body:
            return Response(status_code=409)
        rows = [json.loads(line) for line in gzip.decompress(body).splitlines()]
        if self.asked.count(key) == 1:
            self._store(rows)
        if self.replies_to_lose:
            self.replies_to_lose -= 1
            return Response(status_code=500)
        status = 201 if self.asked.count(key) == 1 else 200
        return JSONResponse(
            {"batch": len(self.batches), "key": key, "rows": len(rows), "rejected": []}, status
        )

    @property
    def total(self) -> Decimal:
        return sum((Decimal(row["value"]) for row in self.stored.values()), Decimal(0))

    async def has(self, readings: int) -> None:
        """Wait until it stored so many."""
        await until(lambda: len(self.stored) >= readings)

    def _store(self, rows: list[dict[str, str]]) -> None:
        for row in rows:
            if row["start"] in self.stored:
                self.doubled.append(row["start"])
            self.stored[row["start"]] = row


async def until(condition: Callable[[], object], patience_s: float = 15.0, every_s: float = 0.01) -> None:
    """Wait so long at most for something that tells nobody when it happens; a condition may have to be awaited."""
    async with asyncio.timeout(patience_s):
        while True:
            found = condition()
            if await found if isawaitable(found) else found:
                return
            await asyncio.sleep(every_s)


@asynccontextmanager
async def serving(hub: HubDouble, port: int = 0) -> AsyncIterator[int]:
    """The hub on a real socket: its port."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        listener.setsockopt(
            socket.IPPROTO_TCP, socket.TCP_NODELAY, 1
        )  # asyncio does so for sockets of its own making
        server = uvicorn.Server(uvicorn.Config(hub.app, log_level="critical", ws="none", lifespan="off"))
        task = asyncio.create_task(server.serve([listener]))
        try:
            await until(lambda: server.started)
            yield int(listener.getsockname()[1])
        finally:
            server.should_exit = True
            await task
