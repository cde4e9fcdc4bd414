"""Uploads in parts: created, gone on with where they broke off, asked for, given up (resumable uploads for HTTP).

The verbs and headers are those of the IETF's draft: `Upload-Offset` says how much counts, `Upload-Complete` whether a
part is the last. What is whole is booked beside the answers (hub/uploads/keeping.py) and its state asked for.
"""

from __future__ import annotations

from typing import Any

import orjson
from anyio import to_thread
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from graph.errors import InvalidInput
from graph.model.period import BEIJING
from hub.endpoints.asking import hub_of, let_in
from hub.endpoints.batch_headers import check_format, count, encoding_of, flag, idempotency_key
from hub.endpoints.bodies import said_digest
from hub.endpoints.problems import busy
from hub.endpoints.receipts import counts_of
from hub.endpoints.receiving import LatestOnly, received
from hub.uploads.keeping import Booker
from hub.uploads.staging import NoRoom
from hub.uploads.upload import Asked, Booked, Upload
from hub.wiring import Hub
from provincial_adapters._batches.pieces import FORMATS
from provincial_adapters.nengshu_batches import media_type

PATH = "/sync/v1/uploads"
PARTIAL = "application/partial-upload"
KEY_MAX = 120  # characters of a key: the batches' own have `#` and a number behind it
RETRY_AFTER_S = 60  # an upload of some size takes about as long to be booked


class Uploads:
    """The endpoints, and whose turn it is at each upload."""

    def __init__(self, booker: Booker) -> None:
        self._booker, self._turns = booker, LatestOnly()

    async def create(self, request: Request) -> Response:
        """`POST /sync/v1/uploads`: a new upload, with its first bytes if there are any; or the one of this key.

        Where nothing of that one is here yet, these are its first bytes.
        """
        hub, principal = hub_of(request), await let_in(request, f"POST {PATH}")
        key, is_last = idempotency_key(request, KEY_MAX), flag(request, "Upload-Complete")
        check_format(request, FORMATS)
        digest, reach = said_digest(request.headers.get("repr-digest"), "Repr-Digest"), principal.reach
        asked = Asked(
            client=principal.client,
            key=key,
            content_type=media_type(request.headers["content-type"]),
            encoding=encoding_of(request),
            digest=None if digest is None else digest.hex(),
            region=None if reach.region is None else str(reach.region),
            unit=None if reach.unit is None else str(reach.unit),
        )
        length = count(request, "Upload-Length")
        async with self._turns.take(asked.id):
            try:
                upload, is_new = await to_thread.run_sync(lambda: hub.staging.create(asked, length))
            except NoRoom as fault:
                raise busy(str(fault), RETRY_AFTER_S) from fault
            if not is_new and (upload.offset or upload.is_complete):
                return self._answer(hub, upload, 200)
            upload = await self._more(request, hub, upload, is_last=is_last)
        created = 201 if is_new else 200
        return self._answer(hub, upload, 202 if upload.is_complete else created)

    async def look(self, request: Request) -> Response:
        """`GET` and `HEAD /sync/v1/uploads/{id}`: how much counts, and what became of it."""
        hub, upload = await self._found(request, "GET")
        if request.method == "HEAD":  # who asks where to go on has given up what was under way
            async with self._turns.take(upload.id):
                upload = hub.staging.find(upload.asked.client, upload.id)
        return self._answer(hub, upload, 200)

    async def go_on(self, request: Request) -> Response:
        """`PATCH /sync/v1/uploads/{id}`: more bytes from an offset on, which is where they broke off."""
        hub, upload = await self._found(request, "PATCH")
        offset, is_last = count(request, "Upload-Offset"), flag(request, "Upload-Complete")
        if offset is None:
            raise InvalidInput("is missing", "Upload-Offset")
        came = media_type(request.headers.get("content-type", ""))
        if came != PARTIAL:
            raise HTTPException(415, f"Content-Type: came {came[:64]!r}, expected {PARTIAL}")
        async with self._turns.take(upload.id):
            upload = hub.staging.find(upload.asked.client, upload.id)
            if upload.is_complete or offset != upload.offset:
                what = "it is complete" if upload.is_complete else f"it goes on at {upload.offset}"
                raise HTTPException(409, f"Upload-Offset: came {offset}, {what}", self._headers(hub, upload))
            upload = await self._more(request, hub, upload, is_last=is_last)
        if upload.is_complete:
            return self._answer(hub, upload, 202)
        return Response(None, 204, self._headers(hub, upload))

    async def give_up(self, request: Request) -> Response:
        """`DELETE /sync/v1/uploads/{id}`: forget it; what is whole is booked all the same, and told of no more."""
        hub, upload = await self._found(request, "DELETE")
        async with self._turns.take(upload.id):
            await to_thread.run_sync(lambda: hub.staging.drop(upload))
        return Response(None, 204)

    async def _found(self, request: Request, method: str) -> tuple[Hub, Upload]:
        """The upload asked for, of its owner alone. Raises NotFound."""
        hub, principal = hub_of(request), await let_in(request, f"{method} {PATH}/{{id}}")
        return hub, hub.staging.find(principal.client, request.path_params["id"])

    async def _more(self, request: Request, hub: Hub, upload: Upload, *, is_last: bool) -> Upload:
        try:
            upload = await received(
                request, hub.staging, upload, hub.settings.body_seconds_max, is_last=is_last
            )
        except NoRoom as fault:
            raise busy(str(fault), RETRY_AFTER_S) from fault
        if upload.is_complete:
            self._booker.ring()
        return upload

    def _answer(self, hub: Hub, upload: Upload, status: int) -> Response:
        said = upload_body(upload, self._booker.booked(upload))
        return Response(orjson.dumps(said), status, self._headers(hub, upload), media_type="application/json")

    def _headers(self, hub: Hub, upload: Upload) -> dict[str, str]:
        bounds = hub.staging.bounds
        headers = {
            "Location": f"{PATH}/{upload.id}",
            "Upload-Offset": str(upload.offset),
            "Upload-Complete": "?1" if upload.is_complete else "?0",
            "Upload-Limit": f"max-size={bounds.bytes_max}, max-age={int(bounds.age_s)}",
            "Cache-Control": "no-store",
        }
        return headers if upload.length is None else {**headers, "Upload-Length": str(upload.length)}


def upload_body(upload: Upload, booked: Booked) -> dict[str, Any]:
    """An upload in the words of the protocol."""
    return {
        "upload": upload.id,
        "key": upload.asked.key,
        "state": upload.state.value,
        "offset": upload.offset,
        "length": upload.length,
        "createdAt": upload.created_at.astimezone(BEIJING).isoformat(),
        "changedAt": upload.changed_at.astimezone(BEIJING).isoformat(),
        "batches": list(booked.batches),
        "receipt": counts_of(booked),
        "fault": None if upload.fault is None else {"code": upload.fault.code, "why": upload.fault.why},
    }


def upload_routes(booker: Booker) -> list[BaseRoute]:
    """Their addresses."""
    uploads, one = Uploads(booker), f"{PATH}/{{id}}"
    return [
        Route(PATH, uploads.create, methods=["POST"]),
        Route(one, uploads.look, methods=["GET"]),
        Route(one, uploads.go_on, methods=["PATCH"]),
        Route(one, uploads.give_up, methods=["DELETE"]),
    ]
