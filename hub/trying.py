"""Tries a link: fetches a little, judges it by the roster, and leaves source and stores as they were."""

from __future__ import annotations

import asyncio
import datetime as dt
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

import anyio
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import NengshuError
from graph.model.reading import Arrived
from graph.model.sync_run import Link
from graph.ports import RAW_ROW, Clock, Delivery, NounDelivery, Puller
from hub.links import DayAsking, dialects, puller_of
from hub.looking import NoDays
from national_sync.intake import Intake
from national_sync.letting_go import letting_go
from national_sync.newest import newest_of
from provincial_adapters import Means

ROWS_MAX = 1_000  # of the source that are judged: enough to see a format, little enough to read
TRY_S_MAX = 60.0  # somebody sits and waits
T = TypeVar("T")


@dataclass(frozen=True)
class Tried:
    """What a look at a source came to: rows as they came, what they become, and what went wrong on the way.

    `nouns` counts rows of the registry that came before. `meanings` says what each column is read as.
    """

    link: Link
    nouns: Mapping[str, int] = field(default_factory=dict)
    delivery: Delivery | None = None
    rejections: pa.Table | None = None
    verdicts: pa.Table | None = None
    kept: int = 0
    newest: dt.datetime | None = None
    meanings: Mapping[str, str] = field(default_factory=dict)
    is_cut: bool = False
    fault: str | None = None


async def try_link(link: Link, intake: Intake, means: Means, clock: Clock) -> Tried:
    """Look at the first readings of a link's source. Raises ConfigurationError where the other side calls."""
    asking = DayAsking(NoDays(), clock, _directly)
    return await look_at(puller_of(link, means, asking, looking=True), link, intake)


async def look_at(puller: Puller, link: Link, intake: Intake, seconds: float = TRY_S_MAX) -> Tried:
    """What the first readings of a source come to; what goes wrong on the way is in it."""
    nouns: Counter[str] = Counter()
    delivery, fault = None, None
    try:
        with anyio.fail_after(seconds):
            delivery = await _first(puller, link, nouns)
    except TimeoutError:
        fault = f"SOURCE_UNREACHABLE: {link.key}: handed over no readings within {seconds:g} s"
    except NengshuError as error:
        fault = f"{error.code}: {error}"
    found = Tried(link, nouns, fault=fault)
    return found if delivery is None else await asyncio.to_thread(_judged, found, delivery, intake)


async def _first(puller: Puller, link: Link, nouns: Counter[str]) -> Delivery | None:
    """The first delivery with rows, or the last without any."""
    last = None
    async with letting_go(puller.pull(link)) as coming:
        async for delivery in coming:
            if isinstance(delivery, NounDelivery):
                nouns[delivery.noun] += len(delivery.rows)
            elif isinstance(delivery, Delivery):
                last = delivery
                if delivery.arrived.rows:
                    break
    return last


async def _directly(call: Callable[[], T], /) -> T:
    return call()


def _judged(found: Tried, delivery: Delivery, intake: Intake) -> Tried:
    """The first rows of a delivery with what the rules make of them."""
    some = cut(delivery)
    judged = intake.judge(some)
    arrived = some.arrived.table
    fits = arrived.filter(pc.is_in(arrived["row"], value_set=judged.table["row"].combine_chunks()))
    return replace(
        found,
        delivery=some,
        rejections=judged.rejections,
        verdicts=judged.verdicts,
        kept=judged.table.num_rows,
        newest=newest_of(fits, judged.received_at),
        meanings=_meanings(found.link, some),
        is_cut=some is not delivery,
    )


def cut(delivery: Delivery, rows_max: int = ROWS_MAX) -> Delivery:
    """The first rows of a delivery, or itself where it has no more."""
    raw = delivery.raw
    if raw is None or raw.num_rows <= rows_max:
        return delivery
    few = raw.slice(0, rows_max)
    last = few[RAW_ROW][-1]
    arrived = delivery.arrived
    tables = [each.filter(pc.less_equal(each["row"], last)) for each in (arrived.table, arrived.rejections)]
    return replace(delivery, raw=few, arrived=Arrived(*tables))


def _meanings(link: Link, delivery: Delivery) -> Mapping[str, str]:
    dialect = dialects()[link.dialect]
    if delivery.raw is None or dialect.replays is None:
        return {}
    return dialect.replays(link, delivery.raw.slice(0, 0)).meanings
