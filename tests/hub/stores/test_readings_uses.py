"""Which uses of data codes count as consumption is said from outside."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pytest

from graph.model.period import Period
from graph.ports import BalanceAsk, Dimension
from hub.stores.readings.store import ReadingsStore
from tests.hub.stores.readings_fakes import FakeDimensions, Said, StillClock, batch_of

JANUARY = Period.of_days(dt.date(2026, 1, 1), dt.date(2026, 1, 31))


@pytest.mark.parametrize(("uses", "kinds"), [(("11",), 1), (("12",), 0), (("12", "11"), 1)])
def test_a_balance_holds_only_the_uses_that_count(uses: tuple[str, ...], kinds: int) -> None:
    store = ReadingsStore(None, FakeDimensions(), StillClock(), uses)
    store.commit(batch_of([Said(0, 1, Decimal(5))], "a", dt.datetime(2026, 2, 1, tzinfo=dt.UTC)))
    assert store.balance(BalanceAsk(JANUARY, (Dimension.KIND,))).num_rows == kinds
    store.close()
