"""What a device says of itself, message after message, as it is kept: enterprise, lists, and what is wrong with them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from graph.model.access_device import DeviceSays, is_telephone
from provincial_adapters import Proposal

SAID_BYTES_MAX = (
    256 * 1024
)  # of what a device says of itself: a large plant's lists, and no more of a stranger's
PROBLEM_MAX = 500  # characters of one of them: what came is quoted with forty
PROBLEMS_MAX = 100  # of a device that are kept: the last ones say enough
ADDED_MAX = 200  # rows of a list that is added to: of a plant that replaces an instrument a week, four years


NOTHING_YET = DeviceSays("{}", "{}", "{}")


def said_after(kept: DeviceSays, proposal: Proposal) -> DeviceSays:
    """What is kept of a proposal over what was kept before."""
    before = json.loads(kept.said)
    parts = {**before.get("parts", {}), **_parts(proposal, before.get("parts", {}))}
    enterprise = (
        _without_telephones(proposal.enterprise) if proposal.enterprise else before.get("enterprise", {})
    )
    after = {"enterprise": enterprise, "parts": parts}
    wrong = dict(list(_problems(proposal, json.loads(kept.problems)).items())[-PROBLEMS_MAX:])
    text = json.dumps(after, ensure_ascii=False)
    if len(text.encode()) > SAID_BYTES_MAX:
        wrong["said"] = f"more than {SAID_BYTES_MAX} bytes: its lists are not kept"
        text = json.dumps({**after, "parts": {}}, ensure_ascii=False)
    if len(text.encode()) > SAID_BYTES_MAX:
        text = "{}"
    reached = json.dumps(_telephones(proposal, json.loads(kept.telephones)), ensure_ascii=False)
    if len(reached.encode()) > SAID_BYTES_MAX:
        reached = "{}"
    return DeviceSays(text, reached, json.dumps(wrong, ensure_ascii=False))


def _problems(proposal: Proposal, before: Mapping[str, str]) -> dict[str, str]:
    """What is wrong with what a device says, by its place, with what was wrong before and still is."""
    about = "" if proposal.about is None else f"{proposal.about}: "
    problems = {
        f"{about}{each.of}[{each.item}].{each.field}"[:PROBLEM_MAX]: str(each)[:PROBLEM_MAX]
        for each in proposal.problems
    }
    if about:
        return {**{place: why for place, why in before.items() if not place.startswith(about)}, **problems}
    return problems if proposal.enterprise else {**before, **problems}


def _telephones(proposal: Proposal, before: Mapping[str, str]) -> dict[str, str]:
    """How to reach persons: of the enterprise by field, of a list's rows by their place in its last message."""
    kept = {name: value for name, value in before.items() if not _is_said_again(name, proposal)}
    of_parts = {
        f"{part}[{number}].{name}": value
        for part, rows in proposal.parts.items()
        for number, row in enumerate(rows, 1)
        for name, value in row.items()
        if is_telephone(name)
    }
    of_enterprise = {name: value for name, value in proposal.enterprise.items() if is_telephone(name)}
    return kept | of_enterprise | of_parts


def _is_said_again(telephone: str, proposal: Proposal) -> bool:
    part, of_row, _ = telephone.partition("[")
    return part in proposal.parts if of_row else bool(proposal.enterprise)


def _without_telephones(row: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in row.items() if not is_telephone(name)}


def _parts(proposal: Proposal, before: Mapping[str, Any]) -> dict[str, list[Mapping[str, str]]]:
    """The lists of a proposal, those that are added to behind what was said before."""
    parts: dict[str, list[Mapping[str, str]]] = {
        name: [_without_telephones(row) for row in rows] for name, rows in proposal.parts.items()
    }
    for name in proposal.added & parts.keys():
        said: list[Mapping[str, str]] = before.get(name, [])
        parts[name] = [*said, *(row for row in parts[name] if row not in said)][-ADDED_MAX:]
    return parts
