"""What a device is answered in the AK dialect: a code, a sentence and data; 401 sends it for another token."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import msgspec

from graph.errors import InvalidInput, NengshuError, StoreError
from provincial_adapters._toolkit.chinese import of_fault

OK, WRONG, UNAUTHORIZED, FORBIDDEN, TOO_FAST, FAILED = "200", "400", "401", "403", "429", "500"
SUCCESS = "操作成功"


@dataclass(frozen=True)
class Answer:
    """An answer's code, sentence and data; the HTTP status it comes with, and when to come again."""

    code: str
    message: str
    data: Mapping[str, Any] | None = None
    status: int = 200
    retry_after_s: int | None = None

    @cached_property
    def body(self) -> bytes:
        """As it goes over the wire."""
        said = {"responseCode": self.code, "responseMessage": self.message, "data": self.data}
        return msgspec.json.encode(said)


class Refused(Exception):
    """A failure in the words the device is told, with its code."""

    def __init__(
        self, message: str, code: str = WRONG, *, status: int = 200, retry_after_s: int | None = None
    ):
        super().__init__(message)
        self.answer = Answer(code, message, None, status, retry_after_s)


def success(data: Mapping[str, Any] | None = None, message: str = SUCCESS) -> Answer:
    """Done; a record is durable."""
    return Answer(OK, message, data)


def answered(step: Callable[[], Answer]) -> Answer:
    """What a step finds, or its failure as the dialect tells it."""
    try:
        return step()
    except Refused as refused:
        return refused.answer
    except NengshuError as fault:
        return told(fault)


def told(fault: NengshuError) -> Answer:
    """An error of ours in the words a device is told."""
    if isinstance(fault, StoreError):
        return Answer(FAILED, "平台存储失败，数据未保存，请重发")
    if isinstance(fault, InvalidInput):
        return Answer(WRONG, f"报文有误：{of_fault(fault)}")
    return Answer(FAILED, f"平台处理失败，请重发（{fault}）")


def too_fast(why: str, wait_s: int) -> Refused:
    """The refusal of who comes too often, with when to come again."""
    return Refused(f"{why}；请 {wait_s} 秒后再试", TOO_FAST, status=429, retry_after_s=wait_s)
