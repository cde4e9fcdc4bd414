"""An access device that is not there: speaks NHJC-04 to a hub over HTTP, and misbehaves when told to.

It does what devices in the field do: goes to the addresses it is given, takes the literal text RECEIVE SUCCESS
for success and nothing else, and sends again until it reads it.
"""

from __future__ import annotations

import datetime as dt
import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Any

import httpx
import typer

from graph.errors import NengshuError, SourceMalformed, SourceRefused, SourceUnreachable
from graph.model.credit_code import CreditCode
from graph.model.period import UTC, Day, Granularity, beijing_day
from hub.simulate._device_rows import DevicePlan, Misbehaviour, configuration, posts

__all__ = ["DevicePlan", "Misbehaviour", "Outcome", "conversation"]

SUCCESS = "RECEIVE SUCCESS"
ATTEMPTS = 5  # of one message, before the device gives up for the day
PAUSE_S, PAUSE_S_MAX = 0.5, 8.0  # doubled after each failure
TIMEOUT_S = 30.0  # a hub that stores a month takes a second
Answer = dict[str, Any]


@dataclass(frozen=True)
class Outcome:
    """How a conversation went; `resent` counts messages sent again after a failure or on purpose."""

    device_id: str
    upload_time: str
    posts: int = 0
    readings: int = 0
    resent: int = 0


@dataclass
class _Line:
    """Sends messages until they are acknowledged."""

    client: httpx.Client
    attempts: int
    wait: Callable[[float], None]
    resent: int = 0

    def say(self, address: str, message: Answer) -> Answer:
        """The hub's answer with RECEIVE SUCCESS in it. Raises SourceError after so many attempts."""
        fault: NengshuError = SourceUnreachable(f"{address}: never tried")
        for attempt in range(self.attempts):
            if attempt:
                self.resent += 1
                self.wait(min(PAUSE_S * 2 ** (attempt - 1), PAUSE_S_MAX))
            try:
                return self._once(address, message)
            except (SourceUnreachable, SourceMalformed, SourceRefused) as failed:
                fault = failed
        raise fault

    def _once(self, address: str, message: Answer) -> Answer:
        try:
            answer = self.client.post(address, json=message)
            said = answer.json()
        except (httpx.HTTPError, httpx.InvalidURL) as fault:
            raise SourceUnreachable(f"{address}: {type(fault).__name__}: {fault}") from fault
        except ValueError as fault:
            raise SourceMalformed(f"{address}: answered no JSON") from fault
        if not isinstance(said, dict) or said.get("responseMessage") != SUCCESS:
            raise SourceRefused(f"{address}: answered {answer.status_code} {said!r:.300}")
        return said


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
    """Register, check versions, upload the configuration, then the readings of the plan up to `now`.

    `tell` hears after each POST how many POSTs and readings were acknowledged. Raises SourceError when a message
    is not acknowledged after `attempts`; what was acknowledged before is stored.
    """
    line = _Line(client, attempts, wait)
    enterprise = {"enterpriseCode": plan.enterprise.text}
    given = line.say(f"{base_url.rstrip('/')}/enterprise/register", {**enterprise, "region": plan.region})
    try:
        device_id, slot = given["deviceId"], given["uploadTime"]
        version, config, data = given["loadDicVersionURL"], given["centerInfoURL"], given["centerDataURL"]
    except KeyError as fault:
        raise SourceMalformed(f"{base_url}: the register answer lacks {fault}") from fault
    line.say(version, {"deviceId": device_id})
    sender = {"deviceId": device_id, **enterprise}
    line.say(config, {**sender, **configuration(plan)})
    number = readings = 0
    for number, rows in enumerate(posts(plan, now), 1):
        line.say(data, {**sender, "data": rows})
        if plan.misbehaviour.resend:
            line.resent += 1
            line.say(data, {**sender, "data": rows})
        readings += len(rows)
        tell(number, readings)
    return Outcome(device_id, slot, number, readings, line.resent)


def open_client() -> httpx.Client:
    """A client that goes nowhere but where it is told."""
    return httpx.Client(timeout=TIMEOUT_S, trust_env=False, follow_redirects=False)


def device(
    base_url: Annotated[str, typer.Option(help="Where the hub answers, http://127.0.0.1:8424.")],
    enterprise: Annotated[str, typer.Option(help="Credit code of the unit it stands in.")],
    region: Annotated[str, typer.Option(help="Its division, six digits; 90 to 99 are invented.")] = "990000",
    days: Annotated[int, typer.Option(help="How many days to send.", min=1)] = 1,
    start: Annotated[
        str | None, typer.Option(help="The first of them, 2026-11-23; else they end today.")
    ] = None,
    seed: Annotated[int, typer.Option(help="Another seed is another plant.")] = 1,
    granularity: Annotated[Granularity, typer.Option(help="How long one reading's period is.")] = (
        Granularity.QUARTER_HOUR
    ),
    days_a_post: Annotated[int, typer.Option(help="Days in one POST.", min=1)] = 1,
    attempts: Annotated[int, typer.Option(help="How often a message is sent at most.", min=1)] = ATTEMPTS,
    resend: Annotated[
        bool, typer.Option(help="Fault: send every POST twice, as after a lost reply.")
    ] = False,
    malformed_code: Annotated[
        bool, typer.Option(help="Fault: one malformed data code in each POST.")
    ] = False,
    future: Annotated[
        bool, typer.Option(help="Fault: one reading of the day after tomorrow in each.")
    ] = False,
    zeros: Annotated[bool, typer.Option(help="Fault: each seventh value is missing, sent as 0.00.")] = False,
) -> None:
    """Simulate an access device that speaks NHJC-04, send its days, and end.

    Example: nengshu simulate device --base-url http://127.0.0.1:8424 --enterprise 91990000MA0000001B --days 7
    """
    now = dt.datetime.now(UTC)
    wrong = Misbehaviour(resend, malformed_code, future, zeros)
    try:
        first = Day.parse(start).date if start else beijing_day(now) - dt.timedelta(days=days - 1)
        unit = CreditCode.parse(enterprise)
        plan = DevicePlan(
            unit, region, first, days, seed, granularity, days_a_post=days_a_post, misbehaviour=wrong
        )
        with open_client() as client:
            outcome = conversation(client, base_url, plan, now=now, attempts=attempts)
    except NengshuError as fault:
        typer.echo(f"{fault.code}: {fault}", err=True)
        raise typer.Exit(1) from fault
    typer.echo(json.dumps(outcome.__dict__))


app = typer.Typer(name="device", add_completion=False, rich_markup_mode=None)
app.command()(device)

if __name__ == "__main__":
    app(prog_name="nengshu simulate device")
