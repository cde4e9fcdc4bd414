"""A watched folder: what lies there, and where a file goes when it was read or could not be."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath

from graph.errors import InvalidInput, NengshuError, SourceRefused, TooLarge
from provincial_adapters._file_drop.laid import Laid

DONE, FAILED = "done", "failed"
WHY = ".why.json"
FILE_BYTES_MAX = 8 * 1024 * 1024 * 1024  # a year of quarter-hours of a thousand points is 2 GB as CSV
SAME_NAME_MAX = 10_000  # a name dropped more often than that is a loop somewhere


def listed(folder: Path) -> dict[str, Laid]:
    """The regular files of a folder by name, no links. Raises InvalidInput."""
    try:
        with os.scandir(folder) as entries:
            found = [
                laid_at(folder / entry.name) for entry in entries if entry.is_file(follow_symlinks=False)
            ]
    except OSError as fault:
        raise InvalidInput(f"cannot be listed: {fault.strerror}", str(folder)) from fault
    return {laid.name: laid for laid in found if laid is not None}


def laid_at(path: Path) -> Laid | None:
    """The regular file of this name; None where there is none, be it a link or a folder."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return Laid(path.name, found.st_size, found.st_mtime_ns) if stat.S_ISREG(found.st_mode) else None


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


def put_away(path: Path, to: str = DONE) -> Path:
    """Move a file that was read to `done/`; its place there. Raises SourceRefused."""
    with translated(path, f"moved to {to}"):
        return path.rename(_free(path, to))


def put_aside(path: Path, fault: NengshuError) -> Path:
    """Move a file that could not be read to `failed/`, with the reason beside it; its place there.

    Raises SourceRefused.
    """
    with translated(path, f"moved to {FAILED}"):
        target = _free(path, FAILED)
        # The reason first: who is killed in between finds the file where it was, and tells it again.
        target.with_name(target.name + WHY).write_text(why_of(path.name, fault), "utf-8")
        return path.rename(target)


@contextmanager
def translated(path: Path, done_to_it: str) -> Iterator[None]:
    """What the file system refuses as SourceRefused, with the file and what was to be done to it."""
    try:
        yield
    except OSError as fault:
        raise SourceRefused(f"{path}: cannot be {done_to_it}: {fault.strerror or fault}") from fault


def _free(path: Path, to: str) -> Path:
    """A place beside others of its name. Raises InvalidInput where there are too many."""
    folder = path.parent / to
    folder.mkdir(exist_ok=True)
    for name in free_names(path.name):
        target = folder / name
        if not target.exists() and not target.is_symlink():
            return target
    raise InvalidInput(f"{folder} holds {SAME_NAME_MAX} files of this name", str(path))


def free_names(name: str) -> Iterator[str]:
    """What a file may be called where its name is taken, in the order it is tried."""
    known = PurePosixPath(name)
    yield name
    yield from (f"{known.stem}.{number}{known.suffix}" for number in range(2, SAME_NAME_MAX))


def why_of(name: str, fault: NengshuError) -> str:
    """What is written beside a file that could not be read."""
    why = {"file": name, "code": fault.code, "why": str(fault)}
    return json.dumps(why, ensure_ascii=False, indent=2) + "\n"
