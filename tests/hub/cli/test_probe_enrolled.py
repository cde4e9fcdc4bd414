"""A probe that was enrolled on its box gets tokens once the hub's administrator typed what it printed, and not before."""

from __future__ import annotations

import asyncio
import shlex
from pathlib import Path

import httpx
import pytest

from edge_probe.tokens import Credential, OwnTokens
from graph.errors import SourceRefused
from hub.app import build_app
from hub.settings import Settings
from hub.wiring import open_hub
from tests.hub.cli.terminal import Terminal
from tests.hub.invented_hub import JIA, fill, units_of

HUB = "https://hub.example"
UNIT = units_of(JIA)[1].code


def token_at(folder: Path, credential: Credential) -> str:
    """A token of the hub in this folder, as a probe asks for it."""

    async def ask() -> str:
        with open_hub(Settings(data_dir=folder, public_url=HUB)) as hub:
            transport = httpx.ASGITransport(build_app(hub), raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=transport) as client:
                return await OwnTokens("hub", HUB, credential, client).token()

    return asyncio.run(ask())


def test_what_the_probe_prints_is_what_lets_it_in(
    nengshu: Terminal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    folder = tmp_path / "data"
    fill(folder, JIA)
    nengshu(
        "organisation", "add", "works", "--name", "虚构厂", "--kind", "unit", "--unit", UNIT, "--data", folder
    )
    said = nengshu("probe", "enrol", HUB, "--client", "works-probe", "--unit", UNIT)
    credential = Credential.parse((tmp_path / "works-probe.credential").read_text("utf-8").strip())
    with pytest.raises(SourceRefused, match="invalid_client"):
        token_at(folder, credential)
    (line,) = [line for line in said.out.splitlines() if "nengshu client add" in line]
    _, *words = shlex.split(line.replace("KEY", "works"))
    assert nengshu(*words, "--data", folder).code == 0
    assert token_at(folder, credential)
