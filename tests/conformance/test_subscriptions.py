"""The clients that the two protocols' authors wrote hear what happens in a hub that really runs, and how it ends."""

from __future__ import annotations

import datetime as dt
import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from graph.model.principal import NATION, Role
from tests.conformance.others import PATIENCE_S
from tests.hub.invented_hub import JIA, fill, reading
from tests.hub.members import token_at
from tests.hub.served_hub import served
from tests.needs import CONFORMANCE, need_node

pytestmark = pytest.mark.slow
LIVES = dt.timedelta(seconds=12)  # of the listeners' token; the hub and two clients start meanwhile
BATCHES = "subscription { batchAccepted { id source rows } }"
BOTH = ("socket", "events")
OFTEN = {"NENGSHU_STREAM_SIGN_SECONDS": "0.2", "NENGSHU_SYNC_SECONDS": "0"}


@contextmanager
def hub_with(data: Path, lives: dt.timedelta | None) -> Iterator[tuple[str, str, str]]:
    """Its address, a token that may listen as long as that, and one that may hand in."""
    need_node()
    fill(data, JIA)
    with served(data, OFTEN) as (_, port):
        base = f"http://127.0.0.1:{port}"
        sender = token_at(data, base, "sender", NATION, (Role.UPLOAD,))
        yield base, token_at(data, base, "listener", lives=lives), sender


@contextmanager
def listening(base: str, token: str, query: str) -> Iterator[Iterator[dict[str, Any]]]:
    """What both clients say, line by line."""
    with subprocess.Popen(
        [need_node(), "listeners.mjs", f"{base}/graphql", query],
        cwd=CONFORMANCE, env={**os.environ, "TOKEN": token}, stdout=subprocess.PIPE, text=True,
    ) as process:  # fmt: skip
        try:
            assert process.stdout is not None
            yield (json.loads(line) for line in process.stdout)
            process.wait(PATIENCE_S)
        finally:
            process.kill()


def hand_in(base: str, token: str, number: int) -> int:
    """A batch of this number's value; its number in the ledger."""
    headers = {"Authorization": f"Bearer {token}", "Idempotency-Key": f"batch {number}"}
    with httpx.Client(trust_env=False, base_url=base, headers=headers) as client:
        reply = client.post("/sync/v1/batches", json=[reading(value=number)])
    assert reply.status_code == 201, reply.text
    batch: int = reply.json()["batch"]
    return batch


def both(lines: Iterator[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    """The next thing each of the two says."""
    said = [next(lines), next(lines)]
    return {line.pop("by"): line for line in said}


def test_both_clients_hear_each_batch_and_end_with_their_token(tmp_path: Path) -> None:
    with hub_with(tmp_path, LIVES) as (base, token, sender), listening(base, token, BATCHES) as lines:
        assert both(lines) == {who: {"listens": True} for who in BOTH}
        for number in (1, 2):
            batch = hand_in(base, sender, number)
            told = {"data": {"batchAccepted": {"id": batch, "source": "sender", "rows": 1}}}
            assert both(lines) == {who: {"heard": told} for who in BOTH}
        rest = list(lines)
    of_socket = [line for line in rest if line["by"] == "socket"]
    assert of_socket[0]["failed"]["code"] == 4401
    assert of_socket[0]["failed"]["reason"].startswith("UNAUTHENTICATED")
    assert of_socket[1:] == [{"by": "socket", "pinged": True}]
    last, complete = [line for line in rest if line["by"] == "events"]
    assert last["heard"]["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
    assert complete == {"by": "events", "complete": True}


def test_both_clients_are_told_why_a_subscription_is_refused(tmp_path: Path) -> None:
    wrong = "subscription { batchAccepted { nothing } }"
    with hub_with(tmp_path, None) as (base, token, _), listening(base, token, wrong) as lines:
        said = list(lines)
    heard = [line["heard"]["errors"][0]["extensions"]["code"] for line in said if "heard" in line]
    assert heard == ["GRAPHQL_VALIDATION_FAILED"]  # over the socket it is an error of the operation
    assert any(line["by"] == "socket" and "failed" in line for line in said)


def test_both_clients_give_up_where_the_token_is_nobodys(tmp_path: Path) -> None:
    with hub_with(tmp_path, None) as (base, _, _), listening(base, "nobody.x", BATCHES) as lines:
        said = list(lines)
    failed = {line["by"]: line["failed"] for line in said if "failed" in line}
    assert failed["socket"]["code"] == 4401
    assert "401" in failed["events"]["reason"] or "Unauthorized" in failed["events"]["reason"]
