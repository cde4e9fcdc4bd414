"""What is asked: one unit whoever asks, and of one province what its own machine and a national one are answered alike."""

from __future__ import annotations

from dataclasses import dataclass

import orjson

from scripts.benchmarks._access_nation import FIRST_DAY, LAST_DAY, OWN, credit_codes

_MONTH = f'period: {{from: "{FIRST_DAY}", to: "{LAST_DAY}"}}, groupBy: [PROVINCE, DAY]'
_UNITS = "{ totalCount nodes { creditCode name region industry tier } }"
_BALANCE = "{ totalTce rows { province day quantity tce readings } }"
_COMPLETENESS = "{ due received rows { province day due received rate } }"


@dataclass(frozen=True)
class Question:
    """A question with the bodies of its request: of who reaches one province, and of who says it with a condition."""

    name: str
    scoped: bytes
    unscoped: bytes


def one_unit(units: int) -> bytes:
    """A request's body that asks for a unit by its code: so short that its own cost does not hide what is added."""
    code = credit_codes(OWN, units)[-1]
    return _body(f'unit(creditCode: "{code}") {{ name region industry tier }}')


def questions(units: int) -> tuple[Question, ...]:
    """About a province of so many units."""
    one = f'provinces: ["{OWN}"]'
    return (
        _question(
            f"{units:,} units".replace(",", " "),
            f"units(first: {units}) {_UNITS}",
            f'units(filter: {{province: ["{OWN}"]}}, first: {units}) {_UNITS}',
        ),
        _question(
            "energy balance of a month",
            f"energyBalance({_MONTH}) {_BALANCE}",
            f"energyBalance({_MONTH}, {one}) {_BALANCE}",
        ),
        _question(
            "completeness of a month",
            f"completeness({_MONTH}) {_COMPLETENESS}",
            f"completeness({_MONTH}, {one}) {_COMPLETENESS}",
        ),
    )


def _question(name: str, scoped: str, unscoped: str) -> Question:
    return Question(name, _body(scoped), _body(unscoped))


def _body(field: str) -> bytes:
    return orjson.dumps({"query": f"{{ {field} }}"})
