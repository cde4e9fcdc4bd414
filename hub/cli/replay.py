"""`nengshu replay`: rows that wait in quarantine, booked by the mapping as it now stands."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing
from typing import Annotated

import typer
from rich.console import Console
from rich.text import Text

from graph.model.quarantine import Quarantined
from graph.model.sync_run import Link
from hub.cli._cells import cell, folded, moment_of
from hub.cli._options import DataDir, command_app
from hub.cli.importing import show as show_receipts
from hub.looking import looking_intake
from hub.replaying import REFUSED_NAMED_MAX, Replay, book, chosen_files, judge, settle_drift
from hub.settings import load_settings
from hub.stores.quarantine.quarantine import Quarantine
from hub.wiring import SystemClock, open_hub, open_quarantine, open_to_look

app = command_app()
WHO = "command line"
WAITING = 3  # the exit code where rows wait on


@app.command()
def replay(
    link: Annotated[str, typer.Argument(help="Link whose rows wait.")],
    file: Annotated[
        int | None, typer.Option(help="Number of the rows to replay; none: all that wait.")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Judge and write nothing; a hub may be running.")
    ] = False,
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Book nothing: what waits will never be booked.")
    ] = False,
    data: DataDir = None,
) -> None:
    """Book rows that wait in quarantine by the link's mapping as it now stands; no hub may be running on them.

    What is refused again waits on (exit 3). Rows that were booked before are duplicates, and the same replay twice changes
    nothing. Values whose source gives no version count as of when they came last, so that they replace nothing newer.

    Example: nengshu replay files-xin --dry-run
    """
    if dry_run and give_up:
        raise typer.BadParameter("--dry-run and --give-up cannot both be: one writes nothing, the other does")
    settings = load_settings(data_dir=data)
    if dry_run:
        clock = SystemClock()
        with closing(open_to_look(settings, clock)) as registry:
            found = registry.link(link)
            quarantine = open_quarantine(settings, registry, clock)
            files = chosen_files(quarantine, found, file)
            intake = looking_intake(registry, clock)
            _show(files, [judge(intake, quarantine, found, each) for each in files])
        return
    with open_hub(settings) as hub:
        found = hub.registry.link(link)
        files = chosen_files(hub.quarantine, found, file, to_give_up=give_up)
        if give_up:
            _give_up(hub.quarantine, found, files)
            return
        replays = [book(hub.intake, hub.quarantine, found, each, WHO) for each in files]
        settle_drift(hub.quarantine, found, replays, WHO)
    _show(files, replays)
    if any(each.waiting for each in replays):
        raise typer.Exit(WAITING)


def _give_up(quarantine: Quarantine, link: Link, files: Sequence[Quarantined]) -> None:
    for each in files:
        quarantine.rows.give_up(each.id, WHO)
    typer.echo(f"{sum(each.waiting for each in files)} rows of {link.key} are given up")


def _show(files: Sequence[Quarantined], replays: Sequence[Replay]) -> None:
    """What waited, what became of it, and the first rows that wait on, as their source numbered them."""
    out = Console()
    if not files:
        out.print("nothing waits")
        return
    table = folded("file", "came last", "with batch", "rows", "readings that fit", "rows that wait on")
    for each in replays:
        kept = each.file
        shown = (
            kept.id,
            moment_of(kept.received_at),
            kept.batch,
            kept.rows,
            each.fits,
            each.waiting,
        )
        table.add_row(*map(cell, shown))
    out.print(table)
    if receipts := [each.receipt for each in replays if each.receipt is not None]:
        show_receipts(receipts)
    else:
        out.print("judged only: nothing was written")
        for refused in [row for each in replays for row in each.refused][:REFUSED_NAMED_MAX]:
            out.print(Text.assemble(f"row {refused.row}: ", (refused.code, "red"), " ", cell(refused.why)))
    for drift in dict.fromkeys(drift for each in replays for drift in each.drift if drift.keeps_rows_out):
        out.print(Text.assemble("column ", cell(drift.column, "red"), f" is {drift.kind} still"))
