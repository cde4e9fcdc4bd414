"""The registry's tables of supervision (督促监管): what is owed, what was found, what followed from it."""

from __future__ import annotations

import datetime as dt

from sqlmodel import Field

from hub.stores.registry.tables import KEY_MAX, METADATA, NAME_MAX, WORD_MAX, Stored


class Duty(Stored, table=True):
    """What a province or a unit owes by a day (任务时限); derived from the facts beside it."""

    key: str = Field(max_length=KEY_MAX, unique=True)
    kind: str = Field(max_length=WORD_MAX)
    province: str = Field(max_length=6, foreign_key="region.code", index=True)
    unit_id: int | None = Field(foreign_key="unit.id", index=True)
    subject: str = Field(max_length=KEY_MAX)
    due_on: dt.date = Field(index=True)
    done_on: dt.date | None
    clause: str = Field(max_length=NAME_MAX)


T = METADATA.tables  # all of them by name, these too
