"""Writes the pages of docs/ that the program itself dictates: commands, settings, rights, checks of devices."""

from __future__ import annotations

import io
import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import redirect_stdout
from importlib import import_module
from pathlib import Path
from typing import Any

from annotated_types import BaseMetadata, Ge, Gt, Le, MaxLen
from pydantic.fields import FieldInfo
from typer.main import get_command

from hub.cli import COMMANDS
from hub.settings import Settings
from scripts.device_check_page import device_check_page
from scripts.rights_page import rights_page

ROOT = Path(__file__).resolve().parents[1]
PLAIN = {"COLUMNS": "100", "LINES": "50", "NO_COLOR": "1", "TERM": "dumb", "TERMINAL_WIDTH": "100"}
_CLI_HEAD = """# The command line

Each command as its own `--help` tells it. Written by `scripts/docs_cli`; change the command, not this page.

"""
_SETTINGS_HEAD = """# Settings

A hub is set up by its environment. Written by `scripts/docs_cli` from `hub/settings.py`; change that file, not
this page. `nengshu serve` takes some of them as options, which win over the environment. Every fault is told at
once, before anything starts.

| variable | type | default | what it is |
|---|---|---|---|
"""
_SETTINGS_TAIL = """
Not settings of a hub, and never in a file:

| variable | what it is |
|---|---|
| `NENGSHU_SECRET_<NAME>` | What a link names as its credential, a JSON of `nengshu client add` or a token as it stands. |
| `NENGSHU_READINGS_KEY` | The key of encrypted readings, 32 letters or more; none: they are plain ([store](store.md)). |
| `NENGSHU_OIDC_CLIENT_SECRET` | This hub's secret at the identity provider ([signing in](signing-in.md)). |
| `NENGSHU_CREDENTIAL` | File of the credential that `nengshu query --hub`, `subscribe` and `client token` ask with. |
| `NENGSHU_TOKEN` | A token that they ask with instead. |
"""
_BOUNDS: Mapping[type[BaseMetadata], str] = {
    Ge: "≥ {.ge}",
    Gt: "> {.gt}",
    Le: "≤ {.le}",
    MaxLen: "≤ {.max_length} letters",
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the pages, or with `--check` say which are not as the program tells them: 1 when there are some."""
    words = sys.argv[1:] if arguments is None else arguments
    stale = [file for file, text in pages().items() if not _holds(ROOT / file, text)]
    for file in stale:
        if "--check" in words:
            sys.stderr.write(f"{file} is not what the program says: run scripts/docs_cli\n")
        else:
            (ROOT / file).write_text(pages()[file], encoding="utf-8")
            sys.stdout.write(f"wrote {file}\n")
    return 1 if stale and "--check" in words else 0


def pages() -> dict[str, str]:
    """Every page with its text."""
    return {
        "docs/cli.md": cli_page(),
        "docs/settings.md": settings_page(),
        "docs/rights.md": rights_page(),
        "docs/device-check.md": device_check_page(),
    }


def cli_page() -> str:
    """The help of every command, each under its own heading."""
    told = [f"## nengshu {name}\n\n```text\n{help_of(words)}\n```\n" for name, words in commands()]
    return _CLI_HEAD + "\n".join(told)


def commands() -> Iterator[tuple[str, tuple[str, ...]]]:
    """Every command and subcommand in the order of the overview: its words as one text, and one by one."""
    for name in COMMANDS:
        yield from _under((name,), _command(name))


def _under(words: tuple[str, ...], command: Any) -> Iterator[tuple[str, tuple[str, ...]]]:
    yield " ".join(words), words
    for name, inner in getattr(command, "commands", {}).items():
        yield from _under((*words, name), inner)


def help_of(words: tuple[str, ...]) -> str:
    """What `nengshu <words> --help` prints, without colour and without blanks at the ends of lines."""
    name, *inner = words
    said = io.StringIO()
    with redirect_stdout(said):
        _command(name).main([*inner, "--help"], prog_name=f"nengshu {name}", standalone_mode=False)
    return "\n".join(line.rstrip() for line in said.getvalue().strip().splitlines())


def settings_page() -> str:
    """A row for each setting."""
    rows = [_row(name, field) for name, field in Settings.model_fields.items()]
    return _SETTINGS_HEAD + "\n".join(rows) + "\n" + _SETTINGS_TAIL


def _row(name: str, field: FieldInfo) -> str:
    kind: Any = field.annotation
    word = getattr(kind, "__name__", None) if isinstance(kind, type) else str(kind).replace(" | None", "")
    bounds = ", ".join(_BOUNDS[type(one)].format(one) for one in field.metadata if type(one) in _BOUNDS)
    default = "none" if field.default is None else f"`{field.default}`"
    what = (field.description or "").replace("|", "\\|")
    return f"| `NENGSHU_{name.upper()}` | {word}{f', {bounds}' if bounds else ''} | {default} | {what} |"


def _command(name: str) -> Any:
    return get_command(import_module(COMMANDS[name][0]).app)


def _holds(file: Path, text: str) -> bool:
    return file.is_file() and file.read_text(encoding="utf-8") == text


if __name__ == "__main__":
    os.environ.update(PLAIN)
    for variable in [name for name in os.environ if name.startswith(("NENGSHU_", "FORCE_COLOR"))]:
        del os.environ[variable]
    sys.exit(main())
