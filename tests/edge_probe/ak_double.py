"""A small HTTP server that stands for an existing platform of the AK dialect, and fails when asked to."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from edge_probe.nhjc_ak_proof import proof_of
from tests.edge_probe.hub_double import until

Row = dict[str, Any]
KEY, PASSWORD = "A7K2M4Q6R3T5V2X4", "Energy@2026"


def said(code: str, data: object = None, words: str = "操作成功", status: int = 200) -> Response:
    """An answer of the dialect."""
    return JSONResponse({"responseCode": code, "responseMessage": words, "data": data}, status)


class AkDouble:
    """What a platform has stored, by its natural key, and everything it was asked; `faults` answer records in turn."""

    def __init__(self, passwords: Mapping[str, str] | None = None, life_s: int = 7200) -> None:
        self.passwords, self.life_s = dict(passwords or {}), life_s
        self.base, self.path, self.dic_version = "", "/YNEnergy", "1"
        self.asked: list[tuple[str, Row, str]] = []
        self.stored: dict[tuple[str, ...], Row] = {}
        self.faults: list[Any] = []
        self.bad_codes: set[str] = set()
        self.tokens = 0
        self.given: dict[str, str] = {}
        self.at_once = self.most_at_once = self.doubled = 0
        self.held: asyncio.Event | None = None
        self.app = Starlette(routes=[Route("/{rest:path}", self.answer, methods=["POST"])])

    def told(self, path: str) -> list[Row]:
        """The messages that came to a path below the base."""
        return [message for asked, message, _ in self.asked if asked == path]

    @property
    def paths(self) -> list[str]:
        """Everything that was asked, in order."""
        return [path for path, _, _ in self.asked]

    async def answer(self, request: Request) -> Response:
        message = json.loads(await request.body())
        whole = request.url.path
        if not whole.startswith(self.path + "/"):
            return PlainTextResponse("<html>not here</html>", 404)
        path = whole.removeprefix(self.path)
        token = request.headers.get("token", "")
        self.asked.append((path, message, token))
        if path == "/enterpriseInfo/rwk":
            return said("200", {"secretKey": KEY})
        if path == "/enterpriseInfo/apply":
            return said("200", {"enterpriseCode": message["enterpriseCode"]})
        if path == "/requestAK":
            return self._key(message)
        if token != self.given.get(message["enterpriseCode"]):
            return said("401", None, "token 已失效")
        if path == "/checkVersion":
            return said("200", {"regVersion": "1", "dicVersion": self.dic_version})
        return await self._record(message) if path == "/dataEnterpriseEnergy" else said("200", {"rows": 1})

    def _key(self, message: Row) -> Response:
        unit = message["enterpriseCode"]
        if message["password"] != proof_of(self.passwords.get(unit, PASSWORD), KEY, unit):
            return said("403", None, "口令有误")
        self.tokens += 1
        self.given[unit] = f"token-{self.tokens}"
        return said(
            "200",
            {
                "token": self.given[unit],
                "akValidAt": "2026-11-23 14:00:00",
                "akExpiresIn": self.life_s,
                "enterpriseUploadTime": "02:10:00",
                "platformURL": self.base + self.path,
            },
        )

    async def _record(self, row: Row) -> Response:
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            await asyncio.sleep(0)
            fault = self.faults.pop(0) if self.faults else None
            if isinstance(fault, Response):
                return fault
            if row["dataCode"] in self.bad_codes:
                return said("400", None, f"dataCode {row['dataCode']} 不存在")
            key = (row["enterpriseCode"], row["dataCode"], str(row["statType"]), row["statDate"])
            self.doubled += key in self.stored
            self.stored[key] = row
            if fault == "lost":
                return PlainTextResponse("gateway", 502)
            if self.held is not None and len(self.stored) > 2:
                await self.held.wait()
            return said("200", {"platformTime": "2026-11-23 10:00:00"})
        finally:
            self.at_once -= 1

    async def has(self, readings: int) -> None:
        """Wait until it stored so many."""
        await until(lambda: len(self.stored) >= readings)
