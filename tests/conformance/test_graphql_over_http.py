"""GraphQL over HTTP as the specification's own auditors see it, against a hub that really runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.conformance.others import hub_in, said_by

pytestmark = pytest.mark.slow
AUDITS = 61
OF_GET = {"5A70", "D6D5", "6A70"}  # questions in an address: what the specification leaves to the server


def audited(data: Path, **settings: str) -> list[dict[str, Any]]:
    """What every audit says of a hub with these settings."""
    with hub_in(data, **settings) as hub:
        found: list[dict[str, Any]] = said_by("audits.mjs", hub.address, TOKEN=hub.token)
    assert len({audit["id"] for audit in found}) == AUDITS
    return found


def test_every_audit_is_passed(tmp_path: Path) -> None:
    found = audited(tmp_path, NENGSHU_QUESTIONS_BY_GET="true")
    assert [audit for audit in found if audit["status"] != "ok"] == []


def test_without_questions_in_addresses_all_that_must_or_should_be_is(tmp_path: Path) -> None:
    failed = [audit for audit in audited(tmp_path) if audit["status"] != "ok"]
    assert {audit["id"] for audit in failed} == OF_GET
    assert {audit["status"] for audit in failed} == {"notice"}
