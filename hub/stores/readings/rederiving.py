"""When the registry changes, the rollups of the units concerned follow: by what differs, at the moment of the change.

Nothing is overwritten: a question as of an earlier moment still finds what was told then.
"""

from __future__ import annotations

import datetime as dt

import duckdb

from hub.stores.readings.statements import run


def remember(cursor: duckdb.DuckDBPyConnection) -> int:
    """Note what provinces were told of the units concerned before anything changes; how many units these are."""
    run(cursor, "concerned")
    run(cursor, "rederive_before")
    return int(cursor.execute("SELECT count(*) FROM concerned").fetchall()[0][0])


def rederive(cursor: duckdb.DuckDBPyConnection, at: dt.datetime, *, cards: bool = True) -> None:
    """Make the rollups of the units concerned what the registry's present words make of their readings.

    Without `cards` those are right already.
    """
    if cursor.execute("SELECT bool_or(anew) FROM concerned").fetchall()[0][0]:
        if cards:
            run(cursor, "rederive_cards", {"at": at})
        run(cursor, "sides_anew")
        run(cursor, "weigh")
        run(cursor, "rederive_energy", {"at": at})
    run(cursor, "rederive_provinces", {"at": at})
