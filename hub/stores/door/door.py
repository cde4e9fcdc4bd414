"""The door as the hub holds it: one object over one file, beside the registry's."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import Connection, Engine, delete, select

from graph.ports import Clock
from hub.stores.door.attempts import ATTEMPTS_MAX, KEPT, Attempts
from hub.stores.door.devices_seen import DevicesSeen
from hub.stores.door.file import Looks, Writer, open_door
from hub.stores.door.log import AccessLog
from hub.stores.door.once import Once
from hub.stores.door.pending import Pending
from hub.stores.door.sessions import Sessions
from hub.stores.door.tables import T

FILE = "door.sqlite"  # in the data folder
OVER = ("session", "once", "pending")  # whose rows end by themselves


class Door:
    """Sessions, what counts once, attempts, what waits, devices seen, the log; any thread may call, of several processes."""

    def __init__(self, engine: Engine, clock: Clock) -> None:
        self._engine, self._clock = engine, clock
        self._writer, self._looks = Writer(engine), Looks(engine)
        self.sessions = Sessions(self._writer, self._looks, clock)
        self.once = Once(self._writer)
        self.attempts = Attempts(self._writer, self._looks, clock)
        self.pending = Pending(self._writer, clock)
        self.log = AccessLog(self._writer, clock)
        self.devices = DevicesSeen(engine, self._writer, clock)

    @classmethod
    def open(cls, path: Path, clock: Clock) -> Door:
        """Over a file, which is made where there is none. Raises StoreError."""
        return cls(open_door(path), clock)

    def sweep(self) -> None:
        """Drop what is over, and write what the log has counted; of the log nothing is dropped. Raises StoreError."""
        now = self._clock.now()
        attempt = T["attempt"].c

        def work(connection: Connection) -> None:
            for name in OVER:
                connection.execute(delete(T[name]).where(T[name].c.until <= now))
            connection.execute(delete(T["attempt"]).where(attempt.last_at <= now - KEPT))
            newest = select(attempt.id).order_by(attempt.last_at.desc(), attempt.id.desc())
            beyond = newest.limit(-1).offset(ATTEMPTS_MAX)
            connection.execute(delete(T["attempt"]).where(attempt.id.in_(beyond)))

        self._writer.run(work)
        self.log.settle()

    def close(self) -> None:
        """Write what the log has counted and what was noted, and let go of the file. Raises StoreError."""
        try:
            self.log.close()
            self.devices.settle()
        finally:
            self._writer.close()
            self._looks.close()
            self._engine.dispose()
