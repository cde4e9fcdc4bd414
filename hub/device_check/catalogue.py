"""What goes wrong in the field, by number, and why some of it is no check of a device."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Failure:
    """One thing that goes wrong. `absent` says, in both languages, why no check looks for it."""

    number: int
    chinese: str
    english: str
    absent: tuple[str, str] | None = None


_COUNTER = (
    "属于读表环节，由采集端（探针）在计数器上判断；上传的用量里看不出来",
    "a matter of reading the counter, which the probe judges; an uploaded use does not show it",
)

FAILURES = (
    Failure(1, "缺测写成 0.00", "missing sent as 0.00"),
    Failure(2, "statDate 为上传时刻", "statDate is the moment of upload"),
    Failure(3, "日界切在 16:10", "the day is cut at 16:10"),
    Failure(4, "只在一小时内重试，不补传", "retries within one hour only, no back-fill"),
    Failure(5, "每天第一个一刻钟丢失", "the first quarter-hour of each day is lost"),
    Failure(6, "Wh 整除 1000", "Wh / 1000 in integers"),
    Failure(7, "12 小时制 hh", "12-hour hh stamps"),
    Failure(8, "经纬度颠倒", "latitude and longitude swapped"),
    Failure(9, "valid 含义相反", "polarity of valid"),
    Failure(10, "应答丢失后整批重发", "the whole batch is resent after a lost reply"),
    Failure(11, "写死地址", "hard-coded URLs"),
    Failure(12, "401 后无休止重试", "endless 401 retries"),
    Failure(13, "旧的 dicVersion", "old dicVersion"),
    Failure(14, "数据编码有误", "malformed dataCode"),
    Failure(15, "换表未录读数，用量为负", "meter replaced without readings: negative use"),
    Failure(16, "表底短时归零后恢复", "a counter drops to 0 for minutes and comes back", _COUNTER),
    Failure(17, "表底真实清零或翻转", "a true reset or roll-over of a counter", _COUNTER),
    Failure(18, "缓存数据数日后补传", "buffered data delivered days later"),
    Failure(19, "单位差 1000 倍、漏乘 CT 变比", "unit ×1000, CT ratio forgotten"),
    Failure(20, "一行坏数据拖垮整批", "one bad row sinks the batch"),
    Failure(21, "按时但空的报文，上传率超 100%", "on-time but empty reports, rates over 100 %"),
    Failure(
        22,
        "两个页面显示两个完整率",
        "two screens show two completeness figures",
        (
            "属于平台一侧：本平台所有页面问同一个接口，数字只有一个",
            "a matter of the platform: here every screen asks the same schema, and there is one figure",
        ),
    ),
)  # fmt: skip
