"""An access device that is not there: speaks NHJC-04 or the AK dialect to a hub over HTTP, and misbehaves when told to.

It does what devices in the field do: goes to the addresses it is given, takes the literal text RECEIVE SUCCESS
for success and nothing else, and sends again until it reads it.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

import httpx
import typer

from graph.errors import InvalidInput, NengshuError, SourceMalformed, SourceRefused, SourceUnreachable
from graph.model.credit_code import CreditCode
from graph.model.period import UTC, Day, Granularity, beijing_day
from hub.simulate import _device_ak
from hub.simulate._device_line import Answer, Line
from hub.simulate._device_rows import ITEMS, DevicePlan, configuration, posts
from hub.simulate.device_faults import Where, listed

__all__ = ["DevicePlan", "Outcome", "conversation", "messages"]

SUCCESS = "RECEIVE SUCCESS"
REGISTER = "/enterprise/register"
PATHS = {
    "loadDicVersionURL": "/enterprise/versionCheck",
    "downloadBaseDataURL": "/enterprise/downloadBaseData",
    "centerInfoURL": "/enterprise/downloadConfigData",
    "centerDataURL": "/enterprise/uploadEnergyData",
}
UNIT = "91990000MA0000001B"  # an invented one
NOBODY = "0" * 32  # the identity of a device that never registered
GIVING_UP = ("no-back-fill", "empty-reports")  # faults with which a failed upload is forgotten
ATTEMPTS = 5  # of one message, before the device gives up for the day
TIMEOUT_S = 30.0  # a hub that stores a month takes a second


@dataclass(frozen=True)
class Outcome:
    """How a conversation went; `resent` counts messages sent again after a failure or on purpose."""

    device_id: str
    upload_time: str
    posts: int = 0
    readings: int = 0
    resent: int = 0


def conversation(
    client: httpx.Client,
    base_url: str,
    plan: DevicePlan,
    *,
    now: dt.datetime,
    attempts: int = ATTEMPTS,
    wait: Callable[[float], None] = time.sleep,
    tell: Callable[[int, int], None] = lambda _posts, _readings: None,
) -> Outcome:
    """Register, check versions, fetch base data, upload the configuration, then the readings of the plan up to `now`.

    `tell` hears after each POST how many POSTs and readings were acknowledged. Raises SourceError when a message
    is not acknowledged after `attempts`; what was acknowledged before is stored.
    """
    if plan.dialect is Where.NHJC_AK:
        line = Line(client, attempts, wait, _device_ak.is_success)
        slot, sent = _device_ak.talk(line, base_url, plan, now, tell)
        return Outcome("", slot, sent, sent, line.resent)
    line = Line(client, attempts, wait, lambda said: said.get("responseMessage") == SUCCESS)
    enterprise = {"enterpriseCode": plan.enterprise.text}
    given = line.say(f"{base_url.rstrip('/')}{REGISTER}", {**enterprise, "region": plan.region})
    device_id, slot, where = _given(given, base_url, plan)
    line.say(where["loadDicVersionURL"], {"deviceId": device_id})
    if "downloadBaseDataURL" in where and "old-dictionary" not in plan.faults:
        line.say(where["downloadBaseDataURL"], {"deviceId": device_id})
    sender = {"deviceId": device_id, **enterprise}
    line.say(where["centerInfoURL"], {**sender, **configuration(plan)})
    number = readings = 0
    for number, rows in enumerate(posts(plan, now), 1):
        _upload(line, where["centerDataURL"], {**sender, "data": rows}, plan)
        readings += len(rows)
        tell(number, readings)
    return Outcome(device_id, slot, number, readings, line.resent)


def _given(given: Answer, base_url: str, plan: DevicePlan) -> tuple[str, str, dict[str, str]]:
    """Identity, slot and addresses of a register answer, or addresses of its own. Raises SourceMalformed."""
    try:
        identity, slot = given["deviceId"], given["uploadTime"]
        told = {name: given[name] for name in ("loadDicVersionURL", "centerInfoURL", "centerDataURL")}
        told |= {name: given[name] for name in ("downloadBaseDataURL",) if name in given}
    except KeyError as fault:
        raise SourceMalformed(f"{base_url}: the register answer lacks {fault}") from fault
    own = {name: f"{base_url.rstrip('/')}{PATHS[name]}" for name in told}
    return identity, slot, own if "hard-coded-urls" in plan.faults else told


def _upload(line: Line, address: str, message: Answer, plan: DevicePlan) -> None:
    """Send one upload, as often as the plan's faults have it."""
    try:
        line.say(address, message)
    except (SourceUnreachable, SourceMalformed, SourceRefused):
        if plan.faults.isdisjoint(GIVING_UP):
            raise
    if "resend" in plan.faults:
        line.resent += 1
        line.say(address, message)


def messages(plan: DevicePlan, now: dt.datetime) -> Iterator[Answer]:
    """What it would send, as a log of it: path and body of each message, with a stand-in for its identity."""
    if plan.dialect is Where.NHJC_AK:
        yield from _device_ak.messages(plan, now)
        return
    enterprise = {"enterpriseCode": plan.enterprise.text}
    yield {"path": REGISTER, "body": {**enterprise, "region": plan.region}}
    sender = {"deviceId": NOBODY, **enterprise}
    yield {"path": PATHS["loadDicVersionURL"], "body": {"deviceId": NOBODY}}
    yield {"path": PATHS["centerInfoURL"], "body": {**sender, **configuration(plan)}}
    for rows in posts(plan, now):
        for _ in range(2 if "resend" in plan.faults else 1):
            yield {"path": PATHS["centerDataURL"], "body": {**sender, "data": rows}}


def open_client() -> httpx.Client:
    """A client that goes nowhere but where it is told."""
    return httpx.Client(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False)


def _list(*, wanted: bool) -> None:
    """Print every fault there is, where that is wanted, and end."""
    if wanted:
        typer.echo(listed())
        raise typer.Exit


def device(
    enterprise: Annotated[str, typer.Option(help="Credit code of the unit it stands in.")] = UNIT,
    base_url: Annotated[
        str | None, typer.Option(help="Where the hub answers, http://127.0.0.1:8424.")
    ] = None,
    region: Annotated[str, typer.Option(help="Its division, six digits; 90 to 99 are invented.")] = "990000",
    dialect: Annotated[Where, typer.Option(help="Which it speaks: nhjc04 or nhjc_ak.")] = Where.NHJC04,
    days: Annotated[int, typer.Option(help="How many days to send.", min=1)] = 1,
    start: Annotated[
        str | None, typer.Option(help="The first of them, 2026-11-23; else they end today.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another plant.")] = 1,
    granularity: Annotated[Granularity, typer.Option(help="How long one reading's period is.")] = (
        Granularity.QUARTER_HOUR
    ),
    totals: Annotated[bool, typer.Option("--totals", help="Send days besides what is shorter.")] = False,
    days_a_post: Annotated[int, typer.Option(help="Days in one POST.", min=1)] = 1,
    attempts: Annotated[int, typer.Option(help="How often a message is sent at most.", min=1)] = ATTEMPTS,
    fault: Annotated[
        list[str] | None, typer.Option(help="A field failure to make, of --faults; again for more.")
    ] = None,
    _faults: Annotated[
        bool, typer.Option("--faults", help="List them, and end.", callback=_list, is_eager=True)
    ] = False,
    export: Annotated[
        Path | None, typer.Option(help="Write what it would send to a file, a message a line, and end.")
    ] = None,
    resend: Annotated[bool, typer.Option("--resend", help="--fault resend")] = False,
    malformed_code: Annotated[bool, typer.Option(help="--fault malformed-code")] = False,
    future: Annotated[bool, typer.Option("--future", help="--fault future")] = False,
    zeros: Annotated[bool, typer.Option("--zeros", help="--fault false-zeros")] = False,
) -> None:
    """Simulate an access device that speaks NHJC-04 or the AK dialect, send its days, and end.

    Example: nengshu simulate device --base-url http://127.0.0.1:8424 --enterprise 91990000MA0000001B --days 7
    """
    now = dt.datetime.now(UTC)
    flags = {"resend": resend, "malformed-code": malformed_code, "future": future, "false-zeros": zeros}
    names = frozenset([*(fault or []), *(name for name, wanted in flags.items() if wanted)])
    try:
        first = Day.parse(start).date if start else beijing_day(now) - dt.timedelta(days=days - 1)
        unit = CreditCode.parse(enterprise)
        many = (days, seed, granularity, ITEMS, days_a_post, names, totals, dialect)
        plan = DevicePlan(unit, region, first, *many)
        told = _exported(plan, now, export) if export else _sent(plan, now, base_url, attempts)
    except NengshuError as refused:
        typer.echo(f"{refused.code}: {refused}", err=True)
        raise typer.Exit(1) from refused
    typer.echo(json.dumps(told))


def _sent(plan: DevicePlan, now: dt.datetime, base_url: str | None, attempts: int) -> Answer:
    if base_url is None:
        raise InvalidInput("expected --base-url, where the hub answers, or --export", "base-url")
    with open_client() as client:
        return conversation(client, base_url, plan, now=now, attempts=attempts).__dict__


def _exported(plan: DevicePlan, now: dt.datetime, file: Path) -> Answer:
    lines = [json.dumps(message, ensure_ascii=False) for message in messages(plan, now)]
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return {"messages": len(lines)}


app = typer.Typer(name="device", add_completion=False, rich_markup_mode=None)
app.command()(device)

if __name__ == "__main__":
    app(prog_name="nengshu simulate device")
