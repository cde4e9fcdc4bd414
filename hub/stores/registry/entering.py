"""Which cells a noun's upsert row has, how each is read, and which of them are its natural key."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from graph.model.access_device import DeviceState
from graph.model.bulletin import BulletinState
from graph.model.credit_entry import CreditGround, CreditState
from graph.model.duty import DutyKind
from graph.model.energy import Basis, CoefficientSource, EnergyKind
from graph.model.inspection import InspectionOutcome
from graph.model.instrument import MeteringLevel, PointState
from graph.model.period import Granularity
from graph.model.platform import AgencyRole, PlatformMode, PlatformStage
from graph.model.principal import OrganisationKind, Part
from graph.model.progress import AccessEndStage
from graph.model.rectification_order import OrderState
from graph.model.report import ReportState
from graph.model.unit import Tier
from hub.stores.registry import access_entries, cells, entries, supervision_entries
from hub.stores.registry.cells import Cell
from hub.stores.registry.entries import Entry, Values, as_given
from hub.stores.registry.known import Known
from hub.stores.registry.link_cells import LINK_CELLS, WHY_MAX
from hub.stores.registry.supervision_tables import NUMBER_MAX
from hub.stores.registry.tables import KEY_MAX, WORD_MAX

COEFFICIENT_PLACES, BOUND_PLACES, SCORE_PLACES = 6, 4, 6


@dataclass(frozen=True)
class Entering:
    """How a noun is written: its natural key, its cells, and what builds a row.

    `complete` puts into a row what it leaves out of its key.
    """

    key: tuple[str, ...]
    cells: Mapping[str, Cell]
    build: Callable[[Values, Known], Entry]
    complete: Callable[[Values], Values] = as_given


_NAME, _KEY, _DAY = Cell(cells.words()), Cell(cells.key), Cell(cells.day)
_MAYBE_DAY, _UNIT_OF, _PROVINCE = Cell(cells.day, None), Cell(cells.credit_code), Cell(cells.province)
_WRITTEN_KEY = Cell(cells.words(KEY_MAX))  # of what has a natural key in anybody's letters
_TILE = Cell(cells.whole(0, 99), None)
_PLAN = {"planned": _DAY, "actual": _MAYBE_DAY}
_BOUND = Cell(cells.exact(BOUND_PLACES), None)

ENTERING: Mapping[str, Entering] = MappingProxyType(
    {
        "region": Entering(
            ("code",),
            {
                "code": Cell(cells.region),
                "name": _NAME,
                "short_name": _NAME,
                "english": _NAME,
                "tile_column": _TILE,
                "tile_row": _TILE,
                "abolished": Cell(cells.whole(1949, 2200), None),
            },
            entries.region,
        ),
        "agency": Entering(
            ("key",),
            {
                "key": _KEY,
                "name": _NAME,
                "role": Cell(cells.word_of(AgencyRole)),
                "province": Cell(cells.province, None),
                "mechanism": Cell(cells.prose, None),
            },
            entries.agency,
        ),
        "person": Entering(
            ("agency", "name"),
            {
                "agency": _KEY,
                "name": _NAME,
                "duty": Cell(cells.words(), None),
                "phone": Cell(cells.words(KEY_MAX), None),
            },
            entries.person,
        ),
        "platform": Entering(
            ("province",),
            {
                "province": _PROVINCE,
                "name": _NAME,
                "mode": Cell(cells.word_of(PlatformMode)),
                "operation_assured": Cell(cells.yes_or_no, default=False),
                "filed_on": _MAYBE_DAY,
            },
            entries.platform,
        ),
        "platform_milestone": Entering(
            ("province", "stage"),
            {"province": _PROVINCE, "stage": Cell(cells.word_of(PlatformStage)), **_PLAN},
            entries.platform_milestone,
        ),
        "unit": Entering(
            ("credit_code",),
            {
                "credit_code": _UNIT_OF,
                "name": _NAME,
                "region": Cell(cells.region),
                "industry": Cell(cells.industry),
                "tier": Cell(cells.word_of(Tier)),
                "roster_batch": Cell(cells.whole(1, 9999), 1),
            },
            entries.unit,
        ),
        "access_end_milestone": Entering(
            ("unit", "stage"),
            {"unit": _UNIT_OF, "stage": Cell(cells.word_of(AccessEndStage)), **_PLAN},
            entries.access_end_milestone,
        ),
        "instrument": Entering(
            ("unit", "number"),
            {
                "unit": _UNIT_OF,
                "number": Cell(cells.words(KEY_MAX)),
                "type_code": Cell(cells.words(WORD_MAX)),
                "level": Cell(cells.number_of(MeteringLevel)),
                "accuracy_class": Cell(cells.words(WORD_MAX)),
                "calibrated_on": _MAYBE_DAY,
                "calibration_until": _MAYBE_DAY,
            },
            entries.instrument,
        ),
        "data_point": Entering(
            ("unit", "code"),
            {
                "unit": _UNIT_OF,
                "code": Cell(cells.data_code),
                "granularity": Cell(cells.word_of(Granularity)),
                "since": _DAY,
                "until": _MAYBE_DAY,
                "low": _BOUND,
                "high": _BOUND,
                "instrument": Cell(cells.words(KEY_MAX), None),
                "state": Cell(cells.word_of(PointState), "active"),
                "measure": Cell(cells.words(WORD_MAX), None),
            },
            entries.data_point,
        ),
        "access_device": Entering(
            ("unit", "link"),
            {
                "unit": _UNIT_OF,
                "link": _KEY,
                "state": Cell(cells.word_of(DeviceState)),
                "why": Cell(cells.words(WHY_MAX, cells.LINES), None),
                "decided_at": Cell(cells.moment, None),
                "decided_by": Cell(cells.words(), None),
            },
            entries.access_device,
        ),
        "link": Entering(("key",), LINK_CELLS, entries.link),
        "coefficient": Entering(
            ("variety", "basis", "source", "edition", "since", "unit"),
            {
                "variety": Cell(cells.words(6)),
                "basis": Cell(cells.word_of(Basis)),
                "kgce": Cell(cells.exact(COEFFICIENT_PLACES)),
                "edition": _NAME,
                "since": _DAY,
                "until": _MAYBE_DAY,
                "unit": Cell(cells.credit_code, None),
                "source": Cell(cells.word_of(CoefficientSource)),
            },
            entries.coefficient,
            entries.with_source,
        ),
        "waiver": Entering(
            ("unit", "energy"),
            {
                "unit": _UNIT_OF,
                "energy": Cell(cells.word_of(EnergyKind)),
                "grantor": _NAME,
                "granted_on": _DAY,
                "until": _MAYBE_DAY,
            },
            entries.waiver,
        ),
        "quarterly_report": Entering(
            ("province", "quarter"),
            {
                "province": _PROVINCE,
                "quarter": Cell(cells.quarter),
                "state": Cell(cells.word_of(ReportState), "draft"),
                "submitted_on": _MAYBE_DAY,
                "problems": Cell(cells.prose, ""),
                "suggestions": Cell(cells.prose, ""),
            },
            entries.quarterly_report,
        ),
        "duty": Entering(
            ("key",),
            {
                "key": _WRITTEN_KEY,
                "kind": Cell(cells.word_of(DutyKind)),
                "province": _PROVINCE,
                "unit": Cell(cells.credit_code, None),
                "subject": _WRITTEN_KEY,
                "due_on": _DAY,
                "done_on": _MAYBE_DAY,
                "clause": _NAME,
            },
            supervision_entries.duty,
        ),
        "inspection": Entering(
            ("key",),
            {
                "key": _WRITTEN_KEY,
                "unit": _UNIT_OF,
                "agency": _KEY,
                "held_on": _DAY,
                "basis": _NAME,
                "findings": Cell(cells.prose, ""),
                "outcome": Cell(cells.word_of(InspectionOutcome)),
            },
            supervision_entries.inspection,
        ),
        "rectification_order": Entering(
            ("number",),
            {
                "number": Cell(cells.words(NUMBER_MAX)),
                "unit": _UNIT_OF,
                "inspection": Cell(cells.words(KEY_MAX), None),
                "issued_by": _KEY,
                "issued_on": _DAY,
                "deadline": _DAY,
                "grounds": Cell(cells.words(cells.PROSE_MAX, cells.LINES)),
                "state": Cell(cells.word_of(OrderState), "issued"),
                "closed_on": _MAYBE_DAY,
            },
            supervision_entries.rectification_order,
        ),
        "credit_entry": Entering(
            ("key",),
            {
                "key": _WRITTEN_KEY,
                "unit": _UNIT_OF,
                "ground": Cell(cells.word_of(CreditGround)),
                "order_number": Cell(cells.words(NUMBER_MAX), None),
                "state": Cell(cells.word_of(CreditState), "candidate"),
                "candidate_on": _DAY,
                **dict.fromkeys(("reviewed_on", "listed_on", "delisted_on", "dismissed_on"), _MAYBE_DAY),
                "evidence": Cell(cells.words(cells.PROSE_MAX, cells.LINES)),
            },
            supervision_entries.credit_entry,
        ),
        "score": Entering(
            ("province", "quarter", "formula", "edition", "index_name"),
            {
                "province": _PROVINCE,
                "quarter": Cell(cells.quarter),
                "formula": _KEY,
                "edition": _WRITTEN_KEY,
                "index_name": _WRITTEN_KEY,
                "value": Cell(cells.exact(SCORE_PLACES)),
                "rank": Cell(cells.whole(1, 9999), None),
            },
            supervision_entries.score,
        ),
        "bulletin": Entering(
            ("quarter", "edition"),
            {
                "quarter": Cell(cells.quarter),
                "edition": Cell(cells.whole(1, 9999)),
                "title": _NAME,
                "as_of_batch": Cell(cells.whole(1, 2**31 - 1), None),
                "state": Cell(cells.word_of(BulletinState), "draft"),
                **dict.fromkeys(("ndrc_approved_on", "samr_approved_on", "published_on"), _MAYBE_DAY),
                "text": Cell(cells.prose, ""),
            },
            supervision_entries.bulletin,
        ),
        "organisation": Entering(
            ("key",),
            {
                "key": _KEY,
                "name": _NAME,
                "kind": Cell(cells.word_of(OrganisationKind)),
                "parts": Cell(cells.words_of(Part), ""),
                "region": Cell(cells.region, None),
                "unit": Cell(cells.credit_code, None),
                "enabled": Cell(cells.yes_or_no, default=True),
            },
            access_entries.organisation,
        ),
    }
)
