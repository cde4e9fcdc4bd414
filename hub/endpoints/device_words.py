"""Refusals on the paths of access devices, in the form of their dialect and in Chinese: a device reads nothing else."""

from __future__ import annotations

from collections.abc import Mapping

import orjson
from starlette.responses import Response

from provincial_adapters.nhjc_ak import BASE_PATH, Answer

NHJC04_PATH = "/enterprise/"
_WORDS = {
    404: "地址不存在",
    405: "请求方法不支持，请用 POST",
    408: "报文未在规定时间内传完",
    413: "报文过大",
    429: "平台繁忙，请稍后重发",
    500: "平台处理失败，请重发",
    503: "平台繁忙，请稍后重发",
}
_WRONG = "报文有误"
_AK_CODES = {429: "429", 500: "500", 503: "429"}  # what passes; all else is the device's to mend


def refusal(path: str, status: int, why: str, headers: Mapping[str, str] | None = None) -> Response | None:
    """The answer a device on this path understands; None where no device calls."""
    if path.startswith(NHJC04_PATH):
        body = orjson.dumps({"responseCode": "1", "responseMessage": _said(status, why)})
    elif path.startswith(f"{BASE_PATH}/"):
        body = Answer(_AK_CODES.get(status, "400"), _said(status, why)).body
    else:
        return None
    return Response(body, status, headers, media_type="application/json")


def _said(status: int, why: str) -> str:
    """Chinese first; what is said in English stands in brackets behind it."""
    words = _WORDS.get(status, _WRONG)
    return f"{words}（{why}）" if why.isascii() else f"{words}：{why}"
