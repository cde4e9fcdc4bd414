"""Two lanes of digest over readings, as whole columns: what graph/model/digest.py says of one (docs/digests.md)."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from graph.model.digest import SEEDS

Words: TypeAlias = npt.NDArray[np.uint64]


def lanes(codes: Words, start_us: Words, granularity: Words, value: Words) -> tuple[Words, Words]:
    """Both lanes of each reading. `codes` are data codes as numbers, `value` scaled to ten-thousandths."""
    moment = start_us * np.uint64(8) + granularity
    first, second = (mix(mix(mix(codes + np.uint64(seed)) + moment) + value) for seed in SEEDS)
    return first, second


def mix(z: Words) -> Words:
    """The finaliser of splitmix64."""
    z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return z ^ (z >> np.uint64(31))


def scaled(values: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    """DECIMAL(18, 4) values as ten-thousandths: the low halves of their 128 bits, which hold all of them."""
    column = pa.concat_arrays(values.chunks) if values.num_chunks else pa.array([], values.type)
    halves = np.frombuffer(column.buffers()[1] or b"", np.int64)
    low: npt.NDArray[np.int64] = halves[2 * column.offset : 2 * (column.offset + len(column)) : 2]
    return low


def decimals(numbers: npt.NDArray[np.int64], kind: pa.DataType) -> pa.Array:
    """What `scaled` made, back: ten-thousandths as decimals, the sign carried into the upper halves."""
    halves = np.empty((len(numbers), 2), np.int64)
    halves[:, 0], halves[:, 1] = numbers, numbers >> 63
    return pa.Array.from_buffers(kind, len(numbers), [None, pa.py_buffer(halves)])


def integers(column: pa.ChunkedArray, kind: Any = np.int64) -> npt.NDArray[Any]:
    """A column of integers, days or moments without nulls as numbers of numpy."""
    found = column.to_numpy()
    if found.dtype.kind == "M":
        found = found.view(np.int64)
    numbers: npt.NDArray[Any] = found.astype(kind, copy=False)
    return numbers
