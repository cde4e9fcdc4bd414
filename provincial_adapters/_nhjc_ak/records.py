"""Records that came one by one become one table: each row with the unit its sender's token is bound to.

A record that cannot be read costs itself and no other: it is a refused row, by its number in the group.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import MalformedBody, MalformedCode
from graph.model.credit_code import CreditCode
from graph.model.data_code import DataCode
from graph.model.period import Granularity
from graph.model.reading import Arrived
from graph.model.sync_run import Link
from graph.ports import RAW_ROW
from provincial_adapters._nhjc04.words import as_word, granularities, origins, polarity, scopes
from provincial_adapters._nhjc_ak.keys import Token
from provincial_adapters._nhjc_ak.messages import Record, record_of
from provincial_adapters._nhjc_ak.quirks import settled
from provincial_adapters._toolkit.codes import as_digits
from provincial_adapters._toolkit.columns import LabelRule, instants
from provincial_adapters._toolkit.devices import RAW_TEXT, RAW_UNIT
from provincial_adapters._toolkit.dialect import Reread
from provincial_adapters._toolkit.rejected import as_table, rejection

PAIRS_KEPT = 40_000  # of code and scope that were compared before
_ORIGINS, _SCOPES = origins(), {**scopes(), None: None, "": None}


@dataclass(frozen=True, slots=True)
class Sent:
    """A record as it came, with the token that says whose it is; `why` where it could not be read."""

    token: Token
    raw: bytes
    record: Record | None
    why: str = ""

    @property
    def key(self) -> tuple[str, str]:
        """Whose device it is, by unit and link."""
        return self.token.unit.text, self.token.link


def sent(token: Token, body: bytes) -> Sent:
    """A record of this token's device, readable or not. Raises TooLarge."""
    try:
        return Sent(token, body, record_of(body))
    except MalformedBody as fault:
        return Sent(token, body, None, str(fault))


def arrived(group: Sequence[Sent], quirks: Mapping[str, Any]) -> Arrived:
    """The readings of a group; a row's number is its place in it, counted from 1. `quirks` are settled ones."""
    words = _Words.of(quirks)
    good: list[tuple[int, CreditCode, Record]] = []
    refused = []
    for number, each in enumerate(group, 1):
        record = each.record
        fault = ("malformed-row", each.why) if record is None else words.fault(record)
        if record is None or fault is not None:
            refused.append(
                rejection(number, *(fault or ("malformed-row", "")), each.raw.decode("utf-8", "replace"))
            )
        else:
            good.append((number, each.token.unit, record))
    return Arrived(_columns(good, words), as_table(refused))


@dataclass(frozen=True)
class _Words:
    """The dialect's words as this link means them."""

    grains: Mapping[Any, str]
    flags: Mapping[Any, bool | None] | None

    @classmethod
    def of(cls, quirks: Mapping[str, Any]) -> _Words:
        said = polarity(quirks["valid_means"])
        return cls(granularities(quirks["realtime_minutes"]), None if said is None else {**said, None: None})

    def fault(self, record: Record) -> tuple[str, str] | None:
        """Code and reason of the first word nobody knows."""
        if record.stat_type not in self.grains:
            return _unknown("statType", record.stat_type, self.grains)
        if record.input_type not in _ORIGINS:
            return _unknown("inputType", record.input_type, _ORIGINS)
        if type(record.data_value) not in (str, int):
            return "malformed-row", f"dataValue: expected text or a number, came {record.data_value!r:.40}"
        if self.flags is not None and _word(record.valid) not in self.flags:
            return _unknown("valid", record.valid, self.flags)
        if record.scope not in _SCOPES:
            return _unknown("scope", record.scope, _SCOPES)
        why = _scope_fault(record.data_code, record.scope)
        return None if why is None else ("scope-mismatch", why)


def _word(value: Any) -> str | None:
    return None if value is None else as_word(value)


def _unknown(field: str, word: Any, table: Mapping[Any, Any]) -> tuple[str, str]:
    expected = ", ".join(dict.fromkeys(str(known) for known in table if known not in (None, "")))
    return "unknown-word", f"{field}: came {word!r:.64}, expected one of {expected}"


@lru_cache(PAIRS_KEPT)
def _scope_fault(text: str, word: Any) -> str | None:
    """Why code and scope do not agree; a malformed code is left to the intake."""
    scope = _SCOPES[word]
    if scope is None:
        return None
    try:
        code = DataCode.parse(text)
    except MalformedCode:
        return None
    try:
        code.check_scope(scope)
    except MalformedCode as fault:
        return str(fault)
    return None


def _columns(rows: Sequence[tuple[int, CreditCode, Record]], words: _Words) -> pa.Table:
    records = [record for _, _, record in rows]
    labels = pa.array([record.stat_date for record in records], pa.string())
    versions = [record.upload_date if isinstance(record.upload_date, str) else None for record in records]
    return pa.table(
        {
            "row": pa.array([number for number, _, _ in rows], pa.int32()),
            "unit": pa.array([unit.text for _, unit, _ in rows], pa.string()),
            "data_code": as_digits(pa.array([record.data_code for record in records], pa.string())),
            "granularity": pa.array([words.grains[record.stat_type] for record in records], pa.string()),
            # A label at the start of its period is its instant, whatever the period's length.
            "start": LabelRule(Granularity.QUARTER_HOUR).starts(labels),
            "value": pc.utf8_trim_whitespace(
                pa.array([str(record.data_value) for record in records], pa.string())
            ),
            "version": instants(pa.array(versions, pa.string())),
            "origin": pa.array([_ORIGINS[record.input_type] for record in records], pa.string()),
            "valid": _flags(records, words),
            "label": labels,
        }
    )


def _flags(records: Sequence[Record], words: _Words) -> pa.Array:
    """The source's own flag; null where it said nothing, or where its link does not say what it means."""
    flags = words.flags
    if flags is None:
        return pa.nulls(len(records), pa.bool_())
    return pa.array([flags[_word(record.valid)] for record in records], pa.bool_())


def replayed(link: Link, rows: pa.Table) -> Reread:
    """Records that waited for a province's word, as the link now reads them; rows keep their numbers."""
    group = [
        sent(Token(CreditCode(unit), link.key, 0), text.encode())
        for unit, text in zip(rows[RAW_UNIT].to_pylist(), rows[RAW_TEXT].to_pylist(), strict=True)
    ]
    quirks = settled(link)
    found = arrived(group, quirks)
    numbers = rows[RAW_ROW]
    digest = hashlib.sha256(repr(sorted(quirks.items())).encode()).hexdigest()
    return Reread(
        Arrived(_renumbered(found.table, numbers), _renumbered(found.rejections, numbers)), (), digest
    )


def _renumbered(table: pa.Table, numbers: pa.ChunkedArray) -> pa.Table:
    """Rows counted from 1, under the numbers they have."""
    own = pc.take(numbers, pc.subtract(table["row"], 1))
    return table.set_column(0, table.schema.field("row"), own)
