"""GraphQL over HTTP as the specification's own auditors see it, against a hub that really runs."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from graph.model.principal import NATION, Role
from hub.settings import Settings
from hub.wiring import open_registry
from tests.conformance.others import said_by
from tests.hub.invented_hub import JIA, WHO, fill
from tests.hub.served_hub import served
from tests.needs import need_node

pytestmark = pytest.mark.slow
AUDITS = 61
OF_GET = {"5A70", "D6D5", "6A70"}  # questions in an address: what the specification leaves to the server


def audited(data: Path, **settings: str) -> list[dict[str, Any]]:
    """What every audit says of a hub with these settings, asked with a token that may read and nothing else."""
    need_node()
    fill(data, JIA)
    registry = open_registry(Settings(data_dir=data))
    token = registry.clients.add("auditor", "试验", NATION, (Role.READ,), WHO)
    registry.close()
    with served(data, settings) as (_, port):
        found: list[dict[str, Any]] = said_by("audits.mjs", f"http://127.0.0.1:{port}/graphql", TOKEN=token)
    assert len({audit["id"] for audit in found}) == AUDITS
    return found


def test_every_audit_is_passed(tmp_path: Path) -> None:
    found = audited(tmp_path, NENGSHU_QUESTIONS_BY_GET="true")
    assert [audit for audit in found if audit["status"] != "ok"] == []


def test_without_questions_in_addresses_all_that_must_or_should_be_is(tmp_path: Path) -> None:
    failed = [audit for audit in audited(tmp_path) if audit["status"] != "ok"]
    assert {audit["id"] for audit in failed} == OF_GET
    assert {audit["status"] for audit in failed} == {"notice"}
