"""The model's enumerations as GraphQL's, each member described."""

from __future__ import annotations

from graph.execution.enumerations import CoverageState
from graph.execution.enumerations import described as _described
from graph.model.energy import Basis, CoefficientSource, EnergyKind
from graph.model.instrument import PointState
from graph.model.live import LiveState
from graph.model.period import Granularity
from graph.model.platform import AgencyRole, PlatformMode, PlatformStage
from graph.model.progress import AccessEndStage
from graph.model.reading import Fate, Origin
from graph.model.region import RegionLevel
from graph.model.report import ReportPunctuality, ReportState
from graph.model.sync_run import Breaker, RunState
from graph.model.unit import Tier
from graph.ports import Dimension

__all__ = [
    "AccessEndStage",
    "AgencyRole",
    "Basis",
    "Breaker",
    "CoefficientSource",
    "CoverageState",
    "Dimension",
    "EnergyKind",
    "Fate",
    "Granularity",
    "LiveState",
    "Origin",
    "PlatformMode",
    "PlatformStage",
    "PointState",
    "RegionLevel",
    "ReportPunctuality",
    "ReportState",
    "RunState",
    "Tier",
]


_described(
    Tier,
    "Which government supervises a unit (百家、千家、万家).",
    {
        Tier.HUNDRED: "Supervised by the nation (百家).",
        Tier.THOUSAND: "Supervised by the province (千家).",
        Tier.TEN_THOUSAND: "Supervised by the city (万家).",
    },
)
_described(
    EnergyKind,
    "The five energies the order names (石油、煤炭、电力、天然气、热力), and what is none of them.",
    {
        EnergyKind.COAL: "Coal and coke (煤炭).",
        EnergyKind.OIL: "Crude oil and its products (石油).",
        EnergyKind.NATURAL_GAS: "Natural gas (天然气).",
        EnergyKind.ELECTRICITY: "Electricity (电力).",
        EnergyKind.HEAT: "Heat and steam (热力).",
        EnergyKind.OTHER: "Waste, biomass and other energies (其它能源).",
    },
)
_described(
    Basis,
    "Which coal equivalent; the two never mix in one figure.",
    {
        Basis.CALORIFIC: "The heat in the energy (当量).",
        Basis.EQUIVALENT: "The heat it took to make the energy (等价).",
    },
)
_described(
    CoefficientSource,
    "Where a coefficient comes from (系数来源), in the order in which they count.",
    {
        CoefficientSource.MEASURED: "Measured by the unit itself (实测值).",
        CoefficientSource.DICTIONARY: "From the energy dictionary in use (能源字典).",
        CoefficientSource.STANDARD: "A standard's reference value (标准参考值).",
    },
)
_described(
    Granularity,
    "How long one reading's period is (统计类型).",
    {
        Granularity.QUARTER_HOUR: "15 minutes (实时).",
        Granularity.HOUR: "One hour (小时).",
        Granularity.DAY: "A Beijing day (日).",
        Granularity.MONTH: "A Beijing month (月).",
        Granularity.YEAR: "A Beijing year (年).",
    },
)
_described(
    Origin,
    "How a value came about (采集方式).",
    {
        Origin.MANAGEMENT_SYSTEM: "From an energy management system (管理信息系统).",
        Origin.PRODUCTION_CONTROL: "From a production control system (生产监控管理系统).",
        Origin.DCS: "From a distributed control system (分布式控制系统).",
        Origin.INSTRUMENT: "Read from an instrument on site (现场仪表).",
        Origin.MANUAL: "Filled in by hand (手工填报).",
        Origin.SUPPLIER: "From the energy's supplier (能源供应商).",
        Origin.OTHER: "Another way (其它).",
        Origin.ESTIMATED: "Estimated where nothing was measured (估算).",
        Origin.DERIVED: "Rolled up or computed from other readings (推算).",
    },
)
_described(
    Fate,
    "What became of a value that was said (值的去向).",
    {
        Fate.HOLDS: "It holds (有效).",
        Fate.REPLACED: "It held until a later batch replaced it (被替换).",
        Fate.OUTDATED: "It lost as it came and never held (未生效).",
        Fate.CONFIRMED: "It said again what held, under a newer version (重复确认).",
        Fate.WITHDRAWN: "It held until a later batch took it back, with nothing in its place (撤回).",
    },
)
_described(
    PointState,
    "Whether a data point's readings count.",
    {
        PointState.PROPOSED: "Proposed by a device, not yet mapped by its province (待确认).",
        PointState.ACTIVE: "Its readings are due and count (启用).",
        PointState.RETIRED: "No longer due (停用).",
    },
)
_described(
    PlatformMode,
    "How a province's readings reach the nation.",
    {
        PlatformMode.PLATFORM: "Through the province's own platform (自建平台).",
        PlatformMode.DIRECT: "Its units connect to the national platform in batches (分批次接入国家平台).",
    },
)
_described(
    PlatformStage,
    "A stage of a platform's construction (建设阶段), in order.",
    {
        PlatformStage.PLANNED: "The plan is filed (方案已报).",
        PlatformStage.APPROVED: "The project is approved (立项).",
        PlatformStage.CONTRACTED: "The contract is signed (招标签约).",
        PlatformStage.BUILT: "The platform is built (建成).",
        PlatformStage.TRIAL: "In trial operation (试运行).",
        PlatformStage.ACCEPTED: "Accepted (验收).",
    },
)
_described(
    AccessEndStage,
    "A stage of a unit's access end (接入端系统), in order.",
    {
        AccessEndStage.SURVEYED: "The site is surveyed (现场勘查).",
        AccessEndStage.CONTRACTED: "The contract is signed (签约).",
        AccessEndStage.INSTALLED: "Instruments and device are installed (安装).",
        AccessEndStage.CONNECTED: "Uploading every day (联通上传).",
        AccessEndStage.ACCEPTED: "Accepted (验收).",
    },
)
_described(
    AgencyRole,
    "What an agency is in the programme.",
    {
        AgencyRole.NDRC: "National Development and Reform Commission (国家发展改革委).",
        AgencyRole.SAMR: "State Administration for Market Regulation (市场监管总局).",
        AgencyRole.NECC: "National Energy Conservation Center (国家节能中心).",
        AgencyRole.NIM: "National Institute of Metrology (中国计量科学研究院).",
        AgencyRole.LEAD: "A province's lead department (牵头部门).",
        AgencyRole.CONSTRUCTION: "A province's construction body (建设单位).",
        AgencyRole.AUDITOR: "A body that audits (审核机构).",
    },
)
_described(
    RegionLevel,
    "How fine a division is (区划级别).",
    {
        RegionLevel.PROVINCE: "A province, region or municipality, or the Corps (省级).",
        RegionLevel.CITY: "A city or prefecture (地级).",
        RegionLevel.COUNTY: "A county or district (县级).",
    },
)
_described(
    ReportState,
    "Where a quarterly report stands.",
    {
        ReportState.DRAFT: "Being written (草稿).",
        ReportState.SUBMITTED: "Sent to NDRC and SAMR (已报送).",
        ReportState.RETURNED: "Sent back to be mended (退回).",
        ReportState.ACCEPTED: "Accepted (已接收).",
    },
)
_described(
    ReportPunctuality,
    "A report against its due day, seen from today.",
    {
        ReportPunctuality.ON_TIME: "Sent by its due day (按时).",
        ReportPunctuality.LATE: "Sent after its due day (逾期报送).",
        ReportPunctuality.PENDING: "Not sent, not yet due (未到期).",
        ReportPunctuality.OVERDUE: "Not sent, and past its due day (逾期未报).",
    },
)
_described(
    Breaker,
    "Whether a link is tried (熔断状态).",
    {
        Breaker.CLOSED: "At its pace (正常).",
        Breaker.OPEN: "Left alone after failures, until `breakerUntil` (熔断).",
        Breaker.HALF_OPEN: "One run tries it (试运行).",
    },
)
_described(
    RunState,
    "How a sync run ended, or that it has not.",
    {
        RunState.RUNNING: "Still running (进行中).",
        RunState.SUCCEEDED: "Everything that came was taken in (成功).",
        RunState.FAILED: "It ended with an error (失败).",
    },
)
_described(
    LiveState,
    "How it went to ask a province's hub (实时查询状态).",
    {
        LiveState.ANSWERED: "It answered, in full or with errors of its own (已应答).",
        LiveState.UNREACHABLE: "It cannot be reached, or broke off (不可达).",
        LiveState.SLOW: "No whole answer came before the deadline (超时).",
        LiveState.LYING: "Something of its answer is not as it must be (应答不符).",
        LiveState.REFUSED: "It answered, and said no (被拒).",
        LiveState.NO_LINK: "No enabled link leads to a hub of the province (无链路).",
    },
)
_described(
    Dimension,
    "What a figure can be grouped by.",
    {
        Dimension.PROVINCE: "The unit's province (省).",
        Dimension.CITY: "The unit's city (市).",
        Dimension.COUNTY: "The division the unit lies in (县、区), six digits.",
        Dimension.SECTION: "The unit's industry section (行业门类).",
        Dimension.TIER: "The unit's tier (百千万).",
        Dimension.UNIT: "The unit (用能单位).",
        Dimension.KIND: "The energy kind (能源种类).",
        Dimension.VARIETY: "The energy variety (能源品种).",
        Dimension.DAY: "The Beijing day (日).",
        Dimension.MONTH: "The Beijing month (月).",
        Dimension.QUARTER: "The calendar quarter (季度).",
        Dimension.YEAR: "The calendar year (年).",
    },
)
