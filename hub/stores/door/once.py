"""What counts a single time (一次性凭证): the name of an assertion or a proof, refused ever after."""

from __future__ import annotations

import datetime as dt

from sqlalchemy import Connection
from sqlalchemy.dialects.sqlite import dialect, insert

from hub.stores.door.digests import digest
from hub.stores.door.file import Writer
from hub.stores.door.moments import as_kept
from hub.stores.door.tables import T

_FIRST = str(
    insert(T["once"]).values(digest="", until=None).on_conflict_do_nothing().compile(dialect=dialect())
)


class Once:
    """Says the first time from all later ones, whichever thread or process asks."""

    def __init__(self, writer: Writer) -> None:
        self._writer = writer

    def use(self, kind: str, value: str, until: dt.datetime) -> bool:
        """Whether this is the first time; it is kept at least until `until`, by which it must count no more anyway.

        Raises InvalidInput, StoreError, and then it must be taken for used.
        """
        row = (digest(f"once {kind}", value), as_kept(until))

        def work(connection: Connection) -> bool:
            return connection.exec_driver_sql(_FIRST, row).rowcount == 1

        return self._writer.run(work)
