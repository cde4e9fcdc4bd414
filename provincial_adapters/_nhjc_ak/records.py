"""Records that came one by one become one table: each row with the unit its sender's token is bound to.

A record that cannot be read costs itself and no other: it is a refused row, by its number in the group.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import MalformedBody
from graph.model.credit_code import CreditCode
from graph.model.reading import Arrived
from graph.model.sync_run import Link
from graph.model.verdict import Rejection
from graph.ports import RAW_ROW
from provincial_adapters._nhjc04.labels import Refused
from provincial_adapters._nhjc04.messages import BYTE_ORDER_MARK, UNREADABLE
from provincial_adapters._nhjc04.readings import understood
from provincial_adapters._nhjc04.rows import columns_of
from provincial_adapters._nhjc_ak.keys import Token
from provincial_adapters._nhjc_ak.messages import KEPT_BYTES_MAX, RECORD_BYTES_MAX, Record, record_of
from provincial_adapters._nhjc_ak.quirks import settled
from provincial_adapters._toolkit.devices import RAW_TEXT, RAW_UNIT
from provincial_adapters._toolkit.dialect import Reread
from provincial_adapters._toolkit.rejected import as_table, rejection


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


def sent(token: Token, body: bytes, bytes_max: int = RECORD_BYTES_MAX) -> Sent:
    """A record of this token's device, readable or not. Raises TooLarge."""
    try:
        return Sent(token, body, record_of(body, bytes_max))
    except MalformedBody as fault:
        return Sent(token, body, None, str(fault))


def kept(each: Sent) -> bytes:
    """A record as it waits: without its token, which is a secret, and another one each time the record is sent.

    Of one that cannot be read nothing will ever be booked: what was wrong with it is kept in its place.
    """
    if each.record is None:
        digest = hashlib.sha256(each.raw).hexdigest()
        return msgspec.json.encode({"unreadable": each.why, "bytes": len(each.raw), "sha256": digest})
    try:
        fields = _FIELDS.decode(each.raw.removeprefix(BYTE_ORDER_MARK))
    except UNREADABLE:  # a field that nobody needs has a name nobody can read: the others are kept
        return msgspec.json.encode(msgspec.structs.replace(each.record, token=None))
    return msgspec.json.encode({name: said for name, said in fields.items() if name != "token"})


_FIELDS = msgspec.json.Decoder(dict[str, msgspec.Raw])
_A_TOKEN = re.compile(rb'"token"\s*:\s*"[^"]*"?')


def arrived(group: Sequence[Sent], quirks: Mapping[str, Any]) -> Arrived:
    """The readings of a group; a row's number is its place in it, counted from 1. `quirks` are settled ones."""
    good = [(number, each, each.record) for number, each in enumerate(group, 1) if each.record is not None]
    refused = {
        number: ("malformed-row", each.why) for number, each in enumerate(group, 1) if each.record is None
    }
    rows = columns_of([record for _, _, record in good], (number for number, _, _ in good))
    units = pa.array([each.token.unit.text for _, each, _ in good], pa.string()).dictionary_encode()
    table, wrong = understood(rows, units, quirks)
    return Arrived(table, as_table(_rejections(group, refused | wrong)))


def _rejections(group: Sequence[Sent], refused: Refused) -> Iterator[Rejection]:
    for number, (code, why) in refused.items():
        said = _A_TOKEN.sub(b'"token":""', group[number - 1].raw)  # whoever sees a refusal needs no token
        yield rejection(number, code, why, said.decode("utf-8", "replace"))


def replayed(link: Link, rows: pa.Table) -> Reread:
    """Records that waited for a province's word, as the link now reads them; rows keep their numbers."""
    group = [
        sent(Token(CreditCode(unit), link.key, 0), text.encode(), KEPT_BYTES_MAX)
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
