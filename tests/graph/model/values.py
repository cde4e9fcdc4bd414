"""Strategies that draw values of the model, right ones by construction."""

from __future__ import annotations

import datetime as dt

from hypothesis import strategies as st

from graph.model.credit_code import ALPHABET, CreditCode
from graph.model.data_code import DataClass, DataCode
from graph.model.period import FIRST_YEAR, LAST_YEAR, Day, Month, Period, Quarter

DIGITS = "0123456789"
UNIT = CreditCode.of_body("91310115MA1K3B4X0")


def digits(count: int) -> st.SearchStrategy[str]:
    """So many decimal digits."""
    return st.text(alphabet=DIGITS, min_size=count, max_size=count)


def letters(count: int) -> st.SearchStrategy[str]:
    """So many letters of the credit code's alphabet."""
    return st.text(alphabet=ALPHABET, min_size=count, max_size=count)


bodies = st.builds("{}{}{}".format, letters(2), digits(6), letters(9))
credit_codes = bodies.map(CreditCode.of_body)

data_codes = st.builds("{0}{1:02d}{2}".format, digits(8), st.sampled_from(DataClass).map(int), digits(6)).map(
    DataCode
)

dates = st.dates(dt.date(FIRST_YEAR, 1, 1), dt.date(LAST_YEAR, 12, 31))
days = dates.map(Day)
months = dates.map(Month.of)
quarters = dates.map(Quarter.of)

offsets = st.integers(-14 * 60, 14 * 60).map(lambda minutes: dt.timezone(dt.timedelta(minutes=minutes)))
moments = st.datetimes(dt.datetime(FIRST_YEAR, 1, 1), dt.datetime(LAST_YEAR, 12, 31), timezones=offsets)  # noqa: DTZ001 (hypothesis takes naive bounds)


@st.composite
def periods(draw: st.DrawFn) -> Period:
    """Any period, of a microsecond up to two centuries."""
    start, end = sorted(draw(st.lists(moments, min_size=2, max_size=2, unique=True)))
    return Period(start, end)
