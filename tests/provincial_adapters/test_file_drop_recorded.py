"""What every format owes: the same rows are the same readings, and what is broken is malformed and never no data."""

from __future__ import annotations

import shutil
import tomllib
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from graph.errors import InvalidInput, SourceMalformed
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from graph.ports import Delivery
from provincial_adapters._file_drop.server import Server
from provincial_adapters.file_drop import DIALECT, FileMapping, FolderPuller, read
from tests.provincial_adapters.test_file_drop import GAS, POWER, hour, rows

RECORDED = Path(__file__).with_name("recorded")
PAGE = Path(__file__).parents[2] / "docs" / "links.md"
FORMATS = ("csv", "xlsx", "json", "ndjson", "parquet")


def example() -> dict[str, Any]:
    """The link that the page shows."""
    text = PAGE.read_text("utf-8").partition("## file_drop")[2]
    (link,) = tomllib.loads(text.partition("```toml\n")[2].partition("```")[0])["link"]
    assert isinstance(link, dict)
    return link


def mapping_of(kind: str) -> dict[str, Any]:
    """Its mapping, for files of one kind: a row a line stands inside of nothing."""
    said = dict(example()["quirks"]["mapping"])
    return {key: value for key, value in said.items() if kind != "ndjson" or key != "rows"}


def link_of(folder: Path, kind: str) -> Link:
    quirks = {"mapping": mapping_of(kind) | {"files": "*"}}
    return Link("drop", "file_drop", RegionCode("970000"), str(folder), quirks=quirks)


def test_the_link_of_the_page_is_one() -> None:
    link = example()
    DIALECT.check(link["quirks"])
    given = Link(
        link["key"], link["dialect"], RegionCode(link["province"]), link["address"], quirks=link["quirks"]
    )
    assert str(Server.of_link(given)) == "sftp://files.example:22/out"


@pytest.mark.parametrize("kind", FORMATS)
def test_a_recorded_file_of_any_format_is_the_same_readings(kind: str) -> None:
    path = RECORDED / f"file_drop.{kind}"
    found = list(read(path, FileMapping.of_table(mapping_of(kind)), source="drop", strict=True))
    assert [delivery.drift for delivery in found] == [()]
    assert [(row["start"], row["data_code"], Decimal(row["value"])) for row in rows(found)] == [
        *((hour(n), POWER, Decimal(value)) for n, value in enumerate(("1203.45", "1187.2", "0", "1302.075"))),
        *((hour(n), GAS, Decimal(value)) for n, value in enumerate(("512", "498", "0", "533"))),
    ]


@pytest.mark.anyio
@pytest.mark.parametrize("kind", FORMATS)
async def test_a_broken_file_of_any_format_is_malformed_and_never_no_data(tmp_path: Path, kind: str) -> None:
    shutil.copy(RECORDED / f"file_drop_broken.{kind}", tmp_path)
    taken: list[Delivery] = []
    with pytest.raises(SourceMalformed, match=rf"file_drop_broken\.{kind}: "):
        taken += [
            found
            async for found in FolderPuller().pull(link_of(tmp_path, kind))
            if isinstance(found, Delivery)
        ]
    assert taken == []
    assert {path.name for path in (tmp_path / "failed").iterdir()} == {
        f"file_drop_broken.{kind}",
        f"file_drop_broken.{kind}.why.json",
    }


@pytest.mark.anyio
async def test_an_empty_folder_is_no_data_and_none_at_all_is_a_fault(tmp_path: Path) -> None:
    assert [found async for found in FolderPuller().pull(link_of(tmp_path, "csv"))] == []
    with pytest.raises(InvalidInput, match="cannot be listed"):
        await anext(FolderPuller().pull(link_of(tmp_path / "none", "csv")))


@pytest.mark.anyio
@pytest.mark.parametrize("kind", FORMATS)
async def test_a_file_laid_down_twice_keeps_its_keys(tmp_path: Path, kind: str) -> None:
    keys = []
    for _ in range(2):
        shutil.copy2(RECORDED / f"file_drop.{kind}", tmp_path)
        pulling = FolderPuller().pull(link_of(tmp_path, kind))
        keys.append([found.key async for found in pulling if isinstance(found, Delivery)])
    assert keys[0] == keys[1] != []
