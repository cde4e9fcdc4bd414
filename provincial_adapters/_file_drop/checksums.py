"""A file may have its checksum in a file beside it (`a.csv.sha256`), so that a transfer that broke is seen.

It says that a file came over whole, not who wrote it: whoever can lay down the one can lay down the other. So MD5 will
do where a province writes nothing better.
"""

from __future__ import annotations

import hashlib
import os
import re
from enum import StrEnum
from pathlib import Path
from typing import BinaryIO

from graph.errors import MalformedBody
from provincial_adapters._file_drop.folder import laid_at, open_regular
from provincial_adapters._file_drop.laid import Laid, Listing

TEXT_BYTES_MAX = 64 * 1024  # a line for each of some hundred files
# A checksum so much older than its file is an earlier file's of the same name: the one of this file is still to come.
STALE_NS = 3600 * 1_000_000_000
HASHED_BYTES = 1024 * 1024
_LINE = re.compile(
    r"\\?([0-9A-Fa-f]{32,128})(?:\s+\*?(.*\S))?\s*"
)  # as sha256sum writes it, with a name or without
_TAGGED = re.compile(r"[A-Z0-9-]+ ?\((.*)\) ?= ?([0-9A-Fa-f]{32,128})\s*")  # as sha256sum --tag does


class Checksum(StrEnum):
    """How a checksum is made (校验和); the word is also how its file's name ends."""

    SHA256 = "sha256"
    SHA512 = "sha512"
    MD5 = "md5"

    @property
    def digits(self) -> int:
        """How many hexadecimal digits it has."""
        return hashlib.new(self.value, usedforsecurity=False).digest_size * 2

    def beside(self, name: str) -> str:
        """What the checksum file of a file is called."""
        return f"{name}.{self.value}"


def is_checksum(name: str) -> bool:
    """Whether a file is one of checksums, and so none of readings."""
    return name.lower().endswith(tuple(f".{kind}" for kind in Checksum))


def beside(laid: Laid, listing: Listing) -> dict[Checksum, Laid]:
    """The checksum files of a file that are there; one that is stale belongs to another."""
    since = laid.modified_ns - STALE_NS
    found = {kind: listing.get(kind.beside(laid.name)) for kind in Checksum}
    return {kind: each for kind, each in found.items() if each is not None and each.modified_ns >= since}


def is_awaited(laid: Laid, wanted: Checksum | None, listing: Listing) -> bool:
    """Whether a file is not ready because a checksum of it is still to come: the one wanted, or one that is yet empty."""
    there = beside(laid, listing)
    return (wanted is not None and wanted not in there) or any(each.bytes == 0 for each in there.values())


def digests(file: BinaryIO, kinds: set[Checksum]) -> dict[Checksum, str]:
    """The checksums of what a file holds, read once; it stands at its start again."""
    running = {kind: hashlib.new(kind.value, usedforsecurity=False) for kind in kinds}
    while chunk := file.read(HASHED_BYTES):
        for each in running.values():
            each.update(chunk)
    file.seek(0)
    return {kind: each.hexdigest() for kind, each in running.items()}


def checked(file: BinaryIO, path: Path, wanted: Checksum | None) -> str:
    """The SHA-256 of a file that is what the checksum files beside it say; it stands at its start again.

    Raises MalformedBody where one says another thing, where the one wanted is not there, and for an empty file.
    """
    names = [path.name, *(kind.beside(path.name) for kind in Checksum)]
    listing = {name: laid for name in names if (laid := laid_at(path.with_name(name))) is not None}
    told = beside(listing[path.name], listing) if path.name in listing else {}
    if wanted is not None and wanted not in told:
        raise MalformedBody(f"its checksum file {wanted.beside(path.name)} is not there", path.name)
    found = digests(file, {Checksum.SHA256, *told})
    for kind, laid in told.items():
        if (said := _said(path.with_name(laid.name), kind, path.name)) != found[kind]:
            why = f"{kind} is {found[kind]}, and {laid.name} says {said}: it did not come over whole"
            raise MalformedBody(why, path.name)
    if os.fstat(file.fileno()).st_size == 0:
        raise MalformedBody("the file is empty", path.name)
    return found[Checksum.SHA256]


def _said(path: Path, kind: Checksum, of: str) -> str:
    """The checksum a file of checksums has for a file."""
    with os.fdopen(open_regular(path, TEXT_BYTES_MAX), "rb") as file:
        lines = file.read().decode("utf-8-sig", "replace").splitlines()
    for line in lines:
        digest, name = "", None
        if found := _TAGGED.fullmatch(line):
            name, digest = found[1], found[2]
        elif found := _LINE.fullmatch(line):
            digest, name = found[1], found[2]
        if len(digest) == kind.digits and (name is None or re.split(r"[/\\]", name)[-1] == of):
            return digest.lower()
    raise MalformedBody(f"has no {kind} of {of} ({kind.digits} hexadecimal digits, and its name)", path.name)
