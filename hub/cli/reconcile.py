"""`nengshu reconcile`: a link's two ends compared, shown where they differ, and mended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from operator import attrgetter
from typing import Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text
from rich.tree import Tree

from graph.model.period import Period, beijing_day
from graph.model.reconciliation import Method
from graph.model.sync_run import Link
from hub.cli._cells import cell
from hub.cli._options import DataDir, command_app, days_given
from hub.link_tokens import means_of
from hub.reconciling import Reconciled, Wish, reconcile, reconcile_and_keep
from hub.settings import load_settings
from hub.wiring import Hub, open_hub
from national_sync.windows import Sampling, most_that_differ
from provincial_adapters import open_client

app = command_app()
DIFFERS = 3  # the exit code where something differs still
DAYS = 400  # that are compared unless asked otherwise: a year, and what came late of it
_KINDS = {"taken_back": "on a wrong day or taken back there, taken back 错日或对端已撤回"}
_PULLED = {
    "missing": "missing here, booked 本端缺失已补",
    "changed": "changed here, booked as the source says 本端有误已改",
    "newer_here": "corrected here since, kept 本端较新保留",
    "gone_there": "gone at the source, kept 对端缺失",
    "given_back": "gone at the source, given back to it 对端缺失已回补",
}
_PUSHED = {  # a hub above takes what this one says
    "missing": "missing above, handed over again 上级缺失已补报",
    "changed": "changed above, handed over as this hub says 上级有误已更正",
    "newer_here": "corrected above since, kept 上级较新保留",
    "taken_back": "taken back here or on a wrong day above, taken back there 本端已撤回或上级错日",
    "gone_there": "gone here, kept above 本端缺失",
    "given_back": "gone here, booked again from above 本端缺失已回补",
}
UNITS_SHOWN, DAYS_SHOWN = 20, 10  # of a tree: the first ones say enough


@app.command(name="reconcile")
def reconcile_link(
    link: Annotated[str, typer.Argument(help="Link whose source is compared with this hub.")],
    since: Annotated[
        str | None,
        typer.Option(
            "--from", help=f"First Beijing day; unless given, {DAYS} days before the last.", metavar="DAY"
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Last Beijing day; unless given, today.", metavar="DAY")
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Compare and show; fetch and write nothing.")
    ] = False,
    quick: Annotated[
        bool,
        typer.Option("--quick", help="Trust this hub's own figures; do not count its readings anew first."),
    ] = False,
    share: Annotated[
        float | None,
        typer.Option(help="Of the days of a source that tells no digests, how many are read again, up to 1."),
    ] = None,
    seed: Annotated[
        int | None, typer.Option(help="What chooses those days; the same seed chooses the same ones.")
    ] = None,
    data: DataDir = None,
) -> None:
    """Compare what this hub holds of a link's province with what its source holds, and mend what differs.

    First this hub counts its own readings anew, so that its figures follow from what is there (--quick leaves it out).
    Both ends tell digests, from the province down to a unit's day; what agrees moves no reading. Where they differ the
    readings of those days alone are fetched: what is missing or was changed here is booked as the source says it, what was
    corrected here since stays, and what the source no longer has is told and kept. Exit 3 where something differs still.
    A source that tells no digests is read again: all files that lie there, taken or not, else a --share of the days, chosen
    by chance from a --seed. What is told is then true with that share; a difference outside it stays open.
    While a hub serves this folder the command is refused: one process owns the readings.

    Example: nengshu reconcile hub-geng --from 2026-10-01 --to 2026-10-31
    """
    with open_hub(load_settings(data_dir=data)) as hub:
        period = days_given(since, until, beijing_day(hub.clock.now()), DAYS)
        sampling = Sampling(hub.settings.reconcile_share if share is None else share, seed)
        wish = Wish(None if quick else period, mend=not dry_run, sampling=sampling)
        done = asyncio.run(_reconciled(hub, hub.registry.link(link), period, wish))
    out = Console()
    out.print(tree_of(done))
    out.print(_summary(done, dry_run=dry_run))
    if not done.agrees:
        raise typer.Exit(DIFFERS)


async def _reconciled(hub: Hub, link: Link, period: Period, wish: Wish) -> Reconciled:
    columns = SpinnerColumn(), TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn()
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task(f"comparing {link.key}", total=None)

        def tell(what: str, done: int, of: int) -> None:
            progress.update(bar, description=f"{what} {link.key}", completed=done, total=of)

        async with open_client() as client:
            means = means_of(client)
            call = reconcile_and_keep if wish.mend else reconcile
            return await call(hub, link, period, means, wish, tell)


def tree_of(done: Reconciled) -> Tree:
    """Where the two ends differed: units and their days, with what each end held."""
    found = done.found
    root = Tree(cell(f"{done.link.key} · {done.link.region.province}"))
    if found.agrees:
        is_all = done.method is Method.DIGESTS
        root.add(
            Text(
                "both ends agree 两端一致" if is_all else "nothing differs in what was read 所读一致", "green"
            )
        )
        return root
    days: dict[str, list[dict[str, object]]] = {}
    for row in found.days.to_pylist():
        days.setdefault(row["unit"], []).append(row)
    for unit, rows in list(days.items())[:UNITS_SHOWN]:
        branch = root.add(cell(f"{unit} · {_many(len(rows), 'day')}"))
        for row in rows[:DAYS_SHOWN]:
            branch.add(_leaf(row))
        if len(rows) > DAYS_SHOWN:
            branch.add(f"… and {len(rows) - DAYS_SHOWN} more")
    if len(days) > UNITS_SHOWN:
        root.add(f"… and {len(days) - UNITS_SHOWN} more units")
    return root


def _leaf(row: dict[str, object]) -> Text:
    here, there = (
        f"{row[f'{end}_readings']:,} readings, Σ {row[f'{end}_total']:,f}" for end in ("here", "there")
    )
    return cell(f"{row['day']} {row['granularity']}: here {here}; there {there}")


def _many(count: int, noun: str) -> str:
    return f"{count:,} {noun}" if count == 1 else f"{count:,} {noun}s"


def _how(done: Reconciled) -> Iterator[str]:
    """How much of a source that tells no digests was read again, and what that says."""
    if (files := done.files) is not None:
        yield f"{_many(files.listed, 'file')} read again 重读文件"
        if files.unknown:
            yield f"{_many(files.unknown, 'file')} the ledger does not know, new or changed 账本未见"
        if files.gone:
            yield f"{_many(files.gone, 'file')} of the ledger no longer there 文件已不在"
    elif done.method is Method.WINDOW:
        sample = done.sample
        seed = "" if sample.seed is None else f", seed {sample.seed}"
        yield f"{sample.read:,} of {_many(sample.days, 'day')} read again ({sample.share:.1%}){seed} 抽查比例"
        if done.found.agrees and sample.seed is not None:
            most = most_that_differ(sample.days, sample.read)
            yield f"none differs: at 95 % at most {_many(most, 'day')} of all do 抽查一致"


def _summary(done: Reconciled, *, dry_run: bool) -> Text:
    told = {**_KINDS, **(_PUSHED if done.link.dialect == "hub_push" else _PULLED)}
    counts = {what: done.rows(attrgetter(kind)) for kind, what in told.items() if kind != "given_back"}
    counts[told["gone_there"]] -= done.given_back
    counts[told["given_back"]] = done.given_back
    read = f"{done.found.buckets:,} buckets compared, {done.rows_read:,} readings and {done.bytes_read:,} bytes read"
    lines = [read, *_how(done), *(f"{rows:,} {what}" for what, rows in counts.items() if rows)]
    if done.recounted:
        mended = (
            "differ from their readings" if dry_run else "did not follow from their readings, counted anew"
        )
        lines.append(f"{_many(done.recounted, 'unit-day')} here {mended} 本端重算")
    if not done.agrees:
        left = done.found if dry_run or done.left is None else done.left
        lines.append(f"{_many(left.days.num_rows, 'unit-day')} differ still 仍不一致")
    elif not done.found.agrees:
        is_all = done.method is Method.DIGESTS
        lines.append("both ends agree now 两端已一致" if is_all else "what was read agrees now 所读已一致")
    return Text("\n".join(lines))
