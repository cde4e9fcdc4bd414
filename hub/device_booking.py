"""Books what devices sent that had to wait, once their province approved them and their points are active.

Nobody has to ask for it: a hub looks when it starts and whenever anything was decided since, at once where that was through
it. Killed at any moment, it looks again when it starts; a replay is the same batch, however often.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

import anyio
import structlog
from anyio import to_thread

from graph.errors import NengshuError, StoreError
from graph.model.quarantine import Quarantined
from hub.replaying import Replay, book
from hub.wiring import Hub

LOOK_S = 5.0  # until what another process wrote is noticed, such as a command that approves a device
REST_S = 0.5  # between two looks at the least, however often devices write
AGAIN_S = 30.0  # after a store refused: a full disk or a database that is down takes somebody's hand
SEEN_S = 5.0  # between two writes of what devices did
WHO = "approval of devices"
log = structlog.get_logger("hub.device_booking")


@dataclass
class Booking:
    """What was tried already: a file is tried again once its device, its points or its link changed.

    A file that failed is put off behind those that failed less often, so that one that cannot be read holds up no other.
    """

    hub: Hub
    _tried: dict[int, str] = field(default_factory=dict)
    _failed: dict[int, int] = field(default_factory=dict)

    def due(self) -> list[Quarantined]:
        """The files that may have become bookable since they were last tried."""
        files = self.hub.registry.waiting_rows.bookable()
        words = self._words(files)
        self._tried = {file.id: self._tried[file.id] for file in files if file.id in self._tried}
        self._failed = {file.id: self._failed[file.id] for file in files if file.id in self._failed}
        found = [file for file in files if self._tried.get(file.id) != _words_of(file, words)]
        return sorted(found, key=lambda file: self._failed.get(file.id, 0))

    def book(self, file: Quarantined) -> Replay:
        """Book what can be booked of a file. Raises as hub.replaying.book does."""
        registry = self.hub.registry
        words = _words_of(file, self._words([file]))
        done = book(self.hub.intake, self.hub.quarantine, registry.link(file.link), file, WHO)
        self._tried[file.id] = words
        return done

    def tried(self, file: Quarantined) -> None:
        """Leave a file alone until something changes."""
        self._tried[file.id] = _words_of(file, self._words([file]))

    def put_off(self, file: Quarantined) -> None:
        """Try the others first, the next time."""
        self._failed[file.id] = self._failed.get(file.id, 0) + 1

    def _words(self, files: Sequence[Quarantined]) -> dict[tuple[str, str], str]:
        """What booking rests on, of each device: its points, and how its link reads."""
        links = {link.key: repr(sorted(link.quirks.items())) for link in self.hub.registry.links()}
        found = {}
        for unit, link in {_of(file) for file in files}:
            points = self.hub.registry.points([unit])
            said = points.select(["data_code", "state", "until", "low", "high"]).to_pylist()
            found[unit, link] = hashlib.sha256(f"{said}\n{links.get(link)}".encode()).hexdigest()
        return found


def _of(file: Quarantined) -> tuple[str, str]:
    return str(file.unit), file.link


def _words_of(file: Quarantined, words: Mapping[tuple[str, str], str]) -> str:
    """What booking a file rests on: a file may have grown since it was tried."""
    return f"{words[_of(file)]} {file.rows}"


async def keep_booking(hub: Hub, again_s: float = AGAIN_S, look_s: float = LOOK_S) -> None:
    """Book what becomes bookable until cancelled; a fault is logged and tried again."""
    booking, seen, written = Booking(hub), None, asyncio.Event()
    with hub.registry.told_of_writes(_setting(written)):
        while True:
            written.clear()
            try:
                version = hub.registry.version()
                if version != seen:
                    seen = version
                    await _book(hub, booking)
            except Exception:
                log.exception("devices")
                seen = None
                await anyio.sleep(again_s)
                continue
            with anyio.move_on_after(look_s):
                await written.wait()
            await anyio.sleep(REST_S)


def _setting(written: asyncio.Event) -> Callable[[], None]:
    """What sets an event of the running loop, from any thread."""
    loop = asyncio.get_running_loop()

    def wake() -> None:
        with suppress(RuntimeError):  # the loop has ended, and with it whoever waits
            loop.call_soon_threadsafe(written.set)

    return wake


async def keep_settling(hub: Hub) -> None:
    """Write what devices did until cancelled; a fault is logged, and what could not be written is tried again."""
    while True:
        try:
            await to_thread.run_sync(hub.door.devices.settle, limiter=hub.lookups)
        except Exception:
            log.exception("devices seen")
        await anyio.sleep(SEEN_S)


async def _book(hub: Hub, booking: Booking) -> None:
    """Book what is due, file by file. Raises StoreError: a full disk passes, and what waits goes on waiting for that."""
    fits = files = 0
    for file in await to_thread.run_sync(booking.due, limiter=hub.lookups):
        try:
            done = await to_thread.run_sync(booking.book, file, limiter=hub.writers)
        except StoreError:
            booking.put_off(file)
            raise
        except NengshuError as fault:
            log.warning("rows of a device could not be booked", file=file.id, fault=str(fault))
            booking.tried(file)
        except Exception:
            booking.put_off(file)
            raise
        else:
            fits, files = fits + done.fits, files + 1
    if files:
        log.info("what waited of devices is booked", files=files, readings=fits)
