"""How an access device is told what no step of its dialect said: that the hub is full or failed, or the address is none."""

from __future__ import annotations

import orjson

from provincial_adapters.nhjc_ak import BASE_PATH

NHJC04 = "/enterprise/"
FAILURE = "1"  # NHJC-04 knows one code of failure, the AK dialect has the status of HTTP
_WHY = {
    404: "地址有误，平台没有此接口",
    405: "请求方法有误，应为 POST",
    408: "报文未在规定时间内到达，请重发",
    413: "报文过大",
    429: "平台繁忙，请稍后重发",
    503: "平台繁忙，本次未作任何处理，请稍后重发",
}
_OTHERWISE = "平台处理失败，请重发"


def in_words_of_devices(path: str, status: int) -> bytes | None:
    """A body that a device which calls this path can read; None where no device does."""
    why = _WHY.get(status, _OTHERWISE)
    if path.startswith(NHJC04):
        return orjson.dumps({"responseCode": FAILURE, "responseMessage": why})
    if path.startswith(f"{BASE_PATH}/"):
        return orjson.dumps({"responseCode": str(status), "responseMessage": why, "data": None})
    return None
