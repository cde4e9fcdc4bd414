"""The examples of docs/subscriptions.md, as they stand there, hear a batch or a duty of a hub that really runs."""

from __future__ import annotations

import itertools
import os
import queue
import re
import shutil
import subprocess
import sys
import threading
from collections.abc import Iterator

import pytest

from graph.model.principal import NATION, Role
from hub.settings import Settings
from hub.wiring import open_registry
from tests.conformance.test_subscriptions import OFTEN, hand_in
from tests.hub.invented_hub import JIA, WHO, fill, overdue
from tests.hub.members import token_at
from tests.hub.served_hub import served
from tests.needs import CONFORMANCE, ROOT, need_node

pytestmark = pytest.mark.slow
NUMBERS = itertools.count()
LOOKS, LOOK_S = 40, 0.5  # an example is waited for so often, a batch each time
PAGE = (ROOT / "docs" / "subscriptions.md").read_text(encoding="utf-8")


def examples(language: str) -> list[str]:
    """The fenced blocks of a language."""
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def hub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, str, str]]:
    """Its address, a token that listens and one that hands in; one duty is overdue."""
    data = tmp_path_factory.mktemp("hub")
    fill(data, JIA)
    registry = open_registry(Settings(data_dir=data))
    registry.upsert("duty", [overdue()], WHO)
    registry.close()
    with served(data, OFTEN) as (_, port):
        base = f"http://127.0.0.1:{port}"
        sender = token_at(data, base, "sender", NATION, (Role.UPLOAD,))
        yield base, token_at(data, base, "listener"), sender


def lines_of(process: subprocess.Popen[str]) -> queue.Queue[str]:
    """What a process prints, while it runs."""
    found: queue.Queue[str] = queue.Queue()

    def read() -> None:
        assert process.stdout is not None
        for line in process.stdout:
            found.put(line)

    threading.Thread(target=read, daemon=True).start()
    return found


def commands() -> dict[str, tuple[list[str], str]]:
    """How each example is run, and what it prints once it hears."""
    (script,), (events, socket), (curl, _) = examples("js"), examples("python"), examples("console")
    return {
        "curl": ([str(shutil.which("sh")), "-c", f"exec {curl}"], '"source":"sender"'),
        "python events": ([sys.executable, "-u", "-c", events], "2019-04-15"),
        "python socket": ([sys.executable, "-u", "-c", socket], "'source': 'sender'"),
        "node socket": (["node", "--input-type=module", "-e", script], "source: 'sender'"),
    }


@pytest.mark.parametrize("name", ["curl", "python events", "python socket", "node socket"])
def test_an_example_hears_what_happens(hub: tuple[str, str, str], name: str) -> None:
    base, listener, sender = hub
    words, expected = commands()[name]
    if words[0] == "node":
        words = [str(need_node()), *words[1:]]
    environment = {**os.environ, "HUB": base, "TOKEN": listener, "NO_PROXY": "*", "no_proxy": "*"}
    heard = ""
    with subprocess.Popen(
        words, cwd=CONFORMANCE, env=environment, stdout=subprocess.PIPE, text=True
    ) as process:
        lines = lines_of(process)
        try:
            for _ in range(LOOKS):
                hand_in(base, sender, next(NUMBERS))
                try:
                    while expected not in heard:
                        heard += lines.get(timeout=LOOK_S)
                except queue.Empty:
                    continue
                break
        finally:
            process.kill()
    assert expected in heard, heard
