"""What the audit keeps of columns about persons: masked before it is written, for what is only added to stands for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

from graph.model.person import masked_change, masked_phone
from graph.model.rights import PERSONAL

Values: TypeAlias = Mapping[str, Any]


def kept(noun: str, before: Values | None, after: Values) -> tuple[Values | None, Values]:
    """A change as the audit may keep it: whoever reads it sees that a number changed, and neither the one nor the other."""
    columns = PERSONAL.get(noun, frozenset[str]()) & after.keys()
    if not columns:
        return before, after
    stood = before or {}
    now = {name: masked_change(stood.get(name), after[name]) for name in columns}
    if before is None:
        return None, {**after, **now}
    was = {
        name: None if before[name] is None else masked_phone(before[name]) for name in columns & before.keys()
    }
    return {**before, **was}, {**after, **now}
