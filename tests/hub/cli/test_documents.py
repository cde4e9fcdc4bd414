"""`nengshu documents`: files become trusted documents, or it is told where they cannot."""

from __future__ import annotations

from pathlib import Path

import pytest

from graph.model.document import id_of
from hub.settings import Settings
from hub.wiring import open_registry
from tests.hub.cli.terminal import Terminal

GOOD = "query A {\r\n  nation { unitsTotal }\r\n}\r\n# 单位总数\n"


def kept(data: Path) -> dict[str, str]:
    """The trusted texts of a folder's registry."""
    registry = open_registry(Settings(data_dir=data))
    try:
        return dict(registry.documents.trusted()[1])
    finally:
        registry.close()


def file_of(folder: Path, name: str, text: str | bytes) -> Path:
    """A file."""
    path = folder / name
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_the_good_ones_of_several_files_are_kept_and_of_the_others_it_is_told_where(
    nengshu: Terminal, tmp_path: Path
) -> None:
    data = tmp_path / "data"
    good = file_of(tmp_path, "good.graphql", GOOD)
    bad = file_of(tmp_path, "bad.graphql", "{\n  nation { nothing }\n}")
    broken = file_of(tmp_path, "broken.graphql", "{ nation {")
    large = file_of(tmp_path, "large.graphql", "{ " + "a " * 500 + "}")
    binary = file_of(tmp_path, "binary.graphql", b"\xff\xfe")
    gone, other = (
        tmp_path / "gone.graphql",
        file_of(tmp_path, "other.graphql", "{ nation { unitsConnected } }"),
    )
    files = (good, bad, broken, large, binary, gone, other)
    said = nengshu("documents", "register", *files, "--data", data)
    assert said.code == 1
    assert said.out.splitlines() == [
        f"{id_of(GOOD)} {good}",
        f"{id_of('{ nation { unitsConnected } }')} {other}",
    ]
    told = said.err.splitlines()
    assert [line.partition(": ")[0] for line in told] == [
        f"{bad}:2:12", f"{broken}:1:11", str(large), str(binary), str(gone),
    ]  # fmt: skip
    assert "Cannot query field 'nothing'" in told[0]
    assert "Syntax Error" in told[1]
    assert "tokens: at most" in told[2]
    assert kept(data) == {
        id_of(GOOD): GOOD,
        id_of("{ nation { unitsConnected } }"): "{ nation { unitsConnected } }",
    }


def test_a_document_is_listed_shown_withdrawn_and_registered_again(nengshu: Terminal, tmp_path: Path) -> None:
    good = file_of(tmp_path, "good.graphql", GOOD)
    data = ("--data", tmp_path / "data")
    assert nengshu("documents", "register", good, *data).code == 0
    assert nengshu("documents", "show", id_of(GOOD), *data).out == GOOD
    assert "good.graphql" in nengshu("documents", "list", *data).out
    assert nengshu("documents", "withdraw", id_of(GOOD), *data).out == f"{id_of(GOOD)} is withdrawn\n"
    assert kept(tmp_path / "data") == {}
    assert nengshu("documents", "show", id_of(GOOD), *data).out == GOOD
    assert nengshu("documents", "register", good, *data).code == 0
    assert kept(tmp_path / "data") == {id_of(GOOD): GOOD}


@pytest.mark.parametrize("command", ["show", "withdraw"])
def test_what_nobody_registered_is_told_so(nengshu: Terminal, tmp_path: Path, command: str) -> None:
    said = nengshu("documents", command, "sha256:0", "--data", tmp_path)
    assert said.code == 1
    assert said.complaint == "NOT_FOUND no document 'sha256:0' was registered"


def test_a_closed_schema_is_closed_to_documents(
    nengshu: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = file_of(tmp_path, "whole.graphql", "{ __schema { queryType { name } } }")
    refused = nengshu("documents", "register", whole, "--data", tmp_path / "data")
    assert (refused.code, "__schema is closed here" in refused.complaint) == (1, True)
    monkeypatch.setenv("NENGSHU_SCHEMA_OPEN", "true")
    assert nengshu("documents", "register", whole, "--data", tmp_path / "data").code == 0
