"""Laws of open folders: a new module is found, a broken one is told, an empty folder is a broken wheel."""

from __future__ import annotations

import importlib
from collections.abc import Callable
from itertools import count
from pathlib import Path

import pytest

from graph.discover import members_of, modules_in

MakeFolder = Callable[..., str]
_NUMBERS = count()


@pytest.fixture
def make_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> MakeFolder:
    """Writes a package whose modules have the given sources, and says its name."""
    monkeypatch.syspath_prepend(tmp_path)

    def make(**sources: str) -> str:
        name = f"open_folder_{next(_NUMBERS)}"
        (tmp_path / name).mkdir()
        for module, source in {"__init__": "", **sources}.items():
            (tmp_path / name / f"{module}.py").write_text(source, encoding="utf-8")
        importlib.invalidate_caches()
        return name

    return make


def test_every_public_module_is_found_in_the_order_of_names(make_folder: MakeFolder) -> None:
    folder = make_folder(beta="WORD = 'b'", alpha="WORD = 'a'")
    assert list(modules_in(folder)) == ["alpha", "beta"]
    assert members_of(folder, "WORD", str) == {"alpha": "a", "beta": "b"}


def test_a_new_file_is_a_new_member(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder(alpha="WORD = 'a'")
    assert list(members_of(folder, "WORD", str)) == ["alpha"]
    (tmp_path / folder / "gamma.py").write_text("WORD = 'c'", encoding="utf-8")
    importlib.invalidate_caches()
    assert members_of(folder, "WORD", str) == {"alpha": "a", "gamma": "c"}


def test_tools_of_the_folder_are_no_members(make_folder: MakeFolder, tmp_path: Path) -> None:
    folder = make_folder(alpha="WORD = 'a'", _tool="raise RuntimeError('never imported')")
    (tmp_path / folder / "_toolkit").mkdir()
    (tmp_path / folder / "_toolkit" / "__init__.py").write_text("", encoding="utf-8")
    assert list(modules_in(folder)) == ["alpha"]


@pytest.mark.parametrize("sources", [{}, {"_tool": ""}])
def test_an_empty_folder_is_a_broken_installation(make_folder: MakeFolder, sources: dict[str, str]) -> None:
    folder = make_folder(**sources)
    with pytest.raises(ImportError, match=f"{folder} holds no module"):
        modules_in(folder)


@pytest.mark.parametrize("source", ["", "WORD = 1", "WORD = None", "word = 'a'"])
def test_a_member_that_is_missing_or_of_another_kind_is_told_by_module_and_name(
    make_folder: MakeFolder, source: str
) -> None:
    folder = make_folder(alpha="WORD = 'a'", broken=source)
    with pytest.raises(ImportError, match=rf"{folder}\.broken has no WORD of type str"):
        members_of(folder, "WORD", str)


def test_a_module_that_cannot_be_imported_is_not_passed_over(make_folder: MakeFolder) -> None:
    folder = make_folder(alpha="WORD = 'a'", broken="import nowhere_to_be_found")
    with pytest.raises(ImportError, match="nowhere_to_be_found"):
        modules_in(folder)


def test_a_folder_that_does_not_exist_is_an_import_error() -> None:
    with pytest.raises(ImportError):
        modules_in("no_such_open_folder")
