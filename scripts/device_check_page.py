"""The page of the device bench: what it finds, in both languages, as the checks themselves tell it."""

from __future__ import annotations

from hub.device_check.bench import all_checks
from hub.device_check.catalogue import FAILURES, Failure
from hub.device_check.findings import Check, Severity
from hub.simulate.device_faults import FAULTS

_HEAD = """# Check a device before it is put up · 接入端设备自检

For who makes an access device, and for who has to put one up. The bench says line by line what is wrong, in Chinese
and English, with the number of the field failure it is and what to mend. It writes nothing to any store. Written by
`scripts/docs_cli` from `hub/device_check/`; change a check there, not this page.

供设备厂商和用能单位使用：逐条指出报文中的问题，中英文对照，注明对应的现场问题编号和整改办法。不写入任何数据库。

## A file · 检查导出文件

```console
nengshu device check export.json --valid-means 0
```

The file holds what a device sent, in whatever shape its log has: messages of NHJC-04 or the AK dialect, or bare data
rows; one object, an array, or an object a line; or data rows as CSV with the protocol's names in its first
line. UTF-8, GB 18030 or UTF-16; a line that cannot be read is told and costs only itself. A message may stand in an
envelope, `{"path": "/enterprise/uploadEnergyData", "body": {…}}`.
Rows go through the same decoder and the same rules as at a hub.

文件可以是报文或数据行；单个对象、数组或每行一个对象；也可以是 CSV。数据与正式平台使用同一套解码和规则。

| option | what it says · 说明 |
|---|---|
| `--valid-means` | what `valid` holds for a valid value, as the province says · valid 有效时的取值，由省级平台约定 |
| `--realtime-minutes` | 15 or 60, the length of a realtime period · 实时数据的周期 |
| `--minutes` | how long a sandbox stays open; else until Ctrl-C · 沙箱开放时长 |
| `--lang` | `zh`, `en` or `both` · 报告语言 |
| `--json` | the report for machines · 机器可读 |

## A device that uploads · 让设备连接沙箱

```console
nengshu device check http://127.0.0.1:8500 --valid-means 0 --minutes 30
```

opens a hub of its own at that address, in a temporary folder, until the time is over or Ctrl-C, and prints the report.
Any unit with a sound credit code may register, and every point it configures counts at once. On purpose the sandbox

- gives addresses with a mark of their own, so that a device that goes elsewhere is seen (11),
- takes the first upload and answers 504, as a proxy does when an answer is lost: the device has to send it again (4, 10),
- answers a later record of the AK dialect with 401: the device has to ask for another token (12),
- changes `dicVersion` from the second time it is asked for: the device has to fetch the base data again (13).

沙箱在临时文件夹中启动一个完整的平台，任何单位都可注册；
有意丢失一次应答、让令牌失效一次、变更 dicVersion，并下发带标记的地址。

The exit code is 0 where the device conforms, 1 where it does not, 2 where the command was not understood, and 3 where
nothing could be checked: no such file, one of which nothing can be read or that is too large, an address that cannot be
served. A warning alone does not fail it.
退出码：0 符合，1 不符合，2 命令有误，3 无法检查（文件不存在、无法读取或过大，地址不可用）；只有警告时仍为符合。

"""
_FAULTS = """## A device that fails on purpose · 故意出错的模拟设备

`nengshu simulate device --faults` lists what it can do wrong; `--fault` makes it, `--export` writes what it would have sent:

```console
nengshu simulate device --days 5 --totals --fault twelve-hour --export export.json
nengshu device check export.json
```

| no. | `--fault` | what it does |
|---|---|---|
"""


def device_check_page() -> str:
    """The whole page."""
    found = [_row(check) for check in sorted(all_checks().values(), key=_place)]
    absent = [_absent(failure) for failure in FAILURES if failure.absent]
    faults = [f"| {fault.number or '-'} | `{fault.name}` | {fault.what} |" for fault in FAULTS.values()]
    return (
        _HEAD
        + "## What it finds · 检查内容\n\n| no. | check | what is wrong · 问题 | what to mend · 整改 |\n|---|---|---|---|\n"
        + "\n".join(found)
        + "\n\nNumbers are those of the field failures:\n\n| no. | 现场问题 | field failure |\n|---|---|---|\n"
        + "\n".join(f"| {each.number} | {each.chinese} | {each.english} |" for each in FAILURES)
        + "\n\nWhat no check looks for, and why:\n\n"
        + "\n".join(absent)
        + f"\n\n{_FAULTS}"
        + "\n".join(faults)
        + "\n"
    )


def _place(check: Check) -> tuple[int, str]:
    return (check.failures[0] if check.failures else len(FAILURES) + 1, check.code)


def _row(check: Check) -> str:
    numbers = ", ".join(map(str, check.failures)) or "-"
    severity = " (warning · 警告)" if check.severity is Severity.WARNING else ""
    words = check.words
    return (
        f"| {numbers} | `{check.code}`{severity} | {words.chinese}<br>{words.english} | "
        f"{words.mend_chinese}<br>{words.mend_english} |"
    )


def _absent(failure: Failure) -> str:
    chinese, english = failure.absent or ("", "")
    return f"- {failure.number} {failure.english} · {failure.chinese}: {english}. {chinese}。"
