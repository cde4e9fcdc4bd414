"""`nengshu completeness`: what became of each value that a unit owed, and what is known of those that are missing."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from graph.errors import SourceRefused
from graph.model.credit_code import CreditCode
from graph.model.period import Period, beijing_day
from hub.cli._cells import cell, folded, moment_of, print_whole
from hub.cli._options import DataDir, command_app, days_given
from hub.cli.query import answered
from hub.wiring import SystemClock

app = command_app()
DAYS = 30  # that are shown unless asked otherwise, the last one yesterday: a day that runs owes nothing yet
FACTS_SHOWN = 50  # what is known is told day by day; the first ones say enough

STATES = {
    "onTime": "按时 on time",
    "late": "迟到 late",
    "estimated": "估算 estimated",
    "missingAtMeter": "缺在表计 at meter",
    "missingAtProbe": "缺在采集端 at probe",
    "missingAtProvince": "缺在省级 at province",
    "missingAtLink": "缺在链路 at link",
    "missingUnexplained": "原因不明 unexplained",
}
HOPS = {"METER": "表计 meter", "PROBE": "采集端 probe", "PROVINCE": "省级 province", "LINK": "链路 link"}
_COUNTS = f"due received {' '.join(STATES)}"
QUESTION = f"""query ($unit: String!, $period: PeriodInput!) {{
  completenessByHop(period: $period, units: [$unit], groupBy: [DATA_CODE]) {{
    rows {{ dataCode {_COUNTS} }} total {{ rate {_COUNTS} }}
  }}
  completenessEvidence(unit: $unit, period: $period) {{
    facts {{ hop dataCode what begins ends source reportedAt }}
  }}
}}"""
Row = Mapping[str, Any]


@app.command()
def completeness(
    unit: Annotated[str, typer.Argument(help="Credit code of the unit.")],
    since: Annotated[
        str | None,
        typer.Option(
            "--from", help=f"First Beijing day; unless given, {DAYS} days with the last.", metavar="DAY"
        ),
    ] = None,
    until: Annotated[
        str | None, typer.Option("--to", help="Last Beijing day; unless given, yesterday.", metavar="DAY")
    ] = None,
    hub: Annotated[
        str | None, typer.Option(help="Ask a running hub; NENGSHU_CREDENTIAL or NENGSHU_TOKEN say who asks.")
    ] = None,
    data: DataDir = None,
) -> None:
    """Show what became of each value that a unit owed: on time, late, estimated, or missing at a hop (分段完整率).

    A value is missing at the meter, the unit's probe, the province's platform or the link, as far as something is known of
    it; what is known stands below. Without --hub the stores of this machine answer.

    Example: nengshu completeness 91970100MA00000018 --from 2026-10-01 --to 2026-10-31
    """
    code = str(CreditCode.parse(unit))
    yesterday = beijing_day(SystemClock().now()) - dt.timedelta(days=1)
    days = days_given(since, until, yesterday, DAYS - 1)
    period = {"from": days.first_day.isoformat(), "to": days.last_day.isoformat()}
    answer = answered(QUESTION, {"unit": code, "period": period}, hub, data)
    if answer.get("errors"):
        raise SourceRefused("; ".join(str(error["message"]) for error in answer["errors"]))
    found = answer["data"]["completenessByHop"]
    Console().print(_heading(code, days, found["total"]))
    print_whole(_table(found["rows"], found["total"]))
    facts = answer["data"]["completenessEvidence"]["facts"]
    if facts:
        print_whole(_evidence(facts[:FACTS_SHOWN]))
    if len(facts) > FACTS_SHOWN:
        Console().print(f"… 另有 {len(facts) - FACTS_SHOWN} 条 and {len(facts) - FACTS_SHOWN} more")


def _heading(unit: str, days: Period, total: Row) -> Text:
    told = (
        "无应传数据 nothing was due" if total["rate"] is None else f"完整率 completeness {total['rate']:.1%}"
    )
    return cell(f"{unit} {days.first_day} – {days.last_day}: {told}", "bold")


def _table(rows: Sequence[Row], total: Row) -> Table:
    """A line a point; states that nothing is in have no column."""
    shown = {name: told for name, told in STATES.items() if total[name]}
    headings = ("数据编码 data code", "应传 due", "实传 received", *shown.values())
    table = folded(*headings, whole=headings)
    for row in (*rows, {**total, "dataCode": "合计 total"}):
        table.add_row(
            *map(cell, (row["dataCode"], *(f"{row[name]:,}" for name in ("due", "received", *shown))))
        )
    return table


def _evidence(facts: Sequence[Row]) -> Table:
    """A line each thing that is known, in the order of what it speaks of."""
    headings = (
        "环节 hop",
        "数据编码 data code",
        "自 from",
        "至 to",
        "来源 source",
        "报告 reported",
        "依据 evidence",
    )
    table = folded(*headings, whole=headings)
    for fact in facts:
        where = (HOPS[fact["hop"]], fact["dataCode"] or "全部 all")
        moments = (_moment(fact[name]) for name in ("begins", "ends"))
        told = (fact["source"], _moment(fact["reportedAt"]), fact["what"])
        table.add_row(*map(cell, (*where, *moments, *told)))
    return table


def _moment(text: str | None) -> str:
    return "" if text is None else moment_of(dt.datetime.fromisoformat(text))
