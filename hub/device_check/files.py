"""A device's export becomes the conversation it was: JSON, a line each, or CSV; messages or bare data rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path

import msgspec

from graph.errors import MalformedBody, TooLarge
from hub.device_check.heard import (
    BYTE_ORDER_MARK,
    UNREADABLE,
    Heard,
    Step,
    fields_of,
    heard,
    in_unicode,
    unreadable,
)

FILE_BYTES_MAX = 256 * 1024 * 1024  # a month of a thousand points is some 500 MB: send it day by day
ROWS_AN_UPLOAD = 20_000  # bare rows of a file that are judged at once, some 30 MB while they are
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])
_RAW = msgspec.json.Decoder(msgspec.Raw)
_ENVELOPE = ("body", "message", "request")  # where loggers of devices put what was sent
_PATH = ("path", "url", "address")
_SEPARATORS = ",;\t"  # of spreadsheets; the first where a line has none
_COLUMNS = "dataCode,dataValue,inputType,statType,statDate,scope,valid"
_ALONE = {"convertRation", "enterpriseCode"}  # a record of the AK dialect says whose it is, a row does not


def conversation_in(file: Path) -> tuple[Heard, ...]:
    """The messages of a file in their order, those that cannot be read too.

    Raises MalformedBody, naming the place, where none can; TooLarge.
    """
    size = file.stat().st_size
    if size > FILE_BYTES_MAX:
        why = f"{size} 字节，至多 {FILE_BYTES_MAX} · {size} bytes, at most {FILE_BYTES_MAX} are read: send it day by day"
        raise TooLarge(why, file.name)
    if file.suffix.lower() == ".csv":
        rows = _csv_rows(_whole(file).decode(), file.name)
        uploads = enumerate(iter(lambda: list(islice(rows, ROWS_AN_UPLOAD)), []), 1)
        return tuple(heard(number, json.dumps({"data": some}).encode()) for number, some in uploads)
    return tuple(_messages(_lines(file) or _pieces(_whole(file), file.name), file.name))


def _whole(file: Path) -> bytes:
    return in_unicode(file.read_bytes()).removeprefix(BYTE_ORDER_MARK)


def _lines(file: Path) -> Iterator[bytes] | None:
    """Each line as it is read, of a file whose first is an object; None of another, which must be looked at whole."""
    with file.open("rb") as opened:
        try:
            fields_of(opened.readline(), file.name)
        except MalformedBody:
            return None
    return _read(file)


def _read(file: Path) -> Iterator[bytes]:
    with file.open("rb") as opened:
        for line in opened:
            if text := in_unicode(line).removeprefix(BYTE_ORDER_MARK).strip():
                yield text


def _pieces(content: bytes, name: str) -> list[bytes]:
    """Each object of a file: of one array, of one object, or a line each."""
    text = content.strip()
    if text.startswith(b"["):
        try:
            return [bytes(piece) for piece in _ITEMS.decode(text)]
        except UNREADABLE as fault:
            raise MalformedBody(f"不是 JSON 数组 · no array of JSON: {fault}", name) from fault
    try:
        return [bytes(_RAW.decode(text))]
    except UNREADABLE:
        return [line for line in text.splitlines() if line.strip()]


def _messages(pieces: Iterable[bytes], name: str) -> Iterator[Heard]:
    """Rows that follow each other make one upload, up to so many; everything else is a message of its own."""
    number, rows, faults = 0, list[bytes](), list[MalformedBody]()
    for place, piece in enumerate(pieces, 1):
        try:
            said = fields_of(piece, f"object {place}")
        except MalformedBody as fault:
            faults.append(fault)
            continue
        if "dataCode" in said and not _ALONE & said.keys():
            rows.append(piece)
            if len(rows) < ROWS_AN_UPLOAD:
                continue
            number += 1
            yield _upload(number, rows)
            rows = []
            continue
        if rows:
            number += 1
            yield _upload(number, rows)
            rows = []
        number += 1
        yield _message(number, piece, said)
    if rows:
        number += 1
        yield _upload(number, rows)
    if faults and not number:
        raise MalformedBody(f"没有一行是 JSON 对象 · no line is an object of JSON: {faults[0]}", name)
    yield from (unreadable(number + place, fault) for place, fault in enumerate(faults, 1))


def _upload(number: int, rows: list[bytes]) -> Heard:
    return Heard(number, Step.DATA, {"data": msgspec.Raw(b"[" + b",".join(rows) + b"]")})


def _message(number: int, piece: bytes, said: dict[str, msgspec.Raw]) -> Heard:
    """What an envelope holds, or the object itself."""
    inner = next((said[name] for name in _ENVELOPE if name in said), None)
    path = next((said[name] for name in _PATH if name in said), None)
    if inner is None:
        return heard(number, piece)
    body = bytes(inner)
    if body.startswith(b'"'):
        body = str(msgspec.json.decode(body)).encode()  # some loggers keep it as text
    try:
        return heard(number, body, "" if path is None else str(msgspec.json.decode(path)))
    except MalformedBody as fault:
        return unreadable(number, fault)


def _csv_rows(text: str, name: str) -> Iterator[dict[str, str]]:
    """Raises MalformedBody for what no spreadsheet writes, or one whose columns are not the protocol's."""
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    try:
        rows = csv.DictReader(io.StringIO(text), delimiter=separator)
        if text.strip() and "dataCode" not in (each.strip() for each in rows.fieldnames or ()):
            why = f"首行没有 dataCode 列 · the first line names no column dataCode, expected {_COLUMNS}; came {first!r:.80}"
            raise MalformedBody(why, name)
        for row in rows:
            yield {
                name.strip(): value.strip() for name, value in row.items() if name and isinstance(value, str)
            }
    except csv.Error as fault:
        raise MalformedBody(f"不是 CSV · no CSV: {fault}", name) from fault
