"""A watched folder: which files are ready, and where a file goes when it was read or could not be.

Only names decide and only regular files count: whoever can write into the folder must not be able to make the
hub read another file through a link.
"""

from __future__ import annotations

import fnmatch
import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from graph.errors import InvalidInput, NengshuError, SourceRefused, TooLarge

DONE, FAILED = "done", "failed"
UNFINISHED = ".part"  # a writer renames when the file is whole
WHY = ".why.json"
FILE_BYTES_MAX = 8 * 1024 * 1024 * 1024  # a year of quarter-hours of a thousand points is 2 GB as CSV
SAME_NAME_MAX = 10_000  # a name dropped more often than that is a loop somewhere


def ready(folder: Path, pattern: str = "*") -> list[Path]:
    """The regular files of a folder whose names match, in name's order; not hidden, not unfinished, no links."""
    try:
        with os.scandir(folder) as entries:
            names = [entry.name for entry in entries if entry.is_file(follow_symlinks=False)]
    except OSError as fault:
        raise InvalidInput(f"cannot be listed: {fault.strerror}", str(folder)) from fault
    return [folder / name for name in sorted(names) if _is_meant(name, pattern)]


def _is_meant(name: str, pattern: str) -> bool:
    return not name.startswith(".") and not name.endswith(UNFINISHED) and fnmatch.fnmatchcase(name, pattern)


def open_regular(path: Path, bytes_max: int = FILE_BYTES_MAX) -> int:
    """A descriptor of a regular file, never through a symbolic link at its name. Raises InvalidInput, TooLarge."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as fault:
        why = "a symbolic link" if path.is_symlink() else str(fault.strerror)
        raise InvalidInput(f"cannot be opened: {why}", str(path)) from fault
    try:
        _check(os.fstat(descriptor), path, bytes_max)
    except InvalidInput:
        os.close(descriptor)
        raise
    return descriptor


def _check(found: os.stat_result, path: Path, bytes_max: int) -> None:
    if not stat.S_ISREG(found.st_mode):
        raise InvalidInput("not a regular file", str(path))
    if found.st_size > bytes_max:
        raise TooLarge(f"{found.st_size} bytes, at most {bytes_max} are read", str(path))


def laid_down_ns(path: Path) -> int:
    """When a file was last written, in nanoseconds since 1970. Raises SourceRefused."""
    with translated(path, "looked at"):
        return path.lstat().st_mtime_ns


def put_away(path: Path) -> Path:
    """Move a file that was read to `done/`; its place there. Raises SourceRefused."""
    with translated(path, f"moved to {DONE}"):
        return _moved(path, DONE)


def put_aside(path: Path, fault: NengshuError) -> Path:
    """Move a file that could not be read to `failed/`, with the reason beside it; its place there.

    Raises SourceRefused.
    """
    why = {"file": path.name, "code": fault.code, "why": str(fault)}
    with translated(path, f"moved to {FAILED}"):
        moved = _moved(path, FAILED)
        moved.with_name(moved.name + WHY).write_text(
            json.dumps(why, ensure_ascii=False, indent=2) + "\n", "utf-8"
        )
    return moved


@contextmanager
def translated(path: Path, done_to_it: str) -> Iterator[None]:
    """What the file system refuses as SourceRefused, with the file and what was to be done to it."""
    try:
        yield
    except OSError as fault:
        raise SourceRefused(f"{path}: cannot be {done_to_it}: {fault.strerror or fault}") from fault


def _moved(path: Path, to: str) -> Path:
    folder = path.parent / to
    folder.mkdir(exist_ok=True)
    for number in range(1, SAME_NAME_MAX):
        name = path.name if number == 1 else f"{path.stem}.{number}{path.suffix}"
        target = folder / name
        if not target.exists() and not target.is_symlink():
            return path.rename(target)
    raise InvalidInput(f"{folder} holds {SAME_NAME_MAX} files of this name", str(path))
