"""Files of a server that were taken are read again with those that were not, and all stay where they are."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery
from provincial_adapters.file_drop import FolderPuller
from tests.provincial_adapters.sftp_server import PASSWORD, USER, served
from tests.provincial_adapters.test_file_drop import HOURLY, LINES, rows


async def values(puller: FolderPuller, link: Link) -> list[str]:
    """What a run brings."""
    found = [delivery async for delivery in puller.pull(link) if isinstance(delivery, Delivery)]
    return sorted(str(rows([delivery])[0]["value"]) for delivery in found)


@pytest.mark.anyio
@pytest.mark.parametrize("read_only", [True, False])
async def test_files_of_a_server_are_listed_again_taken_or_not_and_stay(
    tmp_path: Path, read_only: bool
) -> None:
    folder = tmp_path / "drop"
    folder.mkdir()
    (folder / "a.csv").write_text(LINES)
    with served(tmp_path) as server:
        quirks = {"mapping": HOURLY, "user": USER, "host_key": server.host_key, "read_only": read_only}
        link = Link("drop", "file_drop", RegionCode("970000"), server.address, "secret", quirks)
        assert await values(FolderPuller(lambda _: PASSWORD), link) == ["1.50"]
        (folder / "b.csv").write_text(LINES.replace("1.50", "7"))
        before = sorted(folder.rglob("*"))
        again = FolderPuller(lambda _: PASSWORD, takes=False, again=True)
        assert await values(again, link) == ["1.50", "7"]
        assert sorted(folder.rglob("*")) == before
    assert (folder / "done" / "a.csv").exists() is not read_only
