"""This hub as one of two ends, and what reconciling has it book or take back."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial

import pyarrow as pa

from graph.model.period import Period
from graph.model.principal import Reach
from graph.model.reading import EXCHANGED, Arrived, no_rejections
from graph.ports import NOW, AsOf, Delivery, DigestAsk
from hub.reconciling.done import Reconciled
from hub.reconciling.other_hub import KEY_DIGITS, moment, packed
from hub.running import beside
from hub.wiring import Hub


@dataclass(frozen=True)
class OwnSide:
    """This hub's end, as of a batch of its own. Implements national_sync.comparing.Side."""

    hub: Hub
    as_of: AsOf = NOW

    async def digests(self, ask: DigestAsk) -> pa.Table:
        """Digests of a level, of what holds by then."""
        return await beside(self.hub, lambda: self.hub.store.digests(replace(ask, as_of=self.as_of)))

    async def readings(
        self, units: tuple[str, ...], period: Period, brought_by: str | None = None
    ) -> pa.Table:
        """What holds of some units in a period, with the columns of EXCHANGED; or what of it a source brought."""
        return await self._told(units, period, taken_back=False, brought_by=brought_by)

    async def taken_back(self, units: tuple[str, ...], period: Period) -> pa.Table:
        """What was taken back of them, with nothing in its place."""
        return await self._told(units, period, taken_back=True)

    async def _told(
        self, units: tuple[str, ...], period: Period, *, taken_back: bool, brought_by: str | None = None
    ) -> pa.Table:
        ask = DigestAsk(period, units=units, as_of=self.as_of)

        def read() -> pa.Table:
            pieces = self.hub.store.held(ask, taken_back=taken_back, brought_by=brought_by)
            return pa.Table.from_batches(pieces, EXCHANGED)

        return await beside(self.hub, read)

    async def recount(self, ask: DigestAsk, told: Callable[[int, int], None], *, mend: bool) -> int:
        """Count this hub's own days anew; of how many its figures did not follow from its readings."""
        counted = await beside(self.hub, partial(self.hub.store.recount, ask, told, mend=mend))
        return counted.days

    async def book(self, done: Reconciled, rows: pa.Table, *, withdraws: bool = False) -> Reconciled:
        """Book readings, or take them back, and note the receipt. Nothing is done for no rows."""
        if not rows.num_rows:
            return done
        delivery = _delivery(done, rows, withdraws=withdraws)
        receipt = await beside(self.hub, partial(self.hub.intake.take, delivery))
        return replace(done, receipts=(*done.receipts, receipt))


def _delivery(done: Reconciled, rows: pa.Table, *, withdraws: bool) -> Delivery:
    """Under a key that names the moment: what was lost once may be lost again."""
    digest = hashlib.sha256(packed(rows)).hexdigest()
    numbers = pa.array(range(1, rows.num_rows + 1), pa.int32())
    arrived = Arrived(rows.add_column(0, "row", numbers), no_rejections())
    return Delivery(
        done.link.source,
        f"{done.link.key}:reconcile:{moment(done.began)}:{digest[:KEY_DIGITS]}",
        digest,
        arrived,
        Reach(region=done.link.region),
        withdraws=withdraws,
    )
