"""The audit trail (审计记录): every change of the registry and everything at the door, granted or denied."""

from __future__ import annotations

import datetime as dt
from enum import Enum

import strawberry

from graph.execution.arguments import (
    among,
    before,
    conditions,
    credit_code,
    region_code,
    since,
    whole_number,
    word_of,
    words,
)
from graph.execution.by_key import by_key
from graph.execution.connection import Connection
from graph.execution.listing import listing
from graph.execution.nouns import Noun
from graph.execution.scalars import Count
from graph.ports import Condition
from graph.types._access_enums import TrailAction, TrailOutcome

SUBJECT_MAX = 500  # characters of a key whose parts are joined, as the audit keeps it


@strawberry.type(description="Something that was done, or refused (审计记录); it never changes.")
class AuditTrailEntry:
    """A row of the noun audit_entry."""

    id: Count = strawberry.field(
        description="Its number; it is no other entry's, and says nothing of their order."
    )
    at: dt.datetime = strawberry.field(description="When (发生时间).")
    who: str | None = strawberry.field(
        description="Who did it (操作主体): a client by its key, a person as user:KEY; null where nobody knows."
    )
    organisation: str | None = strawberry.field(
        description="Key of their organisation (所属机构): at the door that of then, of a change that of now; null where "
        "none is known."
    )
    action: TrailAction = strawberry.field(description="What was done (操作).")
    noun: str | None = strawberry.field(
        description="Of which noun the row is that was changed (对象类别), as unit; null of what happened at the door."
    )
    subject: str = strawberry.field(
        description="What it was done to (操作对象): the key of a row, its parts joined by |, or what was asked for. Denied "
        "requests of more kinds than are told apart at a time are `others`."
    )
    outcome: TrailOutcome = strawberry.field(description="Whether it was let happen (结果).")
    code: str | None = strawberry.field(
        description="Code of the refusal (错误代码); null where it was granted."
    )
    times: Count = strawberry.field(
        description="How often (次数): more than 1 where the like was denied again and again within a minute, of which `at` "
        "tells the last."
    )
    before: str | None = strawberry.field(
        description="The row before as JSON (变更前), secrets and telephone numbers masked; null of a new one."
    )
    after: str | None = strawberry.field(
        description="The row after as JSON (变更后), secrets and telephone numbers masked; null of what happened at the "
        "door."
    )
    detail: str | None = strawberry.field(
        description="More of what happened at the door as JSON (详情); null where there is no more."
    )
    address: str | None = strawberry.field(
        description="Network address it came from (来源地址); null of a change."
    )
    request: str | None = strawberry.field(
        description="What the hub's own log calls the request (请求编号); null of a change."
    )
    province: str | None = strawberry.field(
        description="Province it concerns, six digits; null for the nation's."
    )
    region: str | None = strawberry.field(
        description="Division it concerns, six digits; null for none in particular."
    )
    unit: str | None = strawberry.field(
        description="Credit code of the unit it concerns; null for none in particular."
    )


NOUN = Noun("audit_entry", AuditTrailEntry, {"id": whole_number}, order="at")


@strawberry.enum(
    description="What the audit trail can be ordered by; by anything but the time, narrow it down first."
)
class AuditEntryOrder(Enum):
    """Values are columns."""

    AT = strawberry.enum_value("at", description="By when it happened.")
    WHO = strawberry.enum_value("who", description="By who did it.")
    ACTION = strawberry.enum_value("action", description="By what was done, as text.")
    SUBJECT = strawberry.enum_value("subject", description="By what it was done to.")


@strawberry.input(description="Which entries of the audit trail.")
class AuditEntryFilter:
    """Conditions on the noun audit_entry."""

    who: list[str] | None = strawberry.field(description="By any of these: a client's key, or user:KEY.")
    organisation: list[str] | None = strawberry.field(
        description="By anybody of these organisations, by key."
    )
    action: list[TrailAction] | None = strawberry.field(description="Any of these actions.")
    noun: list[str] | None = strawberry.field(description="Changes of rows of any of these nouns, as unit.")
    subject: list[str] | None = strawberry.field(description="Done to any of these, in whole.")
    outcome: list[TrailOutcome] | None = strawberry.field(description="With any of these outcomes.")
    code: list[str] | None = strawberry.field(description="Refused with any of these codes.")
    province: list[str] | None = strawberry.field(description="Concerning any of these provinces.")
    unit: list[str] | None = strawberry.field(description="Concerning any of these units, by credit code.")
    at_from: dt.datetime | None = strawberry.field(description="From this moment on.")
    at_before: dt.datetime | None = strawberry.field(description="Before this moment.")

    def conditions(self) -> tuple[Condition, ...]:
        """As the row source wants them."""
        return conditions(
            among("who", self.who),
            among("organisation", self.organisation),
            among("action", self.action, word_of),
            among("noun", self.noun),
            among("subject", self.subject, _subject),
            among("outcome", self.outcome, word_of),
            among("code", self.code),
            among("province", self.province, region_code),
            among("unit", self.unit, credit_code),
            since("at", self.at_from),
            before("at", self.at_before),
        )


def _subject(text: str) -> str:
    """A subject as it is kept, which may be longer than other words. Raises TooLarge."""
    return words(text, SUBJECT_MAX)


@strawberry.type(description="Root fields of the audit trail.")
class AuditEntryQuery:
    """Entries by list and by number."""

    audit_entries: Connection[AuditTrailEntry] = listing(
        NOUN,
        AuditEntryFilter,
        AuditEntryOrder.AT,
        "The audit trail, the latest first (审计记录); with the role audit.",
        descending=True,
    )

    audit_entry: AuditTrailEntry | None = by_key(
        NOUN, "The entry of a number (审计记录), with the role audit", id="Its number."
    )


QUERY = AuditEntryQuery
