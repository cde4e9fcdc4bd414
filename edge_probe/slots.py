"""When a platform wants a device's readings: once a day at a moment of Beijing's day that it assigns (uploadTime)."""

from __future__ import annotations

import datetime as dt

from graph.model.period import BEIJING

ONE_DAY = dt.timedelta(days=1)


def opens_at(upload_time: str, oldest: dt.datetime, now: dt.datetime) -> dt.datetime | None:
    """When to send what waits, of which the oldest was written then; None: now.

    What was written before the last slot began is late and goes at once, whatever the hour; anything newer waits for the
    next slot. What was written by a clock that ran ahead goes at once too, or everything behind it would wait until that
    moment comes. A platform that assigns no readable time is sent to at once.
    """
    slot = _time_of(upload_time)
    if slot is None:
        return None
    today = dt.datetime.combine(now.astimezone(BEIJING).date(), slot, BEIJING)
    begun = today if today <= now else today - ONE_DAY
    return begun + ONE_DAY if begun <= oldest <= now else None


def _time_of(text: str) -> dt.time | None:
    try:
        return dt.datetime.strptime(text, "%H:%M:%S").replace(tzinfo=BEIJING).time()
    except ValueError:
        return None
