"""Whose a message of the AK dialect is, by the credit code it names."""

from __future__ import annotations

from graph.errors import MalformedCode
from graph.model.credit_code import CreditCode
from provincial_adapters._nhjc_ak.answers import Refused
from provincial_adapters._toolkit.chinese import of_code


def unit_of(enterprise: str) -> CreditCode:
    """The unit of a credit code. Raises Refused."""
    try:
        return CreditCode.parse(enterprise)
    except MalformedCode as fault:
        raise Refused(f"enterpriseCode {of_code(fault)}") from fault
