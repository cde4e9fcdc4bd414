"""Whose a message is, by the credit code it names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import suppress

from graph.errors import MalformedCode
from graph.model.credit_code import CreditCode
from provincial_adapters._nhjc04.answers import Refused
from provincial_adapters._nhjc04.messages import DataUpload
from provincial_adapters._toolkit.chinese import of_code


def unit_of(enterprise: str) -> CreditCode:
    """The unit of a credit code as a device writes it. Raises Refused."""
    try:
        return CreditCode.parse(enterprise)
    except MalformedCode as fault:
        raise Refused(f"enterpriseCode {of_code(fault)}") from fault


def units_of(messages: Iterable[object]) -> Iterator[CreditCode]:
    """Whose uploads say whose they are."""
    for each in messages:
        if isinstance(each, DataUpload):
            with suppress(MalformedCode):
                yield CreditCode.parse(each.enterprise_code)
