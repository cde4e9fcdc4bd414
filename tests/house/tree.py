"""The files of the house as the tests of its tidiness read them."""

from __future__ import annotations

import ast
import subprocess
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PRODUCT = ("graph", "provincial_adapters", "national_sync", "edge_probe", "hub")
_NOT_OURS = {".venv", ".venv-lock", ".cache", ".git", "node_modules", "__pycache__"}

Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def tracked() -> tuple[Path, ...]:
    """Every file of the project, relative to its root: what git tracks or would track."""
    if not (ROOT / ".git").exists():
        files = (file.relative_to(ROOT) for file in ROOT.rglob("*") if file.is_file())
        return tuple(sorted(file for file in files if not _NOT_OURS & set(file.parts)))
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        check=True,
        capture_output=True,
    ).stdout
    files = (Path(name) for name in listed.decode().split("\0") if name)
    return tuple(sorted(file for file in files if (ROOT / file).is_file()))


def python_files(*folders: str) -> list[Path]:
    """Tracked Python files, of these folders only where some are named."""
    files = [file for file in tracked() if file.suffix == ".py"]
    return [file for file in files if not folders or file.parts[0] in folders]


@cache
def text_of(file: Path) -> str:
    """A file's text, or nothing where it is not text."""
    try:
        return (ROOT / file).read_text(encoding="utf-8")
    except UnicodeDecodeError:
        return ""


def functions(source: str) -> Iterator[tuple[str, int]]:
    """Every function of a source, nested ones too, with its lines from `def` to its end."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, Function):
            yield node.name, (node.end_lineno or node.lineno) - node.lineno + 1
