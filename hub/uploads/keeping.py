"""Books uploads that are whole, one after the other, as long as the hub runs; and sweeps what nobody goes on with."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import anyio
import structlog

from graph.errors import StoreError
from graph.execution.errors import INTERNAL
from hub.endpoints.leaving import uninterrupted
from hub.endpoints.problems import INTERNAL_WHY
from hub.uploads.booking import Booking
from hub.uploads.staging import NoRoom
from hub.uploads.upload import Booked, Upload
from hub.wiring import Hub

SWEEP_S = 60.0  # between two looks for what is old
AGAIN_S = 1.0  # until a store that refused is asked again

T = TypeVar("T")
log = structlog.get_logger("hub.uploads")


class Booker:
    """What books the uploads of one hub. Whoever completed one rings."""

    def __init__(self, hub: Hub) -> None:
        self._hub, self._bell = hub, anyio.Event()
        self._booking: Booking | None = None

    def ring(self) -> None:
        """There is something to book."""
        self._bell.set()

    def booked(self, upload: Upload) -> Booked:
        """What is booked of it by now."""
        now = self._booking
        return now.booked if now is not None and now.upload.id == upload.id else upload.booked

    async def keep(self) -> None:
        """Book until cancelled: what is whole already, then whatever becomes it. A step that was begun is ended."""
        while True:
            try:
                self._bell = anyio.Event()
                await self._in_thread(self._hub.staging.sweep)
                for upload in self._hub.staging.whole():
                    await self._book(upload)
                with anyio.move_on_after(SWEEP_S):
                    await self._bell.wait()
            except Exception:
                log.exception("uploads")
                await anyio.sleep(AGAIN_S)

    async def _book(self, upload: Upload) -> None:
        self._booking = booking = Booking(self._hub.staging, upload, self._hub.intake.take)
        try:
            while await self._in_thread(booking.step):
                pass
        except NoRoom as fault:  # what would fill it is not unpacked every second
            log.warning("upload", upload=upload.id, error=str(fault))
        except (StoreError, OSError) as fault:
            log.warning("upload", upload=upload.id, error=repr(fault))
            await anyio.sleep(AGAIN_S)
            self.ring()
        except Exception:
            log.exception("upload", upload=upload.id)
            await self._in_thread(lambda: booking.fail(INTERNAL, INTERNAL_WHY))
        finally:
            self._booking = None
            booking.close()

    async def _in_thread(self, call: Callable[[], T]) -> T:
        """In the lane of large uploads, whose place is free again after each step."""
        return await uninterrupted(call, self._hub.uploads)
