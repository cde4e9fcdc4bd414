"""Files of exports are written, made and taken away beside questions and beside the loop."""

from __future__ import annotations

import threading
import time
from pathlib import Path

import anyio
import pyarrow as pa
import pytest

from graph.errors import StoreError, TooLarge
from hub.endpoints.downloads import Downloads
from hub.endpoints.leaving import AGAIN_S, interruptible
from hub.exports._format import Format, Steps
from hub.exports.links import FORMATS
from hub.wiring import EXPORTS_AT_ONCE, Hub
from tests.hub.endpoints.test_exports_left import SOON_S, Caller, Endless, export
from tests.hub.invented_hub import token_of
from tests.hub.live_hub import becomes

pytestmark = pytest.mark.anyio


async def test_files_being_written_hold_up_no_question(hub: Hub, monkeypatch: pytest.MonkeyPatch) -> None:
    stuck = StuckWriter()
    monkeypatch.setitem(FORMATS, "csv", Format("csv", "text/csv", "csv", lambda _schema, _folder: stuck))
    readers = hub.settings.reader_threads
    downloads, token = Downloads(readers, readers), token_of(hub, "writes")
    async with anyio.create_task_group() as tasks:
        for _ in range(readers):
            tasks.start_soon(export, hub, token, Endless(), Caller(takes=1), downloads)
        await becomes(lambda: hub.exports.borrowed_tokens == EXPORTS_AT_ONCE and len(downloads) == readers)
        try:
            with anyio.fail_after(SOON_S):
                assert await interruptible(lambda: "an answer", hub.readers) == "an answer"
        finally:
            stuck.let_go.set()


class Noted:
    """Writes a little at a time, is slow to be closed, and notes in which threads that was and what is left open."""

    def __init__(self) -> None:
        self.threads = {threading.current_thread()}
        self.open = ["file"]

    def write(self, _table: pa.Table) -> Steps:
        """Two steps, with something open between them."""
        self.open.append("step")
        try:
            for _ in range(2):
                self.threads.add(threading.current_thread())
                yield b"a little"
        finally:
            self.threads.add(threading.current_thread())
            self.open.remove("step")

    def end(self) -> Steps:
        """Nothing more."""
        yield b""

    def close(self) -> None:
        """Take the file away, while who waits for it is cancelled again and again."""
        self.threads.add(threading.current_thread())
        time.sleep(4 * AGAIN_S)
        self.open.remove("file")


@pytest.mark.parametrize(
    ("question", "caller"),
    [
        (Endless(), Caller(takes=4)),
        (Endless(StoreError("gone"), fault_at=0), Caller(takes=99)),
        (Endless(StoreError("gone"), fault_at=3), Caller(takes=99)),
    ],
    ids=["who asked goes", "it fails at once", "it fails later"],
)
async def test_an_export_keeps_its_files_beside_the_loop_and_leaves_none(
    hub: Hub, monkeypatch: pytest.MonkeyPatch, question: Endless, caller: Caller
) -> None:
    made: list[Noted] = []

    def writer(_schema: pa.Schema, _folder: Path) -> Noted:
        made.append(Noted())
        return made[-1]

    monkeypatch.setitem(FORMATS, "csv", Format("csv", "text/csv", "csv", writer))
    await export(hub, token_of(hub, f"keeps-{question.fault_at}-{caller.takes}"), question, caller)
    (noted,) = made
    assert noted.open == []
    assert threading.current_thread() not in noted.threads


class StuckWriter:
    """Writes nothing until it is let go, and then fails."""

    def __init__(self) -> None:
        self.let_go = threading.Event()

    def write(self, _table: pa.Table) -> Steps:
        """Stand still."""
        assert self.let_go.wait(SOON_S * 3)
        yield b""
        raise TooLarge("let go")

    def end(self) -> Steps:
        """Nothing more."""
        yield b""

    def close(self) -> None:
        """Nothing is open."""
