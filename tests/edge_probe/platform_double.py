"""A small HTTP server that stands for an existing platform of NHJC-04: it remembers what came, and fails when asked to."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from tests.edge_probe.hub_double import until

Row = dict[str, Any]
SUCCESS = {"responseCode": "0", "responseMessage": "RECEIVE SUCCESS"}


def refusal(why: str, status: int = 200) -> Response:
    """A no in the words of the protocol."""
    return JSONResponse({"responseCode": "1", "responseMessage": why}, status)


class PlatformDouble:
    """What a platform has stored, by its natural key, and everything it was asked; `faults` answer data in turn."""

    def __init__(self, upload_time: str = "02:10:00") -> None:
        self.upload_time, self.data_path, self.dic_version = upload_time, "/data", "1"
        self.base = ""
        self.identities: dict[str, str] = {}
        self.asked: list[tuple[str, Row]] = []
        self.stored: dict[tuple[str, ...], Row] = {}
        self.posts: list[list[Row]] = []
        self.doubled = self.registered = 0
        self.faults: list[Any] = []
        self.bad_codes: set[str] = set()
        self.bad_dates: set[str] = set()
        self.strangers: set[str] = set()
        self.closed = False
        self.held: asyncio.Event | None = None
        steps = {
            "/enterprise/register": self.register, "/version": self.version, "/base": self.base_data, "/config": self.config,
        }  # fmt: skip
        routes = [Route(path, step, methods=["POST"]) for path, step in steps.items()]
        self.app = Starlette(routes=[*routes, Route("/{where}", self.data, methods=["POST"])])

    def told(self, path: str) -> list[Row]:
        """The messages that came to a path."""
        return [message for asked, message in self.asked if asked == path]

    async def _heard(self, request: Request) -> Row:
        message = json.loads(await request.body())
        self.asked.append((request.url.path, message))
        return dict(message)

    async def register(self, request: Request) -> Response:
        message = await self._heard(request)
        self.registered += 1
        unit = message["enterpriseCode"]
        if unit in self.strangers:
            return refusal(f"enterpriseCode {unit} 不在名单中")
        if self.closed:
            return refusal("本省平台不开放设备自助注册")
        identity = self.identities.setdefault(unit, f"{self.registered:032x}")
        addresses = {
            "centerInfoURL": "/config", "centerDataURL": self.data_path, "loadDicVersionURL": "/version",
            "downloadBaseDataURL": "/base",
        }  # fmt: skip
        given = {name: self.base + path for name, path in addresses.items()}
        return JSONResponse({**SUCCESS, "deviceId": identity, **given, "uploadTime": self.upload_time})

    async def version(self, request: Request) -> Response:
        await self._heard(request)
        return JSONResponse({**SUCCESS, "regVersion": "1", "dicVersion": self.dic_version})

    async def base_data(self, request: Request) -> Response:
        await self._heard(request)
        return JSONResponse({**SUCCESS, "baseData": {"energyType": []}})

    async def config(self, request: Request) -> Response:
        await self._heard(request)
        return JSONResponse(SUCCESS)

    async def data(self, request: Request) -> Response:
        message = await self._heard(request)
        if f"/{request.path_params['where']}" != self.data_path:
            return PlainTextResponse("<html>not here</html>", 404)
        fault = self.faults.pop(0) if self.faults else None
        if isinstance(fault, Response):
            return fault
        if message["deviceId"] != self.identities.get(message["enterpriseCode"]):
            return refusal("deviceId 与企业统一社会信用代码不符")
        for row in message["data"]:
            if row["dataCode"] in self.bad_codes or row["statDate"] in self.bad_dates:
                return refusal(f"dataCode {row['dataCode']} 不存在")
        self._store(message)
        if fault == "lost":
            return PlainTextResponse("gateway", 502)
        if fault == "held" and self.held is not None:
            await self.held.wait()
        return JSONResponse(SUCCESS)

    def _store(self, message: Row) -> None:
        self.posts.append(message["data"])
        for row in message["data"]:
            key = (message["enterpriseCode"], row["dataCode"], str(row["statType"]), row["statDate"])
            self.doubled += key in self.stored
            self.stored[key] = row

    async def has(self, readings: int) -> None:
        """Wait until it stored so many."""
        await until(lambda: len(self.stored) >= readings)


@asynccontextmanager
async def serving(platform: Any, port: int = 0) -> AsyncIterator[int]:
    """The platform on a real socket: its port."""
    with socket.create_server(("127.0.0.1", port)) as listener:
        server = uvicorn.Server(
            uvicorn.Config(
                platform.app, log_level="critical", ws="none", lifespan="off", timeout_graceful_shutdown=1
            )
        )
        number = int(listener.getsockname()[1])
        platform.base = f"http://127.0.0.1:{number}"
        task = asyncio.create_task(server.serve([listener]))
        try:
            await until(lambda: server.started)
            yield number
        finally:
            server.should_exit = True
            await task
