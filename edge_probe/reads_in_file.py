"""Writes what was found out about a device's reads into the configuration, as a person would: comments and order stay.

The lines are edited, not the values, and the result is proven: read again, it must be the old configuration with nothing
but these settings changed. A file whose way of writing this does not know is left as it is, and the lines are told.
"""

from __future__ import annotations

import os
import re
import shutil
import tomllib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from graph.errors import ConfigurationError

HEADER = re.compile(r"\s*\[{1,2}\s*([^\[\]]+?)\s*\]{1,2}\s*(#.*)?$")
FOUND = "# found on the device by `nengshu probe tune`"


def with_reads(text: str, device: str, settings: Mapping[str, object]) -> str:
    """The configuration with these settings in `[devices.reads]` of a device. Raises ConfigurationError where it cannot."""
    newline = "\r\n" if "\r\n" in text else "\n"
    lines = text.splitlines()
    try:
        old = tomllib.loads(text.removeprefix("\ufeff"))
        number = [each["name"].strip() for each in old["devices"]].index(device)
        first, last = _block(lines, number)
        own = next((at for at in range(first, last) if _header(lines[at]) == "devices.reads"), None)
        if own is None:
            at = _end_of_own(lines, first, last)
            lines[at:at] = ["", FOUND, *as_lines(settings)]
        else:
            end = next((at for at in range(own + 1, last) if _header(lines[at])), last)
            lines[own + 1 : end] = _changed(lines[own + 1 : end], settings)
        new = newline.join(lines) + (newline if text.endswith("\n") else "")
        if tomllib.loads(new.removeprefix("\ufeff")) == _expected(old, number, settings):
            return new
    except (KeyError, IndexError, ValueError, AttributeError, TypeError):
        pass
    told = "; ".join(as_lines(settings))
    raise ConfigurationError(
        "configuration",
        [f"devices {device!r} is written in a way that is not edited; write in by hand: {told}"],
    )


def as_lines(settings: Mapping[str, object]) -> list[str]:
    """The whole table."""
    return ["[devices.reads]", *(line for key, value in settings.items() for line in _lines(key, value))]


def replace_text(file: Path, text: str) -> None:
    """Put a text into a file's place at once, with its rights; a power cut leaves the old or the new.

    Raises ConfigurationError where it cannot be written.
    """
    target = file.resolve()
    beside = target.with_name(f"{target.name}.new")
    try:
        with beside.open("w", encoding="utf-8", newline="") as opened:
            shutil.copymode(target, beside)
            opened.write(text)
            opened.flush()
            os.fsync(opened.fileno())
        beside.replace(target)
    except OSError as fault:
        beside.unlink(missing_ok=True)
        raise ConfigurationError(str(file), [f"cannot be written: {fault.strerror}"]) from fault


def _expected(old: dict[str, Any], number: int, settings: Mapping[str, object]) -> dict[str, Any]:
    devices = list(old["devices"])
    devices[number] = {**devices[number], "reads": {**devices[number].get("reads", {}), **settings}}
    return {**old, "devices": devices}


def _header(line: str) -> str:
    found = HEADER.match(line)
    return re.sub(r"\s*\.\s*", ".", found[1]) if found else ""


def _block(lines: Sequence[str], number: int) -> tuple[int, int]:
    """From the header of the n-th device to the header of what is no part of it."""
    starts = [
        at for at, line in enumerate(lines) if _header(line) == "devices" and line.lstrip().startswith("[[")
    ]
    first = starts[number]
    ends = (at for at in range(first + 1, len(lines)) if _header(lines[at]))
    return first, next((at for at in ends if not _header(lines[at]).startswith("devices.")), len(lines))


def _end_of_own(lines: Sequence[str], first: int, last: int) -> int:
    """After the device's own last setting, before its first sub-table and what is said above that."""
    end = next((at for at in range(first + 1, last) if _header(lines[at])), last)
    while not lines[end - 1].strip() or lines[end - 1].lstrip().startswith("#"):
        end -= 1
    return end


def _changed(lines: Sequence[str], settings: Mapping[str, object]) -> list[str]:
    """A table's lines with its values changed and what is new at its end; what is said beside a value stays."""
    found, left, at = [], dict(settings), 0
    while at < len(lines):
        key = re.split(r"[\s=]", lines[at].strip(), maxsplit=1)[0]
        end = _end_of_value(lines, at)
        if key in left:
            found += _lines(key, left.pop(key), _comment(lines[at]))
        else:
            found += lines[at:end]
        at = end
    end = next((n for n in range(len(found), 0, -1) if found[n - 1].strip(" \t")[:1] not in ("", "#")), 0)
    found[end:end] = [line for key, value in left.items() for line in _lines(key, value)]
    return found


def _end_of_value(lines: Sequence[str], at: int) -> int:
    """The line after a value, which may be a list of several lines."""
    for end in range(at + 1, len(lines) + 1):
        whole = " ".join(line.split("#")[0] for line in lines[at:end])
        if whole.count("[") == whole.count("]"):
            return end
    return len(lines)


def _comment(line: str) -> str:
    said = re.search(r"\s*#.*$", line)
    return said[0] if said else ""


def _lines(key: str, value: object, comment: str = "") -> list[str]:
    if isinstance(value, list):
        if not value:
            return [f"{key} = []{comment}"]
        return [f"{key} = [{comment}", *(f"  {_inline(each)}," for each in value), "]"]
    return [f'{key} = "{value}"{comment}' if isinstance(value, str) else f"{key} = {value}{comment}"]


def _inline(table: Mapping[str, int]) -> str:
    shown = (
        f"{key} = {value:#06x}" if key == "address" else f"{key} = {value}" for key, value in table.items()
    )
    return "{ " + ", ".join(shown) + " }"
