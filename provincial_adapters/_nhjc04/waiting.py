"""Data rows that wait for a province's word: kept as they came, and read again by the link as it then stands."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from graph.model.credit_code import CreditCode
from graph.model.reading import Arrived
from graph.ports import RAW_ROW
from provincial_adapters._nhjc04.readings import NOTHING, arrived
from provincial_adapters._toolkit.devices import RAW_TEXT, RAW_UNIT, raw_rows
from provincial_adapters._toolkit.dialect import Reread

RAW_UNDECRYPTED = "undecrypted"  # why a row's value could not be decrypted
_RAW_ROWS = msgspec.json.Decoder(list[msgspec.Raw])


def raw_of(unit: CreditCode, data: bytes, undecrypted: Mapping[int, str] = NOTHING) -> pa.Table:
    """The rows of a JSON array as they came, decrypted; beside those that could not be, by their numbers, why."""
    rows = raw_rows(unit, [bytes(row) for row in _RAW_ROWS.decode(data)])
    if not undecrypted:
        return rows
    whys = [undecrypted.get(number) for number in rows[RAW_ROW].to_pylist()]
    return rows.append_column(RAW_UNDECRYPTED, pa.array(whys, pa.string()))


def reread(raw: pa.Table, quirks: Mapping[str, Any]) -> Reread:
    """Rows as they came, as readings by settled quirks; each keeps the number it had."""
    units = pc.unique(raw[RAW_UNIT]).to_pylist()
    each = [_read(raw.filter(pc.equal(raw[RAW_UNIT], unit)), CreditCode(unit), quirks) for unit in units]
    tables, refused = [found.table for found in each], [found.rejections for found in each]
    told = msgspec.json.encode(dict(quirks), order="sorted")
    read = Arrived(pa.concat_tables(tables), pa.concat_tables(refused))
    return Reread(read, digest=hashlib.sha256(told).hexdigest())


def _read(raw: pa.Table, unit: CreditCode, quirks: Mapping[str, Any]) -> Arrived:
    data = f"[{','.join(raw[RAW_TEXT].to_pylist())}]".encode()
    found, numbers = arrived(data, unit, quirks, _undecrypted(raw)), raw[RAW_ROW].combine_chunks()
    return Arrived(_numbered(found.table, numbers), _numbered(found.rejections, numbers))


def _undecrypted(raw: pa.Table) -> Mapping[int, str]:
    """Why the values of some rows are none, by their place: their device's cipher was not undone when they came."""
    if RAW_UNDECRYPTED not in raw.column_names:
        return NOTHING
    return {place: why for place, why in enumerate(raw[RAW_UNDECRYPTED].to_pylist(), 1) if why is not None}


def _numbered(table: pa.Table, numbers: pa.Array) -> pa.Table:
    """The rows with the number each had as it came, for their place among those that wait."""
    place = table.schema.get_field_index("row")
    own = numbers.take(pc.subtract(table["row"].combine_chunks(), 1))
    return table.set_column(place, table.schema.field("row"), own)
