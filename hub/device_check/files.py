"""A device's export becomes the conversation it was: JSON, a line each, or CSV; messages or bare data rows."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path

import msgspec

from graph.errors import MalformedBody, TooLarge
from hub.device_check.heard import BYTE_ORDER_MARK, UNREADABLE, Heard, Step, fields_of, heard

FILE_BYTES_MAX = 256 * 1024 * 1024  # a month of a thousand points is some 500 MB: send it day by day
_ITEMS = msgspec.json.Decoder(list[msgspec.Raw])
_RAW = msgspec.json.Decoder(msgspec.Raw)
_ENVELOPE = ("body", "message", "request")  # where loggers of devices put what was sent
_PATH = ("path", "url", "address")
_ALONE = {"convertRation", "enterpriseCode"}  # a record of the AK dialect says whose it is, a row does not


def conversation_in(file: Path) -> tuple[Heard, ...]:
    """The messages of a file in their order. Raises MalformedBody naming the place, TooLarge."""
    size = file.stat().st_size
    if size > FILE_BYTES_MAX:
        raise TooLarge(f"{file.name}: {size} bytes, at most {FILE_BYTES_MAX} are read", "file")
    content = file.read_bytes().removeprefix(BYTE_ORDER_MARK)
    if file.suffix.lower() == ".csv":
        return (heard(1, json.dumps({"data": list(_csv_rows(content))}).encode()),)
    return tuple(_messages(_pieces(content, file.name)))


def _pieces(content: bytes, name: str) -> list[bytes]:
    """Each object of a file: of one array, of one object, or a line each."""
    text = content.strip()
    if text.startswith(b"["):
        try:
            return [bytes(piece) for piece in _ITEMS.decode(text)]
        except UNREADABLE as fault:
            raise MalformedBody(str(fault), name) from fault
    try:
        return [bytes(_RAW.decode(text))]
    except UNREADABLE:
        return [line for line in text.splitlines() if line.strip()]


def _messages(pieces: Iterable[bytes]) -> Iterator[Heard]:
    """Rows that follow each other make one upload; everything else is a message of its own."""
    number, rows = 0, list[bytes]()
    for place, piece in enumerate(pieces, 1):
        said = fields_of(piece, f"object {place}")
        if "dataCode" in said and not _ALONE & said.keys():
            rows.append(piece)
            continue
        if rows:
            number += 1
            yield _upload(number, rows)
            rows = []
        number += 1
        yield _message(number, piece, said)
    if rows:
        yield _upload(number + 1, rows)


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
    return heard(number, body, "" if path is None else str(msgspec.json.decode(path)))


def _csv_rows(content: bytes) -> Iterator[dict[str, str]]:
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        text = content.decode("gb18030", "replace")  # what spreadsheets in China write
    for row in csv.DictReader(io.StringIO(text)):
        yield {name.strip(): value.strip() for name, value in row.items() if name and isinstance(value, str)}
