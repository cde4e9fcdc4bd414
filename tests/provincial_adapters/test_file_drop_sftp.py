"""A folder on a real SFTP server: read as a folder here is, with nothing half read and no key trusted unseen."""

from __future__ import annotations

import hashlib
import json
import os
import socket
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest

from graph.errors import (
    ConfigurationError,
    NengshuError,
    SourceMalformed,
    SourceNotReady,
    SourceRefused,
    SourceUnreachable,
)
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery
from provincial_adapters._file_drop import sftp
from provincial_adapters._file_drop.server import Server
from provincial_adapters.file_drop import DIALECT, FolderPuller
from tests.provincial_adapters.sftp_server import PASSWORD, USER, Served, served
from tests.provincial_adapters.test_file_drop import HOURLY, LINES, rows

OTHER = LINES.replace("1.50", "7")
ANYBODY = {"user": "a", "host_key": "h ssh-ed25519 A"}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """What a server serves, with its folder of files."""
    (tmp_path / "drop").mkdir()
    return tmp_path


@pytest.fixture
def server(root: Path) -> Iterator[Served]:
    """A server without faults."""
    with served(root) as running:
        yield running


async def pull(
    server: Served, secret: str = PASSWORD, into: list[Delivery] | None = None, **said: Any
) -> list[Delivery]:
    """What a run brings; kept in `into` as it comes."""
    quirks = {"mapping": HOURLY | said.pop("mapping", {}), "user": USER, "host_key": server.host_key, **said}
    link = Link("drop", "file_drop", RegionCode("970000"), server.address, "secret", quirks)
    taken = [] if into is None else into
    async for delivery in FolderPuller(lambda _: secret).pull(link):
        assert isinstance(delivery, Delivery)
        taken.append(delivery)
    return taken


def files_of(root: Path) -> set[str]:
    drop = root / "drop"
    return {path.relative_to(drop).as_posix() for path in drop.rglob("*") if path.is_file()}


@pytest.mark.anyio
async def test_files_of_a_server_are_read_newest_first_and_moved_to_done(root: Path, server: Served) -> None:
    (root / "drop" / "a.csv").write_text(LINES)
    (root / "drop" / "b.csv").write_text(OTHER)
    (root / "drop" / "能耗.csv").write_text(OTHER)
    (root / "drop" / "c.csv.part").write_text(LINES)
    (root / "drop" / ".hidden").write_text(LINES)
    taken = await pull(server)
    assert [rows([delivery])[0]["value"] for delivery in taken] == ["7", "7", "1.50"]
    assert files_of(root) == {"done/a.csv", "done/b.csv", "done/能耗.csv", "c.csv.part", ".hidden"}
    (root / "drop" / "a.csv").write_text(OTHER)
    assert len(await pull(server)) == 1
    assert "done/a.2.csv" in files_of(root)


@pytest.mark.anyio
async def test_a_private_key_lets_in_as_a_password_does(root: Path, server: Served) -> None:
    (root / "drop" / "a.csv").write_text(LINES)
    assert len(await pull(server, server.private_key)) == 1


@pytest.mark.anyio
async def test_an_empty_folder_is_no_data_and_a_missing_one_a_refusal(root: Path, server: Served) -> None:
    assert await pull(server) == []
    (root / "drop").rmdir()
    with pytest.raises(
        SourceRefused, match=rf"sftp://127.0.0.1:{server.port}/drop: to be listed: No such file"
    ):
        await pull(server)


@pytest.mark.anyio
async def test_links_and_folders_of_a_server_are_no_files(root: Path, server: Served) -> None:
    (root / "secret.csv").write_text(LINES)
    (root / "drop" / "link.csv").symlink_to("../secret.csv")
    (root / "drop" / "folder.csv").mkdir()
    os.mkfifo(root / "drop" / "pipe.csv")
    assert await pull(server) == []


@pytest.mark.anyio
async def test_a_file_that_cannot_be_read_is_put_aside_with_the_reason(root: Path, server: Served) -> None:
    (root / "drop" / "a.csv").write_text("")
    (root / "drop" / "b.csv").write_text(LINES)
    taken: list[Delivery] = []
    with pytest.raises(SourceMalformed, match=r"a\.csv: the file is empty"):
        await pull(server, into=taken)
    assert len(taken) == 1
    assert files_of(root) == {"failed/a.csv", "failed/a.csv.why.json", "done/b.csv"}
    assert json.loads((root / "drop" / "failed" / "a.csv.why.json").read_text())["code"] == "MALFORMED_BODY"


@pytest.mark.anyio
async def test_a_file_is_put_aside_only_once_its_reason_is_there(root: Path) -> None:
    (root / "drop" / "a.csv").write_text("")
    with (
        served(root, keeps=True) as server,
        pytest.raises(SourceMalformed, match=r"a\.csv: cannot be moved to failed: nothing is moved here"),
    ):
        await pull(server)
    assert files_of(root) == {"a.csv", "failed/a.csv.why.json"}


@pytest.mark.anyio
async def test_checksums_come_along(root: Path, server: Served) -> None:
    drop, wanted = root / "drop", {"checksum": "sha256"}
    (drop / "a.csv").write_text(LINES)
    assert await pull(server, mapping=wanted) == []
    (drop / "a.csv.sha256").write_text(hashlib.sha256(LINES.encode()).hexdigest() + "  a.csv\n")
    (drop / "b.csv").write_text(LINES)
    (drop / "b.csv.sha256").write_text("0" * 64)
    taken: list[Delivery] = []
    with pytest.raises(SourceMalformed, match=r"b\.csv: sha256 is .*did not come over whole"):
        await pull(server, into=taken, mapping=wanted)
    assert len(taken) == 1
    assert files_of(root) == {
        "done/a.csv", "done/a.csv.sha256", "failed/b.csv", "failed/b.csv.sha256", "failed/b.csv.why.json",
    }  # fmt: skip


@pytest.mark.anyio
async def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_run(root: Path) -> None:
    (root / "drop" / "a.csv").write_text(LINES)
    taken: list[Delivery] = []
    with (
        served(root, grows="a.csv") as server,
        pytest.raises(
            SourceNotReady, match=r"a\.csv: changes while it is read, and is left for the next run"
        ),
    ):
        await pull(server, into=taken)
    assert (taken, files_of(root)) == ([], {"a.csv"})


@pytest.mark.anyio
async def test_a_connection_that_is_cut_books_whole_files_only_and_leaves_the_rest(root: Path) -> None:
    (root / "drop" / "b.csv").write_text(LINES)
    (root / "drop" / "a.csv").write_text(LINES + "2026-11-01 03:00,4\n" * 400_000)
    taken: list[Delivery] = []
    with (
        served(root, cut_at=5_000_000) as server,
        pytest.raises(SourceUnreachable, match=r"/drop: a\.csv: to be read"),
    ):
        await pull(server, into=taken)
    assert len(taken) == 1
    assert files_of(root) == {"a.csv", "done/b.csv"}
    with served(root) as again:
        assert sum(delivery.arrived.rows for delivery in await pull(again)) == 400_003
    assert files_of(root) == {"done/a.csv", "done/b.csv"}


@pytest.mark.anyio
async def test_a_server_that_lets_nothing_be_moved_is_told_and_its_files_keep_their_keys(root: Path) -> None:
    (root / "drop" / "a.csv").write_text(LINES)
    first: list[Delivery] = []
    with served(root, read_only=True) as server:
        with pytest.raises(SourceMalformed, match=r"a\.csv: cannot be moved to done: nothing is made here"):
            await pull(server, into=first)
        again = await pull(server, read_only=True)
    assert [delivery.key for delivery in first] == [delivery.key for delivery in again] != []
    assert files_of(root) == {"a.csv"}


@pytest.mark.anyio
async def test_a_name_that_leads_out_of_the_folder_is_refused(root: Path) -> None:
    with (
        served(root, lists="../secret.csv") as server,
        pytest.raises(SourceMalformed, match="which is no name of a file"),
    ):
        await pull(server)


@pytest.mark.anyio
async def test_a_server_is_bounded_in_bytes_of_a_file_and_in_names(
    root: Path, server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    (root / "drop" / "a.csv").write_text(LINES)
    monkeypatch.setattr(sftp, "FILE_BYTES_MAX", 10)
    with pytest.raises(SourceMalformed, match=r"a\.csv: \d+ bytes, at most 10 are read"):
        await pull(server)
    assert files_of(root) == {"failed/a.csv", "failed/a.csv.why.json"}
    monkeypatch.setattr(sftp, "LISTED_MAX", 0)
    with pytest.raises(SourceMalformed, match="holds more than 0 names"):
        await pull(server)


# ---- who is there, and who asks ----------------------------------------------------------------------------


@pytest.mark.anyio
async def test_a_server_with_another_key_is_not_asked(root: Path, server: Served) -> None:
    (root / "drop" / "a.csv").write_text(LINES)
    host, _, _ = server.host_key.partition(" ")
    other = asyncssh.generate_private_key("ssh-ed25519").export_public_key().decode()
    with pytest.raises(SourceUnreachable, match="its key is not the one of the link's host_key"):
        await pull(server, host_key=f"{host} {other}")
    with pytest.raises(ConfigurationError, match=r"host_key: names no key of \[127\.0\.0\.1\]"):
        await pull(server, host_key=f"elsewhere.example {other}")
    assert files_of(root) == {"a.csv"}


@pytest.mark.anyio
async def test_who_is_not_let_in_is_told_so_without_the_secret(server: Served) -> None:
    another = asyncssh.generate_private_key("ssh-ed25519").export_private_key().decode()
    for secret in ("wrong-password", another):
        with pytest.raises(
            SourceRefused, match="does not let in 'hub' with the link's credential"
        ) as refused:
            await pull(server, secret)
        assert secret not in str(refused.value)
    broken = another.replace("b3BlbnNza", "AAAAAAAAA")
    with pytest.raises(ConfigurationError, match="no private key that can be read") as caught:
        await pull(server, broken)
    assert broken.splitlines()[1] not in str(caught.value)


@pytest.mark.anyio
async def test_nobody_at_home_is_unreachable(root: Path) -> None:
    with served(root) as server:
        pass
    with pytest.raises(SourceUnreachable, match=rf"sftp://127.0.0.1:{server.port}/drop: "):
        await pull(server)


@pytest.mark.anyio
async def test_a_server_that_falls_silent_is_given_up(
    server: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sftp, "CONNECT_S", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as listener:  # it takes every call and never answers
        port = listener.getsockname()[1]
        silent = replace(server, port=port, host_key=server.host_key.replace(f":{server.port} ", f":{port} "))
        with pytest.raises(SourceUnreachable, match=r"to be connected to: no answer within 0\.3 s"):
            await pull(silent)


@pytest.mark.parametrize(
    ("address", "quirks", "why"),
    [
        ("sftp://h.example/in", {}, "user: missing, .*host_key: missing"),
        ("sftp://hub:secret@h.example/in", ANYBODY, "address: names who asks"),
        ("sftp://h.example", ANYBODY, "expected sftp://host:port/folder"),
        ("sftp://h.example:99999/in", {"user": "a", "host_key": "h"}, "address: Port out of range"),
    ],
)
def test_an_address_that_cannot_be_asked_says_why(address: str, quirks: dict[str, str], why: str) -> None:
    with pytest.raises(ConfigurationError, match=why) as caught:
        Server.of_link(Link("drop", "file_drop", RegionCode("970000"), address, "secret", quirks))
    assert "secret" not in str(caught.value).replace("the secret in the settings", "")


@pytest.mark.parametrize(
    ("quirks", "why"),
    [
        ({"user": ""}, "user: came ''"),
        ({"host_key": "h.example ssh-ed25519 nonsense"}, "host_key: came .*expected `host type key`"),
        ({"host_key": []}, r"host_key: came \[\], expected 1 to 16 lines"),
        ({"host_key": 3}, "host_key: came 3"),
        ({"read_only": "yes"}, "read_only: came 'yes'"),
    ],
)
def test_quirks_of_a_server_are_checked_before_a_link_is_kept(quirks: dict[str, Any], why: str) -> None:
    with pytest.raises(NengshuError, match=why):
        DIALECT.check({"mapping": HOURLY, **quirks})
