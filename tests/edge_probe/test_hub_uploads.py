"""Uploads that go on where they broke off: what is sent again is what did not count, whatever the line does."""

from __future__ import annotations

import io
from dataclasses import dataclass, field

import httpx
import pytest

from edge_probe.hub_client import HubClient
from edge_probe.hub_uploads import HubUploads, Summed, Upload
from graph.errors import InvalidInput, SourceMalformed, SourceRefused, SourceUnreachable
from tests.edge_probe.test_hub_client import Numbered

pytestmark = pytest.mark.anyio
CONTENT = bytes(range(100))


@dataclass
class Double:
    """A hub that keeps one upload, and whose line breaks at the PATCHes it is told: before a byte, or behind all of them."""

    kept: bytearray = field(default_factory=bytearray)
    sizes: list[int] = field(default_factory=list)
    is_complete: bool = False
    breaks: dict[int, str] = field(default_factory=dict)
    patches: int = 0
    begun: list[str] = field(default_factory=list)

    def __call__(self, request: httpx.Request) -> httpx.Response:
        """Answer as docs/batches.md says."""
        if request.method == "POST":
            self.begun.append(request.headers["Idempotency-Key"])
            assert (request.headers["Upload-Length"], request.headers["Upload-Complete"]) == ("100", "?0")
            return self._told(201 if len(self.begun) == 1 else 200)
        assert request.url.path == "/sync/v1/uploads/u1"
        if request.method == "PATCH":
            return self._patched(request)
        return httpx.Response(204) if request.method == "DELETE" else self._told(200)

    def _patched(self, request: httpx.Request) -> httpx.Response:
        self.patches += 1
        how = self.breaks.get(self.patches)
        if how == "before":
            raise httpx.ReadError("the line broke")
        if int(request.headers["Upload-Offset"]) != len(self.kept):
            return httpx.Response(409, text=f"it goes on at {len(self.kept)}")
        self.kept += request.content
        self.sizes.append(len(request.content))
        self.is_complete = request.headers["Upload-Complete"] == "?1"
        if how == "behind":
            raise httpx.ReadError("the line broke")
        return httpx.Response(204, headers={"Upload-Offset": str(len(self.kept))})

    def _told(self, status: int) -> httpx.Response:
        state = "booking" if self.is_complete else "receiving"
        said = {"upload": "u1", "key": "k", "state": state, "offset": len(self.kept), "receipt": {"rows": 2}}
        return httpx.Response(status, json=said, headers={"Upload-Offset": str(len(self.kept))})


def uploads(client: httpx.AsyncClient, piece_bytes: int = 30) -> HubUploads:
    return HubUploads(HubClient("nation", "https://hub.example", Numbered(), client), piece_bytes)


async def test_a_content_goes_in_pieces_and_its_state_is_told() -> None:
    hub = Double()
    async with httpx.AsyncClient(transport=httpx.MockTransport(hub)) as client:
        said = await uploads(client).send("k", io.BytesIO(CONTENT), len(CONTENT))
    assert (bytes(hub.kept), hub.sizes, hub.is_complete) == (CONTENT, [30, 30, 30, 10], True)
    assert said == Upload("u1", "k", "booking", 100, receipt=Summed(rows=2))
    assert not said.is_over


@pytest.mark.parametrize("how", ["before", "behind"])
@pytest.mark.parametrize("broken", [1, 2, 3, 4])
async def test_an_upload_that_broke_off_goes_on_there_and_no_byte_that_counts_is_sent_twice(
    broken: int, how: str
) -> None:
    hub = Double(breaks={broken: how})
    async with httpx.AsyncClient(transport=httpx.MockTransport(hub)) as client:
        with pytest.raises(SourceUnreachable, match="the line broke"):
            await uploads(client).send("k", io.BytesIO(CONTENT), len(CONTENT))
        said = await uploads(client).send("k", io.BytesIO(CONTENT), len(CONTENT))
    assert (bytes(hub.kept), said.state, sum(hub.sizes)) == (CONTENT, "booking", 100)
    assert hub.begun == ["k", "k"]


async def test_where_to_go_on_is_asked_and_another_place_is_refused() -> None:
    hub = Double(kept=bytearray(b"12345"))
    async with httpx.AsyncClient(transport=httpx.MockTransport(hub)) as client:
        found = uploads(client)
        assert await found.offset("u1") == 5
        assert (await found.look("u1")).offset == 5
        with pytest.raises(SourceRefused, match="409: it goes on at 5"):
            await found.go_on("u1", 7, b"x", is_last=False)
        await found.give_up("u1")


@pytest.mark.parametrize(
    "said", [{"upload": "u1"}, [], {"upload": "u1", "key": "another", "state": "receiving", "offset": 0}]
)
async def test_an_answer_that_is_no_upload_of_this_key_is_malformed(said: object) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(201, json=said))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(SourceMalformed):
            await uploads(client).begin("k", 100)


async def test_a_content_that_is_shorter_than_said_is_told_and_not_asked_for_ever() -> None:
    async with httpx.AsyncClient(transport=httpx.MockTransport(Double())) as client:
        with pytest.raises(InvalidInput, match="content: ends after 40 bytes, expected 100"):
            await uploads(client).send("k", io.BytesIO(CONTENT[:40]), len(CONTENT))


async def test_a_hub_that_takes_bytes_and_counts_none_is_malformed() -> None:
    said = {"upload": "u1", "key": "k", "state": "receiving", "offset": 0}
    transport = httpx.MockTransport(lambda _: httpx.Response(200, json=said, headers={"Upload-Offset": "0"}))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(SourceMalformed, match="30 bytes were taken at 0, and 0 count"):
            await uploads(client).send("k", io.BytesIO(CONTENT), len(CONTENT))


@pytest.mark.parametrize("offset", ["", "-1", "x", "9" * 16])
async def test_an_answer_without_an_offset_is_malformed(offset: str) -> None:
    transport = httpx.MockTransport(lambda _: httpx.Response(204, headers={"Upload-Offset": offset}))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(SourceMalformed, match="Upload-Offset"):
            await uploads(client).go_on("u1", 0, b"x", is_last=True)
