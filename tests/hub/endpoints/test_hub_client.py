"""The client of the batch protocol and the hub it speaks to: batches, rows of the registry, changes, uploads in parts."""

from __future__ import annotations

import gzip
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass

import anyio
import pyarrow as pa
import pytest

from edge_probe.hub_client import Batch, Changed, HubClient
from edge_probe.hub_uploads import HubUploads, Upload
from graph.errors import SourceRefused
from hub.app import build_app
from hub.wiring import Hub
from tests.bodies import as_json
from tests.hub.endpoints.test_registry_batches import unit
from tests.hub.endpoints.test_uploads import lines
from tests.hub.invented_hub import JIA, of_province, reading, serving, token_of

pytestmark = pytest.mark.anyio
JSON = "application/json"


@dataclass
class Fixed:
    """One token."""

    token: str

    async def headers(self, _method: str, _url: str) -> dict[str, str]:
        """As a bearer."""
        return {"Authorization": f"Bearer {self.token}"}

    def refused(self) -> None:
        """There is no other."""


@pytest.fixture(scope="module")
def token(hub: Hub) -> str:
    """A token of province Jia."""
    return token_of(hub, "from-python", of_province(JIA))


@pytest.fixture
async def client(hub: Hub, token: str) -> AsyncIterator[HubClient]:
    """A client of a hub that books uploads."""
    app = build_app(hub)
    async with app.router.lifespan_context(app), serving(app) as http:
        yield HubClient("jia", "http://hub", Fixed(token), http)


async def test_a_batch_its_receipt_and_its_changes_are_read_as_the_hub_says_them(client: HubClient) -> None:
    body = gzip.compress(as_json([reading(day=3), reading(day=4, value="n/a")]), mtime=0)
    sent, again = [await client.send(Batch("py-1", body, JSON, "gzip")) for _ in range(2)]
    assert sent == again == await client.receipt(sent.batch)
    assert (sent.source, sent.rows, sent.accepted, sent.kind) == ("from-python", 2, 1, None)
    assert [(each.row, each.code) for each in sent.rejected] == [(2, "not-a-number")]
    page = await client.changes(sent.batch - 1)
    assert (page.cursor, page.has_more) == (sent.batch, False)
    assert pa.ipc.open_stream(page.body).read_all().num_rows == 1


async def test_rows_of_the_registry_come_back_with_their_differences(client: HubClient) -> None:
    await client.send(Batch("py-2", as_json([unit(300)]), JSON, kind="unit"))
    sent = await client.send(Batch("py-3", as_json([unit(300, name="虚构改名厂")]), JSON, kind="unit"))
    assert sent == await client.receipt(sent.batch, "unit")
    assert (sent.kind, sent.corrected, sent.changes_count) == ("unit", 1, 1)
    code = unit(300)["credit_code"]
    assert sent.changes == (Changed(1, code, "name", unit(300)["name"], "虚构改名厂"),)


async def test_another_content_under_a_used_key_is_refused(client: HubClient) -> None:
    await client.send(Batch("py-4", as_json([reading(day=5)]), JSON))
    with pytest.raises(SourceRefused, match=r"jia: status 409: .*CONFLICT"):
        await client.send(Batch("py-4", as_json([reading(day=6)]), JSON))


async def test_an_upload_in_pieces_is_booked_and_its_receipt_is_the_sum(client: HubClient) -> None:
    body = lines(6, reading(value="n/a"))
    uploads = HubUploads(client, piece_bytes=1000)
    begun = await uploads.begin("py-5", len(body))
    assert await uploads.go_on(begun.id, 0, body[:10], is_last=False) == 10
    assert await uploads.offset(begun.id) == 10
    said = await _over(uploads, await uploads.send("py-5", io.BytesIO(body), len(body)))
    assert (said.id, said.state, said.fault, said.offset) == (begun.id, "done", None, len(body))
    assert (said.receipt.rows, said.receipt.accepted, said.receipt.rejected_count) == (28, 27, 1)
    (batch,) = said.batches
    assert (await client.receipt(batch)).key == "py-5#1"


async def _over(uploads: HubUploads, upload: Upload) -> Upload:
    with anyio.fail_after(20):
        while not upload.is_over:
            await anyio.lowlevel.checkpoint()  # in one process nothing else would ever have a turn
            upload = await uploads.look(upload.id)
    return upload
