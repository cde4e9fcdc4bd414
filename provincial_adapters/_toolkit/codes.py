"""Data codes of a column, each distinct one looked at once."""

from __future__ import annotations

from functools import lru_cache

import pyarrow as pa

from graph.errors import MalformedCode
from graph.model.data_code import DataCode
from provincial_adapters._toolkit.columns import once_each

TEXT_MAX = 64  # characters; what is longer is no code
CODES_KEPT = 40_000  # codes that were read before: a province's, a few megabytes


def readable(text: str) -> DataCode | None:
    """The data code of a text in either written form; None for a malformed one."""
    return _read(text) if len(text) <= TEXT_MAX else None


@lru_cache(CODES_KEPT)
def _read(text: str) -> DataCode | None:
    try:
        return DataCode.parse(text.strip())
    except MalformedCode:
        return None


def as_digits(codes: pa.ChunkedArray | pa.Array) -> pa.Array:
    """Both written forms as sixteen digits; a malformed code stays as it came, for the intake to name."""
    return once_each(codes, lambda distinct: pa.array(map(_digits, distinct.to_pylist()), pa.string()))


def _digits(text: str | None) -> str | None:
    code = None if text is None else readable(text)
    return text if code is None else code.digits
