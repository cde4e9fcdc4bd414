"""`nengshu device check`: the bench for who makes a device, or has to put one up."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.progress import Progress

from graph.errors import ConfigurationError, NengshuError
from hub.device_check.bench import Report, report_of
from hub.device_check.files import conversation_in
from hub.device_check.heard import Heard
from hub.device_check.judging import Quirks, evidence_of
from hub.device_check.session import Session
from hub.device_check.telling import Tongue, as_json, told
from hub.wiring import SystemClock

EXAMPLE = "http://127.0.0.1:8500"
UNCHECKED = 3  # the exit code; 1 says that a device does not conform, 2 that the command was not understood


def check(
    source: Annotated[
        str, typer.Argument(help="File a device exported, or an address to open a sandbox at.")
    ],
    lang: Annotated[
        Tongue, typer.Option(help="Language of the report: Chinese, English or both.")
    ] = Tongue.BOTH,
    as_lines: Annotated[bool, typer.Option("--json", help="Print the report as JSON, for machines.")] = False,
    valid_means: Annotated[
        str | None, typer.Option(help="What `valid` holds for a valid value: 0, 1, true or false.")
    ] = None,
    realtime_minutes: Annotated[int, typer.Option(help="Length of a realtime period: 15 or 60.")] = 15,
    minutes: Annotated[
        float | None, typer.Option(help="How long a sandbox stays open; else until Ctrl-C.", min=0.01)
    ] = None,
) -> None:
    """Check what an access device sends, and say line by line what is wrong, in Chinese and English.

    A file holds messages or bare data rows of NHJC-04 or the AK dialect, as JSON, a line each, or CSV. An address opens a
    sandbox there: a hub of its own that any device may upload to, which loses an answer and changes the dictionary on
    purpose, and is gone at the end. Nothing is written to any store. Exit 0 where the device conforms, 1 where it
    does not, 3 where nothing could be checked: no such file, one that cannot be read or is too large, no such address.

    Example: nengshu device check export.json --valid-means 0

    Example: nengshu device check http://127.0.0.1:8500 --minutes 30
    """
    quirks = Quirks(valid_means, realtime_minutes)
    try:
        if source.startswith(("http://", "https://")):
            report = _of_sandbox(source, quirks, None if minutes is None else minutes * 60)
        else:
            report = _of_file(Path(source), quirks)
    except NengshuError as fault:
        raise _unchecked(fault.code, str(fault)) from fault
    except OSError as fault:
        raise _unchecked("", f"本机拒绝 · this machine refused: {fault}") from fault
    show(report, lang, as_lines=as_lines)


def _unchecked(code: str, why: str) -> typer.Exit:
    """Say why nothing was checked; in both languages, whichever the report would have been in."""
    typer.echo(f"{code} 无法检查 · cannot be checked: {why}".strip(), err=True)
    return typer.Exit(UNCHECKED)


def _of_sandbox(address: str, quirks: Quirks, seconds: float | None) -> Report:
    """What a device that called at this address made of the conversation; what goes on is told beside the report."""
    parts = urlsplit(address)
    if parts.scheme != "http" or not parts.hostname or parts.path.strip("/") or parts.query:
        raise ConfigurationError(
            "device check",
            [f"应为本机地址 · came {address!r:.80}, expected an address of this machine such as {EXAMPLE}"],
        )
    session = Session(parts.hostname, parts.port or 0, seconds, quirks, _opened, _heard)
    return report_of(evidence_of(session.run(), quirks, SystemClock(), is_live=True))


def _opened(base: str) -> None:
    typer.echo(
        f"{base}/ 已就绪，请让设备在此注册 · is open: let the device register here (Ctrl-C: 结束 · end)",
        err=True,
    )


def _heard(message: Heard) -> None:
    typer.echo(f"{message.number}. {message.path or message.step} → {message.fate}", err=True)


def _of_file(file: Path, quirks: Quirks) -> Report:
    if not file.is_file():
        raise ConfigurationError(
            "device check",
            [f"没有此文件 · no file {file}, expected one, or an address such as {EXAMPLE}"],
        )
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        reading = bar.add_task("读取 reading", total=None)
        heard = conversation_in(file)
        bar.update(reading, description="检查 judging", total=len(heard))
        evidence = evidence_of(heard, quirks, SystemClock(), judged=partial(bar.advance, reading))
        bar.update(reading, description="查找问题 looking for what is wrong", total=None)
        return report_of(evidence)


def show(report: Report, lang: Tongue, *, as_lines: bool) -> None:
    """Print a report, and end with its verdict."""
    if as_lines:
        typer.echo(json.dumps(as_json(report), ensure_ascii=False, indent=1))
    else:
        for line in told(report, lang):
            typer.echo(line)
    if not report.conforms:
        raise typer.Exit(1)
