"""Checksums beside files: one that is wanted is waited for, one that is there is checked, and none is a file of readings."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from graph.errors import ConfigurationError, InvalidInput, MalformedBody, SourceMalformed
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from provincial_adapters.file_drop import FolderPuller, read, scan
from tests.provincial_adapters.test_file_drop import HOURLY, LINES, mapping

SHA256 = hashlib.sha256(LINES.encode()).hexdigest()
SHA512 = hashlib.sha512(LINES.encode()).hexdigest()
MD5 = hashlib.md5(LINES.encode(), usedforsecurity=False).hexdigest()


def laid(folder: Path, said: str | None, kind: str = "sha256") -> Path:
    """A file with what its checksum file says."""
    path = folder / "a.csv"
    path.write_text(LINES)
    if said is not None:
        (folder / f"a.csv.{kind}").write_text(said)
    return path


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


async def pull(folder: Path, **changes: Any) -> int:
    """How many deliveries a folder hands over."""
    link = Link("drop", "file_drop", RegionCode("970000"), str(folder), quirks={"mapping": HOURLY | changes})
    return len([delivery async for delivery in FolderPuller().pull(link)])


@pytest.mark.parametrize(
    ("said", "kind"),
    [
        (SHA256, "sha256"),
        (f"{SHA256}  a.csv\n", "sha256"),
        (f"{SHA256} *a.csv\n", "sha256"),
        (f"{SHA256.upper()}  /srv/out/a.csv\r\n", "sha256"),
        (f"\ufeff{SHA256}  D:\\out\\a.csv\r\n", "sha256"),
        (f"SHA256 (a.csv) = {SHA256}\n", "sha256"),
        (f"{'0' * 64}  b.csv\n{SHA256}  a.csv\n", "sha256"),
        (f"{SHA512}  a.csv\n", "sha512"),
        (f"{MD5}  a.csv\n", "md5"),
    ],
)
def test_a_checksum_is_read_as_programs_write_it(tmp_path: Path, said: str, kind: str) -> None:
    assert len(list(read(laid(tmp_path, said, kind), mapping(checksum=kind), source="drop"))) == 1


@pytest.mark.parametrize(
    ("said", "why"),
    [
        (
            "0" * 64,
            f"a.csv: sha256 is {SHA256}, and a.csv.sha256 says {'0' * 64}: it did not come over whole",
        ),
        (f"{SHA256}  b.csv\n", "a.csv.sha256: has no sha256 of a.csv|has no sha256 of a.csv"),
        (MD5, r"has no sha256 of a\.csv \(64 hexadecimal digits"),
        ("<html>", "has no sha256 of a.csv"),
    ],
)
def test_a_file_that_did_not_come_over_whole_says_so_wanted_or_not(
    tmp_path: Path, said: str, why: str
) -> None:
    path = laid(tmp_path, said)
    for given in (mapping(), mapping(checksum="sha256")):
        with pytest.raises(MalformedBody, match=why):
            list(read(path, given, source="drop"))


@pytest.mark.anyio
async def test_a_file_without_the_checksum_that_is_wanted_is_not_ready_yet(tmp_path: Path) -> None:
    laid(tmp_path, None)
    assert await pull(tmp_path, checksum="sha256") == 0
    laid(tmp_path, MD5, "md5")
    assert await pull(tmp_path, checksum="sha256") == 0
    laid(tmp_path, "", "sha256")
    assert await pull(tmp_path, checksum="sha256") == 0
    laid(tmp_path, SHA256)
    assert await pull(tmp_path, checksum="sha256") == 1
    assert files_of(tmp_path) == {"done/a.csv", "done/a.csv.sha256", "done/a.csv.md5"}


@pytest.mark.anyio
async def test_a_file_that_does_not_match_is_put_aside_with_its_checksum_and_the_reason(
    tmp_path: Path,
) -> None:
    laid(tmp_path, "0" * 64)
    with pytest.raises(SourceMalformed, match="it did not come over whole"):
        await pull(tmp_path)
    assert files_of(tmp_path) == {"failed/a.csv", "failed/a.csv.sha256", "failed/a.csv.why.json"}
    assert "sha256" in json.loads((tmp_path / "failed" / "a.csv.why.json").read_text())["why"]


@pytest.mark.anyio
async def test_a_checksum_of_an_earlier_file_of_this_name_is_not_held_against_it(tmp_path: Path) -> None:
    path = laid(tmp_path, "0" * 64)
    a_day_before = path.stat().st_mtime - 86_400
    os.utime(tmp_path / "a.csv.sha256", (a_day_before, a_day_before))
    assert await pull(tmp_path, checksum="sha256") == 0
    assert await pull(tmp_path) == 1


def test_a_checksum_file_is_none_of_readings_and_never_a_link(tmp_path: Path) -> None:
    path = laid(tmp_path, None)
    (tmp_path / "elsewhere").write_text(SHA256)
    (tmp_path / "a.csv.sha256").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "b.csv.MD5").write_text(MD5)
    assert scan(tmp_path, mapping(files="*")) == [tmp_path / "elsewhere", path]
    assert scan(tmp_path, mapping(files="*", checksum="sha256")) == []
    with pytest.raises(InvalidInput, match=r"a\.csv: its checksum file a\.csv\.sha256 is not there"):
        list(read(path, mapping(checksum="sha256"), source="drop"))


def test_only_known_checksums_can_be_wanted() -> None:
    with pytest.raises(
        ConfigurationError, match="checksum: came 'crc32', expected one of 'sha256', 'sha512', 'md5'"
    ):
        mapping(checksum="crc32")
