"""What a simulated platform has to say of a day: readings of invented units, the same whenever it is asked."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from graph.model.credit_code import CreditCode

HOURS = 24
USER, PASSWORD = "national", "invented"


class Mischief(StrEnum):
    """What a platform does wrong, on request: see `nengshu simulate rest --help`."""

    NONE = "none"
    HTML = "html"
    PROXY = "proxy"
    SLOW = "slow"
    HALF = "half"
    REFUSE = "refuse"
    NOT_YET = "not-yet"
    NO_DATA = "no-data"
    RENAME = "rename"
    RETYPE = "retype"
    ADD = "add"
    WRONG_PAGE = "wrong-page"
    SAME_PAGE = "same-page"
    FEWER = "fewer"
    BUSY = "busy"
    EXPIRE = "expire"


@dataclass(frozen=True)
class Plant:
    """The units of an invented province and how many points each has, an hour apart."""

    province: str = "970000"
    units: int = 2
    points: int = 2

    @property
    def rows(self) -> int:
        """How many readings a day has."""
        return self.units * self.points * HOURS

    def codes(self) -> list[str]:
        """The credit codes of its units."""
        return [self._code(unit) for unit in range(self.units)]

    def _code(self, unit: int) -> str:
        return str(CreditCode.of_body(f"91{self.province[:2]}0100MA{unit + 1:07d}"))

    def page(self, day: dt.date, first: int, count: int, mischief: Mischief) -> list[dict[str, Any]]:
        """So many readings of a day from the `first` on, each below its enterprise."""
        found = []
        last = min(first + count, self.rows)
        a_unit = self.points * HOURS
        while first < last:
            until = min(last, (first // a_unit + 1) * a_unit)
            rows = [_row(day, place, a_unit, mischief) for place in range(first, until)]
            found.append({"enterpriseCode": self._code(first // a_unit), "rows": rows})
            first = until
        return found

    def values(self, day: dt.date) -> Iterator[tuple[str, str, str]]:
        """Unit, data code and value of every reading of a day: what a hub must have in the end."""
        for place in range(self.rows):
            row = _row(day, place, self.points * HOURS, Mischief.NONE)
            code = self._code(place // (self.points * HOURS))
            yield code, str(row["数据编码"]), f"{row['读数']['值']:.2f}"


def _row(day: dt.date, place: int, a_unit: int, mischief: Mischief) -> dict[str, Any]:
    point, hour = divmod(place % a_unit, HOURS)
    value: Any = (day.toordinal() * 7919 + place * 131) % 1_000_000 / 100
    if mischief is Mischief.RETYPE:
        value = {"有功": value}
    reading = {"读数" if mischief is not Mischief.RENAME else "数值": {"值": value, "状态": "正常"}}
    extra = {"碳排放": "0.58"} if mischief is Mischief.ADD else {}
    code = f"{point:02d}-00-0000-023300-11"
    return {"数据编码": code, "时间": f"{day} {hour:02d}:00", **reading, **extra}
