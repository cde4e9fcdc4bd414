"""The files pages are made of, read once, named by their content, and sent once to each browser."""

from __future__ import annotations

import gzip
import hashlib
from dataclasses import dataclass
from functools import cached_property
from mimetypes import guess_type
from pathlib import Path

from starlette.datastructures import Headers
from starlette.responses import Response

FOREVER = "public, max-age=31536000, immutable"  # the address holds the content's digest, so it never changes
ASK_AGAIN = "no-cache"  # kept, but asked for anew: 304 while it is the same
DIGEST_LETTERS = 12  # 48 bits tell two versions of a few files apart
PACKED_TYPES = ("text/", "application/json")  # the rest does not get smaller


@dataclass(frozen=True)
class Asset:
    """Bytes with their media type."""

    body: bytes
    media_type: str

    @cached_property
    def digest(self) -> str:
        """What tells this content from any other."""
        return hashlib.sha256(self.body).hexdigest()[:DIGEST_LETTERS]

    @cached_property
    def packed(self) -> bytes | None:
        """The bytes in gzip; None for types that do not get smaller."""
        return gzip.compress(self.body, 6, mtime=0) if self.media_type.startswith(PACKED_TYPES) else None


class Shelf:
    """Every file below a folder, under one digest of them all.

    One digest for the whole folder, so that modules importing each other by relative path are always of one
    version.
    """

    def __init__(self, folder: Path) -> None:
        self._files = {
            file.relative_to(folder).as_posix(): _read(file)
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }
        whole = hashlib.sha256()
        for name, asset in self._files.items():
            whole.update(f"{name}\0{asset.digest}\0".encode())
        self.digest = whole.hexdigest()[:DIGEST_LETTERS]

    def address(self, name: str) -> str:
        """Where a file is, relative to the site's root. Raises KeyError for one that is not there."""
        _ = self._files[name]
        return f"static/{self.digest}/{name}"

    def find(self, name: str) -> Asset | None:
        """The file of a name, if there is one."""
        return self._files.get(name)


def _read(file: Path) -> Asset:
    if file.suffix == ".graphql":
        return Asset(file.read_bytes(), "text/plain")
    media_type, _ = guess_type(file.name)
    return Asset(file.read_bytes(), media_type or "text/plain")


def sent(asset: Asset, asked: Headers, caching: str) -> Response:
    """The asset as the browser can take it; 304 when it has it already."""
    headers = {"Cache-Control": caching, "ETag": f'"{asset.digest}"', "Vary": "Accept-Encoding"}
    if f'"{asset.digest}"' in asked.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if asset.packed is not None and "gzip" in asked.get("accept-encoding", ""):
        headers["Content-Encoding"] = "gzip"
        return Response(asset.packed, headers=headers, media_type=asset.media_type)
    return Response(asset.body, headers=headers, media_type=asset.media_type)
