"""What each field of the schema reads or decides (字段与权限): nouns of graph.model.rights, whose rules then hold for it.

Nothing is allowed by a line here: row sources refuse what is not the asker's whatever a field does. The lines say what is
to be expected; `docs/rights.md` is written from them, and a test walks the schema as every role and compares. A field that
leads to other rows and has no line fails it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from graphql import GraphQLField, GraphQLObjectType, GraphQLSchema, get_named_type
from strawberry.schema.schema_converter import GraphQLCoreConverter
from strawberry.types.field import StrawberryField

ITS_ROW = ""  # what its parent read already
COVERAGE = "region unit freshness completeness"  # and of links as much as is within reach

_LISTED = {
    "accessDevice accessDevices": "access_device",
    "accessEnd accessEnds": "access_end",
    "accessEndMilestone accessEndMilestones": "access_end_milestone",
    "account accounts": "account",
    "agency agencies": "agency",
    "auditEntry auditEntries": "audit_entry",
    "batch batches": "batch",
    "bulletin bulletins": "bulletin",
    "client clients": "client",
    "coefficient coefficients": "coefficient",
    "columnDrift columnDrifts": "column_drift",
    "creditEntry creditEntries": "credit_entry",
    "dataPoint dataPoints": "data_point",
    "difference differences": "difference",
    "duty duties": "duty",
    "inspection inspections": "inspection",
    "instrument instruments": "instrument",
    "link links": "link",
    "organisation organisations": "organisation",
    "platform platforms": "platform",
    "platformMilestone platformMilestones": "platform_milestone",
    "quarantined quarantinedBatches": "quarantined",
    "quarterlyReport quarterlyReports": "quarterly_report",
    "region regions province provinces": "region",
    "reconciliation reconciliations": "reconciliation",
    "rectificationOrder rectificationOrders": "rectification_order",
    "score scores": "score",
    "syncRun syncRuns": "sync_run",
    "unit units": "unit",
    "verdict verdicts": "verdict",
    "waiver waivers": "waiver",
}
_ROOT = {name: noun for names, noun in _LISTED.items() for name in names.split()} | {
    "completeness": "completeness",
    "completenessByHop": "completeness",
    "completenessEvidence": "completeness",
    "constructionProgress": "region platform_milestone access_end_milestone",
    "energyBalance": "balance",
    "monthlyDifferences": "monthly",
    "nation": ITS_ROW,
    "reading": "data_point readings",
    "_entities": ITS_ROW,  # of which noun, the representations say
    "_service": ITS_ROW,
}

READ: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "Query": _ROOT,
        "Subscription": {
            "batchAccepted": "batch",
            "dutyDue": "duty",
            "syncRunChanged": "sync_run",
        },
        "AccessDevice": {
            "telephones": "access_device.telephones",
            "said": "unit",
            "saidParts": ITS_ROW,
            "problems": ITS_ROW,
            "days": "device_day",
            "seen": "device_seen",
            "dataPoints": "data_point",
            "owner": "unit",
            "linkDetail": "link",
        },
        "DeviceDay": {"refused": ITS_ROW, "suspected": ITS_ROW},
        "DeviceSeen": {"dictionaryOld": ITS_ROW},
        "AccessEnd": {"milestones": "access_end_milestone", "owner": "unit"},
        "AccessEndMilestone": {"owner": "unit"},
        "Account": {"employer": "organisation", "roles": ITS_ROW},
        "Agency": {"persons": "person"},
        "Batch": {"rejections": "rejection"},
        "Client": {"employer": "organisation", "roles": ITS_ROW},
        "Completeness": {"rows": ITS_ROW, "coverage": COVERAGE},
        "CompletenessEvidence": {"facts": ITS_ROW},
        "CompletenessByHop": {"rows": ITS_ROW, "total": ITS_ROW},
        "ConstructionProgress": {"provinces": ITS_ROW, "coverage": COVERAGE},
        "CreditEntry": {"owner": "unit", "order": "rectification_order"},
        "DataPoint": {
            "instrumentDetail": "instrument",
            "owner": "unit",
            "readings": "readings",
            "missing": "readings",
            "latest": "latest",
        },
        "Duty": {"owner": "unit", "provinceDetail": "region"},
        "EnergyBalance": {"rows": ITS_ROW, "coverage": COVERAGE},
        "EnergyBalanceRow": {"before": ITS_ROW, "yearBefore": ITS_ROW},
        "Inspection": {"owner": "unit", "agencyDetail": "agency", "orders": "rectification_order"},
        "Instrument": {"owner": "unit", "calibrationValid": ITS_ROW},
        "ColumnDrift": {"linkDetail": "link"},
        "Difference": {"linkDetail": "link", "owner": "unit"},
        "MonthlyDifference": {"owner": "unit"},
        "Reconciliation": {"linkDetail": "link"},
        "Link": {"lag": ITS_ROW, "lastReconciliationDetail": "reconciliation", "provinceDetail": "region"},
        "Nation": {
            "unitsTotal": "unit",
            "unitsByTier": "unit",
            "unitsConnected": "access_end_milestone",
            "coverage": COVERAGE,
            "provincesCount": "region",
            "latestBatch": "batch",
            "dataVersion": "batch",
        },
        "Organisation": {"clients": "client", "accounts": "account", "parts": ITS_ROW},
        "Person": {"phone": "person.phone"},
        "Platform": {"milestones": "platform_milestone", "provinceDetail": "region"},
        "Quarantined": {"linkDetail": "link"},
        "QuarterlyReport": {"provinceDetail": "region"},
        "Reading": {"verdicts": "verdict", "history": "history"},
        "RectificationOrder": {
            "owner": "unit",
            "inspectionDetail": "inspection",
            "agencyDetail": "agency",
            "creditEntries": "credit_entry",
        },
        "Region": {
            "divisions": "region",
            "agencies": "agency",
            "platform": "platform",
            "units": "unit",
            "progress": "platform_milestone access_end_milestone",
            "completeness": "completeness",
            "quarterlyReports": "quarterly_report",
            "links": "link",
            "live": "live",
            "liveCoverage": ITS_ROW,
        },
        "Score": {"provinceDetail": "region"},
        "SyncRun": {"faults": ITS_ROW, "linkDetail": "link", "refused": ITS_ROW},
        "Unit": {
            "regionDetail": "region",
            "instruments": "instrument",
            "dataPoints": "data_point",
            "accessEnd": "access_end",
            "accessEndMilestones": "access_end_milestone",
            "waivers": "waiver",
            "inspections": "inspection",
            "rectificationOrders": "rectification_order",
            "creditEntries": "credit_entry",
            "duties": "duty",
        },
        "Verdict": {"owner": "unit"},
        "Waiver": {"owner": "unit"},
    }
)

DECIDED: Mapping[str, str] = MappingProxyType(
    {
        "saveAccessDevices": "access_device",
        "saveAccessEndMilestones": "access_end_milestone",
        "saveDataPoints": "data_point",
        "saveInstruments": "instrument",
        "saveLinks": "link",
        "savePlatforms": "platform",
        "savePlatformMilestones": "platform_milestone",
        "saveQuarterlyReports": "quarterly_report",
        "saveUnits": "unit",
        "saveWaivers": "waiver",
    }
)


def leading(schema: GraphQLSchema) -> Iterator[tuple[str, str]]:
    """Every field that may read more than its parent's row: of the roots all, of rows objects and what has a resolver."""
    roots = {kind and kind.name for kind in (schema.query_type, schema.subscription_type)}
    for kind in schema.type_map.values():
        if not isinstance(kind, GraphQLObjectType) or _is_of_a_page_or_row(kind.name):
            continue
        for name, field in kind.fields.items():
            is_object = isinstance(get_named_type(field.type), GraphQLObjectType)
            if kind.name in roots or is_object or _is_resolved(field):
                yield kind.name, name


def _is_resolved(field: GraphQLField) -> bool:
    """Whether code of ours makes its value, which may ask anything; what has none is a cell of its row."""
    made = field.extensions.get(GraphQLCoreConverter.DEFINITION_BACKREF)
    return isinstance(made, StrawberryField) and made.base_resolver is not None


def _is_of_a_page_or_row(name: str) -> bool:
    """Pages show what their list read, what was saved its row; `Live` is asked of another hub, in the words of `Query`."""
    parts = ("Connection", "Edge", "Saved")
    return name.startswith("_") or name.endswith(parts) or name in ("Live", "Mutation")
