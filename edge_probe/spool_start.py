"""Opens the spool of a probe that starts: sound, or begun anew beside a damaged one that is set aside and said so."""

from __future__ import annotations

import datetime as dt
from pathlib import Path

from edge_probe.readings import Event
from edge_probe.spool import Spool
from edge_probe.spool_file import damage, moved, set_aside, take_over, translated


def opened(file: Path, now: dt.datetime) -> tuple[Spool, tuple[Event, ...]]:
    """The spool, and what there is to tell. Raises StoreError where it can neither be opened nor set aside."""
    what = damage(file)
    if what is None:
        return Spool(file), ()
    begun = file.with_name(f"{file.name}.new")
    with translated(file):
        begun.unlink(missing_ok=True)  # half of a former attempt; the damaged file is whole beside it
    anew = Spool(begun)
    with anew.writing() as db:
        taken = take_over(db, file)
    anew.close()
    aside = set_aside(file, now)
    with translated(file):
        moved(begun, file)
    spool = Spool(file)
    saved = ", ".join(f"{count} of {table}" for table, count in taken.items()) or "nothing"
    detail = f"{what}; set aside as {aside.name}, begun anew 已另存并重新开始; taken over: {saved}"
    event = Event(now, "spool", "spool-damaged", detail)
    spool.append(events=[event])
    return spool, (event,)
