"""The model's enumerations of access as GraphQL's, each member described."""

from __future__ import annotations

from graph.execution.enumerations import described as _described
from graph.model.audit import TrailAction, TrailOutcome
from graph.model.principal import OrganisationKind, Part, Role

__all__ = ["OrganisationKind", "Part", "Role", "TrailAction", "TrailOutcome"]


_described(
    OrganisationKind,
    "What an organisation is in the programme (机构类别).",
    {
        OrganisationKind.NATIONAL_AGENCY: "A national agency (国家主管部门).",
        OrganisationKind.PROVINCIAL_DEPARTMENT: "A province's department, or one of a city or county (地方牵头部门).",
        OrganisationKind.CONSTRUCTION_BODY: "Who builds and runs a platform (建设单位).",
        OrganisationKind.UNIT: "A key energy-using unit (重点用能单位).",
        OrganisationKind.AUDITOR: "Who audits and decides nothing (审计机构).",
    },
)
_described(
    Part,
    "What of the programme an authority decides (职责分工).",
    {
        Part.PLANS: "Plans and reports (建设计划与季度报告).",
        Part.INSTRUMENTS: "Measuring instruments (能源计量器具).",
    },
)
_described(
    Role,
    "What a machine or a person may do within its reach (角色).",
    {
        Role.READ: "Read (查阅).",
        Role.UPLOAD: "Hand in readings (报送).",
        Role.SYNC: "Take all that is new (同步).",
        Role.DECIDE: "Decide what is its organisation's to decide (决策).",
        Role.EXPLORE: "Ask what is no trusted document (自由查询).",
        Role.CONTACTS: "See how responsible persons are reached (联系人).",
        Role.AUDIT: "Read who did what (审计).",
        Role.ADMINISTER: "Look after organisations, clients and accounts (管理).",
        Role.INTROSPECT: "Ask what a token is worth (令牌核验).",
    },
)
_described(
    TrailAction,
    "What was done (操作): to a row of the registry, or at the door.",
    {
        TrailAction.INSERT: "A row is new (新增).",
        TrailAction.UPDATE: "A row was changed (修改).",
        TrailAction.TOKEN: "A machine was given an access token (签发令牌).",
        TrailAction.LOGIN: "A person signed in (登录).",
        TrailAction.LOGOUT: "A person signed out (退出登录).",
        TrailAction.EXPORT: "Rows were taken out as a file (数据导出).",
        TrailAction.DENIED: "A request was turned away (拒绝访问).",
        TrailAction.REVOKE: "A token, a client or an account counts no longer (吊销).",
        TrailAction.ROTATE: "Another key signs tokens (密钥轮换).",
        TrailAction.INVITE: "A person was invited (邀请).",
    },
)
_described(
    TrailOutcome,
    "Whether something was let happen (结果).",
    {
        TrailOutcome.GRANTED: "It happened (准予).",
        TrailOutcome.DENIED: "It was refused (拒绝).",
    },
)
