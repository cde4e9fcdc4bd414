"""The board as a file beside the spool: written whole every few seconds, read by `nengshu probe status`."""

from __future__ import annotations

import asyncio
import time
from contextlib import suppress
from pathlib import Path

import msgspec

from edge_probe.board import Board, Now

WRITTEN_EVERY_S = 5.0  # what is watched by people; 20 kB for fifty meters, which a card's cache swallows
STALE_S = 30.0  # after which a file was left by a probe that runs no more
BYTES_MAX = 1024 * 1024  # 247 meters take 40 kB


def board_file(spool: Path) -> Path:
    """Where it stands."""
    return spool.with_name(f"{spool.name}-now.json")


class BoardFile:
    """Keeps the file as long as the probe runs; where there is no room for another, it is written over in its place."""

    def __init__(self, file: Path, board: Board, every_s: float = WRITTEN_EVERY_S) -> None:
        self._file, self._board, self._every_s = file, board, every_s

    async def keep(self) -> None:
        """Write until cancelled, then take the file away: a probe that ended shows nothing."""
        try:
            while True:
                await asyncio.to_thread(self._write, msgspec.json.encode(self._board.now()))
                await asyncio.sleep(self._every_s)
        finally:
            self._file.unlink(missing_ok=True)

    def _write(self, octets: bytes) -> None:
        part = self._file.with_name(f"{self._file.name}.part")
        try:
            part.write_bytes(octets)
            part.replace(self._file)
        except OSError:
            with suppress(OSError), self._file.open("r+b") as there:  # into the room that the last one has
                there.write(octets)
                there.truncate()


def read_board(file: Path, wall_s: float | None = None) -> Now | None:
    """What a running probe wrote last; None where none runs, or it wrote something else."""
    try:
        now_s = time.time() if wall_s is None else wall_s
        if abs(now_s - file.stat().st_mtime) > STALE_S:  # of the future, too: the clock was set back
            return None
        with file.open("rb") as opened:
            return msgspec.json.decode(opened.read(BYTES_MAX), type=Now)
    except (OSError, ValueError):
        return None
