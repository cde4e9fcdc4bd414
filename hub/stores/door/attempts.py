"""How often something failed in a row (失败次数), so that the next try can be made to wait."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection, bindparam, case, delete, select
from sqlalchemy.dialects.sqlite import insert

from graph.ports import Clock
from hub.stores.door.digests import digest
from hub.stores.door.file import Looks, Writer
from hub.stores.door.moments import as_told
from hub.stores.door.tables import T
from hub.stores.registry.columns import Moment

KIND = "attempt"
KEPT = dt.timedelta(days=1)  # after a day without a failure nothing is held against anybody
ATTEMPTS_MAX = 100_000  # subjects that are kept from one sweep to the next; of more the oldest are forgotten
_ATTEMPT = T["attempt"]
_AGAIN = case((_ATTEMPT.c.last_at > bindparam("since", type_=Moment()), _ATTEMPT.c.failures + 1), else_=1)
_COUNTED = insert(_ATTEMPT).values(
    digest=bindparam("digest"), failures=1, last_at=bindparam("now", type_=Moment())
)
_FAILED = _COUNTED.on_conflict_do_update(
    index_elements=[_ATTEMPT.c.digest], set_={"failures": _AGAIN, "last_at": _COUNTED.excluded.last_at}
).returning(_ATTEMPT.c.failures)


class Attempts:
    """Counts failures by who or what failed; only a digest of the subject is stored, for people mistype secrets."""

    def __init__(self, writer: Writer, looks: Looks, clock: Clock) -> None:
        self._writer, self._looks, self._clock = writer, looks, clock
        found = select(_ATTEMPT.c.failures, _ATTEMPT.c.last_at)
        self._by_digest = looks.text_of(found.where(_ATTEMPT.c.digest == bindparam("digest")))

    def failed(self, subject: str) -> int:
        """Count a failure, and say which in a row it is. Raises StoreError."""
        now = self._clock.now()
        values = {"digest": digest(KIND, subject), "now": now, "since": now - KEPT}

        def work(connection: Connection) -> int:
            return int(connection.execute(_FAILED, values).scalar_one())

        return self._writer.run(work)

    def count(self, subject: str) -> tuple[int, dt.datetime | None]:
        """How many failures in a row, and when the last was. Raises StoreError."""
        for failures, text in self._looks.rows(self._by_digest, digest(KIND, subject)):
            last = as_told(text)
            if last > self._clock.now() - KEPT:
                return failures, last
        return 0, None

    def forget(self, subject: str) -> None:
        """Hold nothing against a subject any more. Raises StoreError."""
        forgotten = delete(_ATTEMPT).where(_ATTEMPT.c.digest == digest(KIND, subject))
        self._writer.run(lambda connection: connection.execute(forgotten))
