"""What a decision must keep beside the rules of its row: whose it is to decide, and which step may follow which."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping

from graph.errors import ConfigurationError, Forbidden, InvalidInput
from graph.model.access_device import DeviceState
from graph.model.principal import Reach
from graph.model.region import RegionLevel
from graph.model.report import ReportState
from graph.model.rights import RESERVED
from hub.links import dialects
from hub.stores.registry.deciding import Check, Objection, Step

SENT = frozenset({ReportState.SUBMITTED, ReportState.ACCEPTED})  # out of its province's hands
# Of a link: what may be turned without pointing it anywhere.
SWITCHES = frozenset({"enabled", "paused_by", "paused_why", "paused_since"})

SENDS = "a link sends a secret of this hub to its address"


# The provinces of a unit and of a link, by credit code and key; None for what is not registered.
Provinces = Callable[[str, str], tuple[str | None, str | None]]


def nowhere(_unit: str, _link: str) -> tuple[str | None, str | None]:
    """What is known of provinces where nobody can be asked."""
    return None, None


def checks(served: Reach, provinces: Provinces = nowhere) -> Mapping[str, Check]:
    """The checks of a hub that serves this part of the country, by noun."""

    def device(step: Step) -> Iterable[Objection]:
        yield from _device(step)
        yield from _moved(step, provinces)

    def link(step: Step) -> Iterable[Objection]:
        is_pointing, reach = bool(step.changed - SWITCHES), step.asker.reach
        if is_pointing and not RESERVED["link"].is_for(step.asker):
            yield None, Forbidden(f"{SENDS}: only an authority over plans decides one, others switch it")
        elif is_pointing and not (reach.is_national or reach == served):
            yield None, Forbidden(f"{SENDS}: only who reaches all of {served} decides one")
        else:
            yield from _dialect(step)

    return {
        "link": link,
        "quarterly_report": _report,
        "platform": lambda step: _not_yet(step, "filed_on"),
        "platform_milestone": lambda step: _not_yet(step, "actual"),
        "access_end_milestone": lambda step: _not_yet(step, "actual"),
        "unit": _no_less_than_province,
        "access_device": device,
        "data_point": _no_less_than_province,
        "waiver": _no_less_than_province,
    }


def _not_yet(step: Step, column: str) -> Iterable[Objection]:
    """What was done was done by today; what stands is left as it is."""
    day = step.after[column]
    if column in step.changed and day is not None and day > step.today:
        yield column, InvalidInput(f"came {day}, expected no day after today, {step.today}")


def _dialect(step: Step) -> Iterable[Objection]:
    """A link speaks a dialect this hub knows, and has no quirk the dialect does not know."""
    dialect = dialects().get(step.after["dialect"])
    if dialect is None:
        came = step.after["dialect"]
        yield "dialect", InvalidInput(f"came {came!r:.64}, expected one of {', '.join(dialects())}")
        return
    try:
        dialect.check(json.loads(step.after["quirks"]))
    except ConfigurationError as fault:
        for told in fault.faults:
            yield "quirks", InvalidInput(told)


def _report(step: Step) -> Iterable[Objection]:
    """A report is written by its province and whom it has for that, and reviewed by those it is sent to."""
    is_reviewer = RESERVED["quarterly_report"].is_for(step.asker)
    yield from _not_yet(step, "submitted_on")
    yield from _stated(step, is_reviewer)
    if not is_reviewer:
        yield from _sent(step)


def _stated(step: Step, is_reviewer: bool) -> Iterable[Objection]:
    """A report goes from state to state as they follow on each other; who writes it never reviews it."""
    after = ReportState(step.after["state"])
    before = ReportState.DRAFT if step.before is None else ReportState(step.before["state"])
    if after is before:
        return
    if after not in before.next:
        expected = " or ".join(sorted(before.next))
        yield "state", InvalidInput(f"came {after.value} after {before.value}, expected {expected}")
    elif after.is_review and not is_reviewer:
        yield (
            "state",
            Forbidden(f"a report is {after.value} by a national agency over plans, not by who writes it"),
        )


def _sent(step: Step) -> Iterable[Objection]:
    """What was sent stands as it was sent, until it is returned; and the day it was first sent on stays."""
    before = step.before or {"state": ReportState.DRAFT, "submitted_on": None}
    state, sent = ReportState(before["state"]), before["submitted_on"]
    if state in SENT and step.after["state"] == state:
        yield None, Forbidden(f"a report that is {state.value} is its province's again once it is returned")
    elif step.after["submitted_on"] not in (sent, None if sent else step.today):
        why = f"a report's day is the one on which it first came, {sent or step.today}"
        yield "submitted_on", Forbidden(f"came {step.after['submitted_on']}: {why}")


def _device(step: Step) -> Iterable[Objection]:
    """Its province decides of a device that registered; nobody else makes one."""
    if step.before is None:
        yield (
            None,
            InvalidInput(
                "no device of this unit registered on this link; only a device's own call makes one"
            ),
        )
    yield from _no_less_than_province(step)


def _moved(step: Step, provinces: Provinces) -> Iterable[Objection]:
    """A device is approved on a link of the province its unit lies in: what it sent could be booked by no other."""
    if step.after["state"] != DeviceState.APPROVED.value or "state" not in step.changed:
        return
    unit, link = str(step.after["unit"]), str(step.after["link"])
    lies, serves = provinces(unit, link)
    if None not in (lies, serves) and lies != serves:
        why = f"unit {unit} lies in {lies} by now, link {link} is {serves}'s: its device registers with its own province"
        yield "state", InvalidInput(why)


def _no_less_than_province(step: Step) -> Iterable[Objection]:
    """What its province decides of a unit, and neither the unit nor a city or county."""
    region = step.asker.reach.region
    if step.asker.reach.unit is not None or (region is not None and region.level is not RegionLevel.PROVINCE):
        yield (
            None,
            Forbidden(
                "a unit's place on the roster, its waivers, devices and points are decided by its province"
            ),
        )
