"""Reconciles links by night: once in each slot of the Beijing day, under the lease that a run of the link would have.

What differs is found whether or not anybody looks. A night that fails is kept with its reason, and the next one comes.
"""

from __future__ import annotations

import datetime as dt

import anyio
import structlog
from anyio import to_thread

from graph.errors import NengshuError
from graph.model.daily_slot import DAY, DailySlot
from graph.model.period import Period, beijing_day, midnight
from graph.model.sync_run import Link
from hub.reconciling import Wish, is_comparable, reconcile_and_keep
from hub.wiring import Hub
from national_sync.windows import Sampling
from provincial_adapters import Means

LOOK_S = 60.0  # between two looks at the clock
log = structlog.get_logger("hub.nightly")


async def keep_reconciling(hub: Hub, means: Means, look_s: float = LOOK_S) -> None:
    """Reconcile what is due again and again, until cancelled."""
    while True:
        try:
            await reconcile_due(hub, means)
        except Exception:
            log.exception("reconciling")
        await anyio.sleep(look_s)


async def reconcile_due(hub: Hub, means: Means) -> list[str]:
    """Reconcile the links whose night it is and that nobody reconciled in it; the keys of those that were."""
    slot, now = hub.settings.reconcile_slot, hub.clock.now()
    if slot is None or not slot.holds(now):
        return []
    since = opened(slot, now)
    begun = await to_thread.run_sync(hub.registry.reconciliations.last_begun, limiter=hub.lookups)
    links = [each.link for each in await hub.leasing.standing()]
    due = [
        link for link in links if link.is_run and is_comparable(link) and _is_due(begun.get(link.key), since)
    ]
    return [link.key for link in due if await _reconciled(hub, link, means)]


def _is_due(begun: dt.datetime | None, since: dt.datetime) -> bool:
    return begun is None or begun < since


def opened(slot: DailySlot, now: dt.datetime) -> dt.datetime:
    """When the slot that holds this moment opened."""
    opens = midnight(beijing_day(now)) + dt.timedelta(minutes=slot.begins)
    return opens if opens <= now else opens - DAY


async def _reconciled(hub: Hub, link: Link, means: Means) -> bool:
    """Whether the link was reconciled: another hub may hold it, and then its next look finds it free."""
    held = await hub.leasing.take(link.key)
    if held is None:
        return False
    today = beijing_day(hub.clock.now())
    period = Period.of_days(today - dt.timedelta(days=hub.settings.reconcile_days), today)
    async with hub.leasing.keeping(held, lambda state, _: state):
        try:
            sampling = Sampling(hub.settings.reconcile_share)
            wish = Wish(recount=part_of(period, hub.settings.recount_nights), sampling=sampling)
            done = await reconcile_and_keep(hub, link, period, means, wish)
        except NengshuError as fault:
            log.warning("a link could not be reconciled", link=link.key, fault=f"{fault.code}: {fault}")
        else:
            left = (done.left or done.found).days.num_rows
            log.info("a link is reconciled", link=link.key, differing=left, rows_read=done.rows_read)
    return True


def part_of(period: Period, nights: int) -> Period | None:
    """Those days of a period whose readings are counted anew in the night after it; in so many nights each once."""
    if nights == 0:
        return None
    length = (period.last_day - period.first_day).days + 1
    step = -(-length // nights)
    begin = period.last_day.toordinal() % nights * step
    if begin >= length:
        return None
    first = period.first_day + dt.timedelta(days=begin)
    return Period.of_days(first, min(first + dt.timedelta(days=step - 1), period.last_day))
