"""Uploads that go on where they broke off (断点续传): more than one batch may hold, piece by piece, booked by the hub.

Source: docs/batches.md, our own, after the IETF's draft of resumable uploads for HTTP (read). Sent again under the same key
an upload is the same one: whoever is told to try later does so by `send`, and no byte that counts is sent twice.
"""

from __future__ import annotations

from typing import BinaryIO

import msgspec

from edge_probe.answers import is_whole
from edge_probe.hub_client import NDJSON, Batch, HubClient, Rejected, Said
from graph.errors import InvalidInput, SourceMalformed

UPLOADS = "sync/v1/uploads"
PARTIAL = "application/partial-upload"
PIECE_BYTES = 8 * 1024 * 1024  # what a broken line costs at most, and what is held in memory
DIGITS_MAX = 15  # of an offset
YES, NO = "?1", "?0"  # as structured fields say it


class Summed(msgspec.Struct, frozen=True, rename="camel"):
    """The receipts of all batches that an upload became, added up; rows are counted through the whole content."""

    rows: int = 0
    accepted: int = 0
    duplicate: int = 0
    corrected: int = 0
    superseded: int = 0
    suspect: int = 0
    rejected_count: int = 0
    rejected: tuple[Rejected, ...] = ()


class Fault(msgspec.Struct, frozen=True):
    """Why the hub could not book the content."""

    code: str
    why: str


class Upload(msgspec.Struct, frozen=True, rename="camel"):
    """How an upload stands: `receiving`, `booking`, `done` or `failed`; its `receipt` is whole once it is done."""

    id: str = msgspec.field(name="upload")
    key: str
    state: str
    offset: int
    length: int | None = None
    batches: tuple[int, ...] = ()
    receipt: Summed = Summed()
    fault: Fault | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing more becomes of it."""
        return self.state in ("done", "failed")


class HubUploads:
    """The uploads of one hub. Every call raises what those of HubClient raise."""

    def __init__(self, hub: HubClient, piece_bytes: int = PIECE_BYTES) -> None:
        self._hub, self._piece_bytes = hub, piece_bytes

    async def send(
        self, key: str, content: BinaryIO, size: int, content_type: str = NDJSON, encoding: str | None = None
    ) -> Upload:
        """Hand over a content that can be read from anywhere, from where an earlier try broke off; how it stands then.

        Raises InvalidInput for a content that is shorter than `size`.
        """
        upload = await self.begin(key, size, content_type, encoding)
        offset = upload.offset
        while upload.state == "receiving":
            content.seek(offset)
            piece = content.read(self._piece_bytes)
            is_last = offset + len(piece) >= size
            if not piece and not is_last:
                raise InvalidInput(f"ends after {offset} bytes, expected {size}", "content")
            came_to = await self.go_on(upload.id, offset, piece, is_last=is_last)
            if is_last:
                return await self.look(upload.id)
            if came_to <= offset:
                raise SourceMalformed(f"{len(piece)} bytes were taken at {offset}, and {came_to} count")
            offset = came_to
        return upload

    async def begin(
        self, key: str, size: int, content_type: str = NDJSON, encoding: str | None = None
    ) -> Upload:
        """A new upload without a byte yet, or the one of this key as it stands."""
        said = Batch(key, b"", content_type, encoding).headers
        headers = {**said, "Upload-Complete": NO, "Upload-Length": str(size)}
        upload = self._hub.read(await self._hub.call("POST", self._hub.at(UPLOADS), headers, b""), Upload)
        if upload.key != key:
            raise SourceMalformed(f"began the upload {key!r}, came one of {upload.key[:64]!r}")
        return upload

    async def go_on(self, upload: str, offset: int, piece: bytes, *, is_last: bool) -> int:
        """The next bytes from an offset on; how many count now."""
        headers = {
            "Content-Type": PARTIAL,
            "Upload-Offset": str(offset),
            "Upload-Complete": YES if is_last else NO,
        }
        return _offset(await self._hub.call("PATCH", self._one(upload), headers, piece))

    async def offset(self, upload: str) -> int:
        """How many bytes count; what was under way is given up."""
        return _offset(await self._hub.call("HEAD", self._one(upload)))

    async def look(self, upload: str) -> Upload:
        """How it stands, with what was booked of it so far."""
        return self._hub.read(await self._hub.call("GET", self._one(upload)), Upload)

    async def give_up(self, upload: str) -> None:
        """Forget it; what is whole is booked all the same."""
        await self._hub.call("DELETE", self._one(upload))

    def _one(self, upload: str) -> str:
        return self._hub.at(f"{UPLOADS}/{upload}")


def _offset(said: Said) -> int:
    text = said.headers.get("upload-offset", "")
    if not is_whole(text, DIGITS_MAX):
        raise SourceMalformed(f"status {said.status}: Upload-Offset {text[:32]!r} is none")
    return int(text)
