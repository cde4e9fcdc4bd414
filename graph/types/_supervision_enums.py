"""The model's enumerations of supervision (督促监管) as GraphQL's, each member described."""

from __future__ import annotations

from graph.execution.enumerations import described
from graph.model.bulletin import BulletinState
from graph.model.credit_entry import CreditGround, CreditState
from graph.model.duty import DutyKind
from graph.model.inspection import InspectionOutcome
from graph.model.rectification_order import OrderState

__all__ = ["BulletinState", "CreditGround", "CreditState", "DutyKind", "InspectionOutcome", "OrderState"]

described(
    DutyKind,
    "What is owed by a day (任务类型).",
    {
        DutyKind.QUARTERLY_REPORT: "A province's quarterly report, by the 15th after the quarter (季度报送).",
        DutyKind.PLATFORM_STAGE: "A stage of a provincial platform, by its planned day (省级平台建设).",
        DutyKind.ACCESS_END: "A stage of a unit's access end, by its planned day (接入端系统建设).",
        DutyKind.FIRST_FILING: "A province's first filing, by 2019-05-31 (首次报送).",
        DutyKind.RECTIFICATION: "What a unit was ordered to mend, by the order's deadline (限期整改).",
    },
)
described(
    InspectionOutcome,
    "What came of an inspection (检查结果).",
    {
        InspectionOutcome.CONFORMING: "All is as it should be (符合要求).",
        InspectionOutcome.ADVISED: "Shortcomings were pointed out, nothing was ordered (提出意见).",
        InspectionOutcome.RECTIFICATION_ORDERED: "A rectification order with a deadline followed (责令限期整改).",
        InspectionOutcome.PENALISED: "A penalty followed (依法处罚).",
    },
)
described(
    OrderState,
    "Where a rectification order stands (整改状态).",
    {
        OrderState.ISSUED: "Issued, and to be mended by the deadline (已下达).",
        OrderState.MENDED: "Mended as it asked (已整改).",
        OrderState.FAILED: "Not mended in time, or not as it asked (逾期不整改或未达到要求).",
        OrderState.WITHDRAWN: "Withdrawn; nothing is owed any more (已撤销).",
    },
)
described(
    CreditGround,
    "Why a unit is entered: the order's three grounds (失信事由).",
    {
        CreditGround.NOT_BUILT: "Its access end was not built in time (未按期完成接入端系统建设).",
        CreditGround.NOT_UPLOADED: "Data were not uploaded as asked (未按要求上传数据).",
        CreditGround.NOT_KEPT_RUNNING: "The system was not kept running (不能维持系统正常运行).",
    },
)
described(
    CreditState,
    "Where a credit entry stands (处理状态).",
    {
        CreditState.CANDIDATE: "Put forward (拟列入).",
        CreditState.REVIEWED: "Reviewed and upheld (已复核).",
        CreditState.LISTED: "Handed to the national credit platform (已列入).",
        CreditState.DELISTED: "Taken off again (已移出).",
        CreditState.DISMISSED: "Not to be listed (不予列入).",
    },
)
described(
    BulletinState,
    "Where a bulletin stands (发布状态).",
    {
        BulletinState.DRAFT: "Being written; not both have approved it (草稿).",
        BulletinState.APPROVED: "Approved by NDRC and SAMR (已会签).",
        BulletinState.PUBLISHED: "Published, and everybody's to read (已发布).",
    },
)
