"""A unit and a day in one number, and a sieve of such numbers that a scan can apply to each of them once.

The rows of a unit's day lie together in `reading`, so DuckDB keeps the number once for a hundred of them and applies a
condition on that column alone to that one. A sieve is such a condition: it lets pass all that is looked for and little else.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from hub.stores.readings.lanes import integers

_DAY_AT = 32
SIEVE_SIZE = 262_139  # a prime: four of a hundred pass by chance when ten thousand are looked for


def unit_days(rows: pa.Table) -> npt.NDArray[np.int64]:
    """The numbers of rows that have unit_id and day."""
    numbers: npt.NDArray[np.int64] = (integers(rows["day"]) << _DAY_AT) | integers(rows["unit_id"])
    return numbers


def sieve(numbers: npt.NDArray[np.int64]) -> dict[str, Any]:
    """What statements bind to let pass just these: `sieve`, a text of bits, and its length `sieve_size`."""
    bits = np.full(SIEVE_SIZE, ord("0"), np.uint8)
    bits[numbers % SIEVE_SIZE] = ord("1")
    return {"sieve": bits.tobytes().decode("ascii"), "sieve_size": SIEVE_SIZE}
