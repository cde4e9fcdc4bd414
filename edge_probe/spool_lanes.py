"""The lane before the backlog: after a long silence a platform first gets what was read just now, then what it missed.

A run of the newest readings is claimed as one batch and stands until the platform has it; it never touches what the
backlog has on its way, so that both are the same batches whenever they are sent.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

from edge_probe.readings import Event
from edge_probe.spool import Spool
from edge_probe.spool_rows import event_row, moment_text
from edge_probe.spooled_rows import SpooledRows, rows_told
from edge_probe.statements import statement


class SpoolLanes:
    """A spool, as far as its newest readings go first. Safe to call from several threads."""

    def __init__(self, spool: Spool) -> None:
        self._spool = spool

    def live(self, uplink: str, limit: int, since: dt.datetime) -> SpooledRows:
        """What goes first, at most `limit`, written since a moment; nothing where one batch holds all that waits.

        The same ones each time until `took_live`.
        """
        asked = {"uplink": uplink, "limit": limit, "since": moment_text(since)}
        with self._spool.writing() as db:
            db.execute(statement("claim_live"), asked)
            rows = rows_told(db, "live", {"uplink": uplink})
            if not rows:  # room was made of them, or a platform that takes them one by one has them all
                db.execute(statement("drop_live"), {"uplink": uplink})
        return rows

    def behind(self, uplink: str, upto: int, limit: int) -> SpooledRows:
        """What will probably go next once the platform has everything up to a number; nothing is claimed."""
        with self._spool.writing() as db:
            return rows_told(db, "behind", {"uplink": uplink, "upto": upto, "limit": limit})

    def took_live(self, uplink: str, events: Sequence[Event] = ()) -> None:
        """The platform has them, and said this about it."""
        with self._spool.writing() as db:
            db.execute(statement("take_live"), {"uplink": uplink})
            db.execute(statement("drop_live"), {"uplink": uplink})
            db.executemany(statement("add_event"), [event_row(event) for event in events])
