"""`nengshu subscribe` prints a line an event, of a hub that really runs, and tells how it ended."""

from __future__ import annotations

import itertools
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from graph.errors import SourceUnreachable
from hub.access.machine import new_credential
from hub.cli.subscribe import RENEWED, RENEWED_AFTER_S, payloads_of
from hub.settings import Settings
from hub.wiring import SystemClock, keyring_of, open_registry
from tests.hub.cli.terminal import Terminal
from tests.hub.invented_hub import JIA, WHO, fill, overdue
from tests.hub.members import add_client, token_at
from tests.hub.served_hub import PATIENCE_S, ROOT, served

pytestmark = pytest.mark.slow
DUTIES = "subscription { dutyDue { key } }"
OFTEN = {
    "NENGSHU_STREAM_LOOK_SECONDS": "0.2",
    "NENGSHU_STREAM_SIGN_SECONDS": "0.2",
    "NENGSHU_SYNC_SECONDS": "0",
    "NENGSHU_DUTY_LOOK_SECONDS": "0.2",
}


@contextmanager
def subscribed(
    base: str, token: str | None, document: str, more: Mapping[str, str] | None = None
) -> Iterator[subprocess.Popen[str]]:
    """The command, running, with a token or what else says who asks."""
    told = {"NENGSHU_TOKEN": token} if token else dict(more or {})
    words = [sys.executable, "-m", "hub.cli", "subscribe", document, "--hub", base]
    with subprocess.Popen(
        words, cwd=ROOT, env={**os.environ, **told}, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    ) as process:  # fmt: skip
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A hub's folder with one duty that is overdue."""
    found = tmp_path_factory.mktemp("hub")
    fill(found, JIA)
    return found


def test_each_event_is_a_line_until_the_token_is_taken_back(data: Path) -> None:
    with closing(open_registry(Settings(data_dir=data))) as registry:
        registry.upsert("duty", [overdue("2019Q1")], WHO)
        with (
            served(data, OFTEN) as (_, port),
            subscribed(
                f"http://127.0.0.1:{port}", token_at(data, f"http://127.0.0.1:{port}", "listener"), DUTIES
            ) as process,
        ):
            assert process.stdout is not None
            for quarter in ("2019Q1", "2019Q2"):
                registry.upsert("duty", [overdue(quarter)], WHO)
                assert json.loads(process.stdout.readline()) == {
                    "data": {"dutyDue": {"key": overdue(quarter)["key"]}}
                }
            registry.clients.revoke("listener", WHO)
            last = json.loads(process.stdout.readline())
            assert last["errors"][0]["extensions"]["code"] == "UNAUTHENTICATED"
            assert process.wait(PATIENCE_S) == 1


def test_with_a_credential_it_goes_on_after_its_token_and_ends_with_its_client(
    data: Path, tmp_path: Path
) -> None:
    text, jwks = new_credential("keen")
    file = tmp_path / "keen.credential"
    file.write_text(text)
    file.chmod(0o600)
    settings = Settings(data_dir=data)
    with closing(open_registry(settings)) as registry, served(data, OFTEN) as (_, port):
        add_client(registry, "keen", jwks=jwks)
        asker = {"NENGSHU_CREDENTIAL": str(file)}
        with subscribed(f"http://127.0.0.1:{port}", None, DUTIES, asker) as process:
            assert process.stdout is not None
            assert process.stderr is not None
            for quarter in ("2020Q1", "2020Q2"):
                registry.upsert("duty", [overdue(quarter)], WHO)
                told = map(json.loads, process.stdout)
                assert any(each["data"]["dutyDue"]["key"] == overdue(quarter)["key"] for each in told)
                time.sleep(1.2 * RENEWED_AFTER_S)
                if quarter == "2020Q1":
                    keyring_of(settings, registry, SystemClock()).rotate(WHO, leaked=True)
                    assert process.stderr.readline() == RENEWED + "\n"
            registry.clients.revoke("keen", WHO)
            assert process.wait(PATIENCE_S) == 1
            assert "invalid_client" in process.stderr.read()


def test_what_is_refused_or_nowhere_is_told_in_a_sentence(data: Path) -> None:
    with served(data, OFTEN) as (_, port):
        with subscribed(f"http://127.0.0.1:{port}", "nobody.x", DUTIES) as process:
            out, err = process.communicate(timeout=PATIENCE_S)
        assert (process.returncode, out) == (1, "")
        assert "answered 401: it is not signed with a key" in " ".join(err.split())
    with subscribed("http://127.0.0.1:1", "nobody.x", DUTIES) as process:
        _, err = process.communicate(timeout=PATIENCE_S)
    assert (process.returncode, "SOURCE_UNREACHABLE" in err, "Traceback" in err) == (1, True, False)


def test_a_subscription_is_no_query(tmp_path: Path, nengshu: Terminal) -> None:
    said = nengshu("query", DUTIES, "--data", tmp_path)
    assert (said.code, "a subscription is told over a WebSocket" in " ".join(said.err.split())) == (1, True)


@pytest.mark.parametrize(
    ("lines", "payloads", "ends"),
    [
        (["event: next", 'data: {"data": 1}', "", ":", "", "event: complete", "data: "], [{"data": 1}], True),
        (["event: next", 'data: {"data": 1}', ""], [{"data": 1}], False),
        ([":", "", "event: other", "data: 7"], [], False),
        ([], [], False),
    ],
)
def test_a_stream_that_breaks_off_is_no_end(lines: list[str], payloads: list[object], ends: bool) -> None:
    told = payloads_of("http://hub", lines)
    assert list(itertools.islice(told, len(payloads))) == payloads
    if ends:
        assert list(told) == []
    else:
        with pytest.raises(SourceUnreachable, match="broke off"):
            next(told)
