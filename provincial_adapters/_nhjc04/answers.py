"""What a device is answered: success in the literal text it looks for, or code 1 with the place and the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias, TypeVar

from graph.errors import InvalidInput, NengshuError, StoreError
from graph.model.sync_run import Receipt
from provincial_adapters._toolkit.chinese import of_fault, refused

SUCCESS = "RECEIVE SUCCESS"  # clients look for this literal text
Answer: TypeAlias = dict[str, Any]
T = TypeVar("T")


class Refused(Exception):
    """A failure in the words the device is told."""


def answered(step: Callable[[], T]) -> T | Answer:
    """What a step finds, or its failure as the protocol tells it."""
    try:
        return step()
    except Refused as fault:
        return failure(str(fault))
    except StoreError:
        return failure("平台存储失败，数据未保存，请重发")
    except InvalidInput as fault:
        return failure(f"报文有误：{of_fault(fault)}")
    except NengshuError as fault:
        return failure(f"平台处理失败，请重发（{fault}）")


def of_outcome(receipt: Receipt | NengshuError) -> Answer:
    """Success once anything was kept, else the first reason. Raises the fault that stood in a receipt's place."""
    if isinstance(receipt, NengshuError):
        raise receipt
    if receipt.rejected_count < receipt.rows:
        return success()
    first = receipt.rejected[0] if receipt.rejected else None
    why = f"第 {first.row} 条{refused(first.code, first.why)}" if first else "原因见平台回执"
    return failure(f"全部 {receipt.rows} 条数据被拒收：{why}")


def success() -> Answer:
    """Go on."""
    return {"responseCode": "0", "responseMessage": SUCCESS}


def failure(why: str) -> Answer:
    """Mend it, or send it again."""
    return {"responseCode": "1", "responseMessage": why}
