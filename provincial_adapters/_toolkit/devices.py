"""What dialects in which access devices call need of the hub: who registered, what they say, where their readings go.

Nothing here is of one dialect: an implementation of `Devices` is made for one, by name.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any, Protocol, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from graph.errors import NengshuError, TooLarge
from graph.model.access_device import Approval, DeviceState
from graph.model.credit_code import CreditCode
from graph.model.instrument import PointState
from graph.model.region import RegionCode
from graph.model.sync_run import Link, Receipt
from graph.ports import RAW_ROW, Delivery
from provincial_adapters._toolkit.dialect import Quirk, one_of

PROPOSED_MAX = (
    2_000  # points of a unit that wait for the province: a large plant twice, and no more of a stranger's
)
RAW_UNIT, RAW_TEXT = "enterpriseCode", "said"  # columns of rows that wait: whose, and the JSON as it came

APPROVAL = Quirk(
    "approval",
    "`needed`: what a new device sends waits until its province approves it; `automatic`: it counts at once",
    Approval.NEEDED.value,
    fault=one_of(*(word.value for word in Approval)),
)


@dataclass(frozen=True)
class Enrolled:
    """A device that registered: by which link, for which unit, whether it may send, and its place in the night."""

    link: Link
    unit: CreditCode
    state: DeviceState
    place: int
    why: str | None = None  # it was refused, in the province's words
    division: str | None = None  # its unit lies there: six digits, for who keeps when it was seen


@dataclass(frozen=True)
class Problem:
    """Something in a configuration that cannot be used; `item` is its place in the list `of` the message, from 1.

    `code` is stable and `chinese` its name, where a dialect has named what can be wrong.
    """

    item: int | None
    field: str
    why: str
    of: str = "collectItemConfig"
    code: str = ""
    chinese: str = ""

    def __str__(self) -> str:
        place = f"{self.of}[{self.item}]." if self.item else ""
        said = f"{self.chinese} [{self.code}]（{self.why}）" if self.code else self.why
        return f"{place}{self.field}: {said}"


@dataclass(frozen=True)
class Proposal:
    """What a device says of its unit: points as rows of `data_point`, the enterprise's own words, problems.

    `parts` are lists of the configuration by name, such as `processes`, `processUnits`, `instruments`: each row a flat
    object of texts. A part that is not there keeps what the device said of it before; rows of those named in `added` stand
    beside those said before. `about` names one message of several, and what was wrong with the others still is.
    """

    unit: CreditCode
    points: tuple[Mapping[str, Any], ...]
    enterprise: Mapping[str, str]
    problems: tuple[Problem, ...] = ()
    parts: Mapping[str, tuple[Mapping[str, str], ...]] = field(default_factory=dict)
    added: frozenset[str] = frozenset()
    about: str | None = None


class Seen(StrEnum):
    """What a device did that is worth remembering, besides uploading readings, which the ledger has."""

    REGISTERED = "registered"
    CHECKED = "checked"  # it asked for the versions
    TOLD = "told"  # the version of the dictionary it was told
    DOWNLOADED = "downloaded"  # the version of the dictionary it took
    UPLOADED = "uploaded"


class Devices(Protocol):
    """The devices of one dialect."""

    def link_of(self, unit: CreditCode) -> Link | None:
        """The enabled link of this dialect for the unit's province; None where there is none, or no roster lists it."""
        ...

    def province_of(self, unit: CreditCode) -> RegionCode | None:
        """Where a unit lies; None for a unit no roster lists."""
        ...

    def enrol(self, unit: CreditCode) -> Enrolled | None:
        """The unit's device, a new one where it has none; None where no roster lists it or its province has no link."""
        ...

    def find(self, unit: CreditCode) -> Enrolled | None:
        """The unit's device as it now stands; None where none registered or the link is gone."""
        ...

    def find_all(self, units: Collection[CreditCode]) -> Mapping[CreditCode, Enrolled]:
        """`find` for each of them that has one, at the cost of one."""
        ...

    def say(self, device: Enrolled, proposal: Proposal) -> None:
        """Keep what a configuration says, and propose its points; a point that exists stays as the province left it.

        Problems of a proposal that says what it is about take the place of those told about it before. Of the others
        one that names an enterprise is a whole configuration, and takes the place of all; what else is wrong is added.
        Raises TooLarge where more is proposed than may wait for a province (`only_new`).
        """
        ...

    def note(self, device: Enrolled, **what: str | None) -> None:
        """Remember that a device was seen now: words of Seen, some with a version. Cheap and not audited."""
        ...

    def units(self) -> Sequence[tuple[CreditCode, str]]:
        """Every unit that has a device, with its link's key: for who has to know a device by an identity alone."""
        ...


def why_no_link(devices: Devices, unit: CreditCode, dialect: str) -> str:
    """What a device is told whose unit has no link, in its words."""
    province = devices.province_of(unit)
    if province is None:
        return f"enterpriseCode {unit} 不在本平台重点用能单位名单中"
    return (
        f"enterpriseCode {unit} 在名单中，但其所在省 {province} 未开通 {dialect} 协议的链路，请联系省级平台"
    )


Raw: TypeAlias = Callable[[], pa.Table]
# Books what a device sent, or lets it wait in quarantine; durable when it returns. The raw rows are only asked for where
# rows are to wait. Raises StoreError where there is no room for them.
Deliver: TypeAlias = Callable[[Enrolled, Delivery, Raw], Receipt]


@dataclass(frozen=True)
class Upload:
    """What a device sent at once: its readings, and how they came, for where rows are to wait."""

    device: Enrolled
    delivery: Delivery
    raw: Raw


# The same for uploads that came together, each answered for itself: by its receipt, or by the fault that befell it.
DeliverAll: TypeAlias = Callable[[Sequence[Upload]], Sequence[Receipt | NengshuError]]


def only_new(proposal: Proposal, points: pa.Table) -> Proposal:
    """The proposal without the unit's points that exist, which stay as the province left them.

    `points` are as PointDirectory has them. Raises TooLarge, in words for a device, past PROPOSED_MAX that wait.
    """
    known = set(points["data_code"].to_pylist())
    new = tuple(point for point in proposal.points if point["code"] not in known)
    waiting = pc.sum(pc.equal(points["state"], PointState.PROPOSED.value)).as_py() or 0
    if new and waiting + len(new) > PROPOSED_MAX:
        said_so = f"待省级平台确认的采集项已有 {waiting} 个，再加 {len(new)} 个超过上限 {PROPOSED_MAX} 个"
        raise TooLarge(f"enterpriseCode {proposal.unit} {said_so}")
    return replace(proposal, points=new)


def raw_rows(unit: CreditCode, rows: Sequence[bytes], numbers: Sequence[int] | None = None) -> pa.Table:
    """Rows as they came, each the JSON text of one, numbered from 1 where no numbers are given."""
    counted = range(1, len(rows) + 1) if numbers is None else numbers
    return pa.table(
        {
            RAW_ROW: pa.array(counted, pa.int32()),
            RAW_UNIT: pa.repeat(pa.scalar(unit.text, pa.string()), len(rows)),
            RAW_TEXT: pa.array([row.decode("utf-8", "replace") for row in rows], pa.string()),
        }
    )
