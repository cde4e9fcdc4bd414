"""Asks a source for the days that are due, newest first, so that today never waits behind an old backlog.

Today and the days just before it are asked for in every run, because readings come late; a day that brought readings or
said that there are none is then left in peace. A day that was not published yet, or went wrong, is owed until it came, and
so is one whose last word came early, because its source was gone for the rest of that time.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial

from graph.errors import ConfigurationError, SourceError, SourceMalformed, SourceNotReady, SourceRefused
from graph.model.period import beijing_day
from graph.model.sync_run import AskedDay, DayState, Link
from graph.ports import Clock, DayLog, DayPuller, Delivery, Handed, NounDelivery, Puller, RunBlocking
from national_sync.letting_go import letting_go

AGAIN_DAYS = 3  # an access end repairs and sends again within three working days
DAYS_A_RUN = 31  # a month of backlog in one run; the next one goes on
FAULTS_A_RUN = 3  # days that went wrong: the source is broken, and more of them tell nothing more
NO_DAY = dt.date.min  # before every day a source could be asked for
SETTLED = (DayState.BROUGHT, DayState.EMPTY)


@dataclass(frozen=True)
class Days:
    """Which days a link is asked for: from the first on, the newest `again` ones each time, so many in one run."""

    first: dt.date
    again: int = AGAIN_DAYS
    most: int = DAYS_A_RUN

    def __post_init__(self) -> None:
        if self.again < 1 or self.most < self.again:
            raise ConfigurationError(
                "days", [f"again is {self.again} and most {self.most}, expected 1 <= again <= most"]
            )

    def due(self, today: dt.date, known: Mapping[dt.date, AskedDay]) -> list[dt.date]:
        """The days to ask for now: the newest again, then those never asked for, newest first, then those still owed.

        Of those the one asked for longest ago comes first, so that none is left for ever behind others that never come.
        """
        every = [today - dt.timedelta(days=back) for back in range((today - self.first).days + 1)]
        rest = every[self.again :]
        owed = [day for day in rest if day in known and not self._is_settled(day, known[day])]
        owed.sort(key=lambda day: known[day].asked_at)
        return [*every[: self.again], *(day for day in rest if day not in known), *owed][: self.most]

    def _is_settled(self, day: dt.date, asked: AskedDay) -> bool:
        """Whether a day said its last word: on the last day on which it is asked again, or once it was over at least."""
        last = day + dt.timedelta(days=max(1, self.again - 1))
        return asked.state in SETTLED and beijing_day(asked.asked_at) >= last


@dataclass
class _Said:
    """What a source says of one day, or of all it has: only what is not the same as it said last is handed on.

    Its key names the content, and gets the moment it was said at: what is said again after something else is said anew,
    or a correction that was taken back would stand for ever.
    """

    last: Sequence[str]
    at: dt.datetime
    cursor: str | None = None
    keys: list[str] = field(default_factory=list)
    brought: bool = False

    def is_new(self, delivery: Delivery) -> bool:
        """Whether to hand it on. One whose cursor leads further is, whatever was said."""
        self.keys.append(delivery.key)
        self.brought = self.brought or delivery.arrived.rows > 0
        return self._leads_on(delivery) or delivery.key not in self.last

    def stamped(self, delivery: Delivery) -> Delivery:
        """The delivery as it is handed on."""
        if self._leads_on(delivery):
            return delivery
        return replace(delivery, key=f"{delivery.key}:{self.at:%Y%m%dT%H%M%S%f}")

    def _leads_on(self, delivery: Delivery) -> bool:
        return delivery.cursor not in (None, self.cursor)

    def asked(self, state: DayState) -> AskedDay:
        """What is kept of it."""
        return AskedDay(state, self.at, tuple(self.keys))


@dataclass(frozen=True)
class ByDay:
    """A source that is asked day by day, as one that is pulled. Implements graph.ports.Puller.

    What a day brought is marked once the next thing is asked for, and by then it is durable.
    """

    puller: DayPuller
    log: DayLog
    days: Days
    clock: Clock
    blocking: RunBlocking

    async def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery]:
        """The readings of the days that are due.

        A day that is malformed or refused costs itself, and is told at the end; one without an answer ends the run, and
        the next run asks for those behind it first. A source that wants to be left alone is. Raises SourceError.
        """
        known = await self.blocking(partial(self.log.days, link))
        faults: list[str] = []
        wait_s: float | None = None
        for day in self.days.due(beijing_day(self.clock.now()), known):
            said = _Said(known[day].keys if day in known else (), self.clock.now())
            try:
                async with letting_go(self.puller.pull_day(link, day)) as coming:
                    async for delivery in coming:
                        if said.is_new(delivery):
                            yield said.stamped(delivery)
            except SourceNotReady:
                state = DayState.NOT_READY
            except (SourceMalformed, SourceRefused) as fault:
                state, wait_s = DayState.FAILED, fault.retry_after_s
                faults.append(f"{day}: {fault}")
            except SourceError:
                await self.blocking(partial(self.log.mark, link, day, said.asked(DayState.FAILED)))
                raise
            else:
                state = DayState.BROUGHT if said.brought else DayState.EMPTY
            await self.blocking(partial(self.log.mark, link, day, said.asked(state)))
            if wait_s is not None or len(faults) >= FAULTS_A_RUN:
                break
        if faults:
            told = f"{len(faults)} days went wrong: " + "; ".join(faults)
            raise SourceMalformed(told, retry_after_s=wait_s)


@dataclass(frozen=True)
class Whole:
    """A source that says all it has in every run, as one that is pulled. Implements graph.ports.Puller.

    What it said last is kept in the log of days, under a day that none is.
    """

    puller: Puller
    log: DayLog
    clock: Clock
    blocking: RunBlocking

    async def pull(self, link: Link) -> AsyncIterator[Delivery | NounDelivery | Handed]:
        """What is not the same as it said last. Raises SourceError."""
        known = await self.blocking(partial(self.log.days, link))
        last = known[NO_DAY].keys if NO_DAY in known else ()
        said = _Said(last, self.clock.now(), link.cursor)
        async with letting_go(self.puller.pull(link)) as coming:
            async for delivery in coming:
                if not isinstance(delivery, Delivery):
                    yield delivery
                elif said.is_new(delivery):
                    yield said.stamped(delivery)
        state = DayState.BROUGHT if said.brought else DayState.EMPTY
        await self.blocking(partial(self.log.mark, link, NO_DAY, said.asked(state)))
