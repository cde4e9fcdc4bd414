"""Batches that hold rows of the registry: `POST /sync/v1/batches` with the kind of rows as a parameter of the media type."""

from __future__ import annotations

import hashlib
from email.message import Message

from anyio import to_thread
from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from graph.errors import Conflict
from graph.model.principal import Principal
from graph.model.registry_receipt import RegistryReceipt
from graph.model.rights import READING, SENDING, require_sending
from hub.endpoints.asking import hub_of, let_in
from hub.endpoints.receipts import receipted
from hub.pulled import SETTLES
from hub.stores.registry.received import RegistryBatch
from hub.stores.registry.writes import as_it_came
from hub.wiring import Hub
from provincial_adapters._nengshu_batches.registry_rows import decode_rows


def kind_of(request: Request, asker: Principal) -> str | None:
    """Which rows a body says it holds; None for readings. Answers 415 for others than there are, raises Forbidden."""
    said = Message()
    said["Content-Type"] = request.headers["content-type"]
    kind = said.get_param("kind")
    if kind is None:
        return None
    if not isinstance(kind, str) or kind not in SENDING:
        expected = ", ".join(SENDING)
        raise HTTPException(415, f"Content-Type: came kind {kind!r:.64}, expected one of {expected}, or none")
    require_sending(asker, kind)
    return kind


async def take_rows(
    hub: Hub, asker: Principal, kind: str, key: str, headers: Headers, body: bytes
) -> Response:
    """Decode, check, write, answer with the receipt; durable when it answers."""
    receipt = await to_thread.run_sync(
        lambda: _take(hub, asker, kind, key, headers, body), limiter=hub.writers
    )
    return receipted(receipt, 200 if receipt.repeated else 201)


def _take(hub: Hub, asker: Principal, kind: str, key: str, headers: Headers, body: bytes) -> RegistryReceipt:
    """Raises Conflict where the key stood for anything else, readings of the same bytes among it."""
    digest = hashlib.sha256(body).hexdigest()
    known = hub.registry.received.receipt(asker.client, key, digest, kind)
    if known is not None:
        return known
    if hub.store.receipt(asker.client, key, digest) is not None:
        raise Conflict(f"{asker.client} used the key {key!r} before for readings")
    encoding = headers.get("content-encoding", "identity")
    found = decode_rows(body, headers["content-type"], encoding, hub.settings.body_bytes_max)
    settle = SETTLES.get(kind, as_it_came)
    return hub.registry.received.take(
        RegistryBatch(asker.client, key, digest, kind, found.rows, found.refused, asker.reach, settle)
    )


async def get_registry_batch(request: Request) -> Response:
    """`GET /sync/v1/batches/registry/{id}`: the receipt again, of one's own batch or of one within the asker's reach."""
    hub, asker = hub_of(request), await let_in(request, "GET /sync/v1/batches/registry/{id:int}")
    reach = asker.reach if READING["batch"].has(asker) else None
    number = request.path_params["id"]
    found = await to_thread.run_sync(
        lambda: hub.registry.received.numbered(number, asker.client, reach), limiter=hub.readers
    )
    return receipted(found, 200)
