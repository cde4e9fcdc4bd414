"""Links in TOML files: read, checked whole, and written."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from graph.errors import InvalidInput
from graph.model.region import RegionCode
from graph.model.sync_run import Link
from hub.links import check_links

KEYS = (
    "key", "dialect", "province", "address", "credential", "enabled", "every_seconds", "slot", "deadline_seconds",
    "quirks",
)  # fmt: skip
NEEDED = KEYS[:4]


def row_in(file: Path) -> dict[str, Any]:
    """The one [[link]] of a file, as the registry takes it. Raises InvalidInput, ConfigurationError with every fault."""
    try:
        with file.open("rb") as opened:
            given = tomllib.load(opened)
    except OSError as fault:
        raise InvalidInput(f"cannot be read: {fault.strerror}", str(file)) from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise InvalidInput(f"is not TOML: {fault}", str(file)) from fault
    links = given.get("link")
    if not isinstance(links, list) or len(links) != 1 or not isinstance(links[0], Mapping):
        raise InvalidInput("expected one table [[link]]", str(file))
    row = dict(links[0])
    if missing := [name for name in NEEDED if not isinstance(row.get(name), str)]:
        raise InvalidInput(f"link lacks {', '.join(missing)}", str(file))
    check_links([row])
    return row


def link_in(file: Path) -> Link:
    """The one link of a file. Raises as `row_in` does."""
    row = row_in(file)
    shown = {name: row[name] for name in ("credential", "quirks") if name in row}
    return Link(row["key"], row["dialect"], RegionCode(row["province"]), row["address"], **shown)


def toml_of(row: Mapping[str, Any]) -> str:
    """A link as the file that says it."""
    plain = {name: row[name] for name in KEYS if name != "quirks" and row.get(name) is not None}
    lines = ["[[link]]", *(f"{name} = {_value(value)}" for name, value in plain.items())]
    tables = []
    for name, value in dict(row.get("quirks") or {}).items():
        if isinstance(value, Mapping):
            tables += [
                "",
                f"[link.quirks.{_name(name)}]",
                *(f"{_name(k)} = {_value(v)}" for k, v in value.items()),
            ]
        else:
            lines += ["", "[link.quirks]"] if "[link.quirks]" not in lines else []
            lines.append(f"{_name(name)} = {_value(value)}")
    return "\n".join([*lines, *tables]) + "\n"


def _name(text: str) -> str:
    return (
        text
        if text.isascii() and text.replace("-", "_").isidentifier()
        else json.dumps(text, ensure_ascii=False)
    )


def _value(value: Any) -> str:
    """A value as TOML writes it; tables within stand on their line."""
    if isinstance(value, Mapping):
        return "{ " + ", ".join(f"{_name(name)} = {_value(each)}" for name, each in value.items()) + " }"
    if isinstance(value, list):
        return "[" + ", ".join(map(_value, value)) + "]"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return json.dumps(str(value), ensure_ascii=False).replace("\x7f", "\\u007f")
