"""What a rule is: a name, a clause, a mask over columns, and a reason for each row it finds."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from graph.model.period import BEIJING
from graph.model.verdict import RuleText

FUTURE_TOLERANCE = dt.timedelta(minutes=5)  # a source's clock may run a little ahead of ours


@dataclass(frozen=True)
class Circumstances:
    """What rules may know besides the rows: the moment of receipt and the sender's reach in words."""

    now: dt.datetime
    reach: str
    future_tolerance: dt.timedelta = FUTURE_TOLERANCE


Mask: TypeAlias = pa.ChunkedArray
Judge: TypeAlias = Callable[[pa.Table, Circumstances], Mask]
Explain: TypeAlias = Callable[[pa.Table, Circumstances], pa.StringArray]


@dataclass(frozen=True)
class Rule:
    """One rule over a table in the shape of `national_sync.columns.PREPARED`.

    `finds` gives a mask with a value for every row (null counts as not found); `explains` gets only the rows
    found and says why, one text a row. A rule `judges_together` where what it finds of a row depends on the others of its
    point or unit in the batch, though never on their order. What it refuses `may_be_mended` by a word of the province:
    then it is asked last, so that a row nobody can mend is told why.
    """

    text: RuleText
    finds: Judge
    explains: Explain
    judges_together: bool = False
    may_be_mended: bool = False

    @property
    def code(self) -> str:
        """The stable code that rejections and verdicts carry."""
        return self.text.code


def beijing(moments: pa.ChunkedArray) -> pa.StringArray:
    """Moments as they are said: to the second, in Beijing time with its offset."""
    local = pc.add(moments.cast(pa.timestamp("us")), pa.scalar(BEIJING.utcoffset(None), pa.duration("us")))
    return pc.strftime(local.cast(pa.timestamp("s"), safe=False), "%Y-%m-%dT%H:%M:%S+08:00")


def sentence(*parts: str | pa.ChunkedArray) -> pa.StringArray:
    """Join texts and columns into one text a row; null stands as `nothing`."""
    columns = [
        part if isinstance(part, str) else pc.fill_null(part.cast(pa.string()), "nothing") for part in parts
    ]
    return pc.binary_join_element_wise(*columns, "")
