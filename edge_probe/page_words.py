"""What the probe's page says, in Chinese and in English."""

from __future__ import annotations

from enum import StrEnum


class Language(StrEnum):
    """A language of the page."""

    CHINESE = "zh"
    ENGLISH = "en"


# key -> Chinese, English
WORDS: dict[str, tuple[str, str]] = {
    "title": ("能枢采集端", "Nengshu probe"),
    "unit": ("用能单位", "Unit"),
    "running": ("运行中，自", "Running since"),
    "stopped": ("采集程序未运行", "The probe does not run"),
    "now": ("当前时间", "Time"),
    "next look": ("下次抄表", "Next look"),
    "clock offset": ("时钟偏差", "Clock offset"),
    "unknown": ("未知", "unknown"),
    "waiting": ("待传", "Waiting"),
    "platforms": ("平台", "Platforms"),
    "since": ("最早一条写于", "Oldest from"),
    "next slot": ("下次上传时段", "Next slot"),
    "at once": ("随时", "at once"),
    "failures": ("连续失败", "Failures in a row"),
    "last took": ("最近接收", "Last took"),
    "compared": ("最近对账", "Last compared"),
    "differ": ("日不一致", "days differ"),
    "broke off": ("对账未成", "broke off"),
    "meters": ("表计", "Meters"),
    "counter": ("表底数", "Counter"),
    "last energy": ("最近一刻钟", "Last quarter-hour"),
    "today": ("今日累计", "Today so far"),
    "errors": ("近一小时失败率", "Errors, last hour"),
    "looks": ("次", "looks"),
    "state": ("状态", "State"),
    "ok": ("正常", "ok"),
    "never": ("从未", "never"),
    "amiss": ("近一日异常", "Amiss in the last day"),
    "nothing amiss": ("无", "nothing"),
    "events": ("最近事件", "Newest events"),
    "no event": ("无", "none"),
    "measured": ("实测", "measured"),
    "estimated": ("估算", "estimated"),
    "legend": ("每柱一刻钟，缺口为无数", "A bar is a quarter-hour, a hole none"),
    "meter": ("表计无数", "meter gave nothing"),
    "stopped span": ("采集端停运", "the probe did not run"),
    "all points": ("全部数据项", "all data codes"),
    "other": ("English", "中文"),
}

# What faults are called among the probe's parts -> in Chinese. One that is not here is shown as it is called.
TROUBLES = {
    "silent": "无应答",
    "refused": "表计拒答",
    "malformed": "应答有误",
    "unknown-map": "表型不符",
    "counter-fell": "底数回落",
    "counter-leapt": "底数突增",
    "clock-went-back": "时钟回拨",
}


def trouble(fault: str, language: Language) -> str:
    """One or several kinds of fault, in words of the page."""
    kinds = fault.split(", ")
    return fault if language is Language.ENGLISH else "、".join(TROUBLES.get(kind, kind) for kind in kinds)


def word(key: str, language: Language) -> str:
    """One of them."""
    chinese, english = WORDS[key]
    return chinese if language is Language.CHINESE else english


def language_of(asked: str, accepted: str) -> Language:
    """The language asked for, else the browser's, else Chinese."""
    for text in (asked, accepted[:2].lower()):
        if text in list(Language):
            return Language(text)
    return Language.CHINESE
