"""The small provider as a child process, and the way of a browser without scripts through it."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import httpx

from hub.access.people.provider import ProviderSettings
from tests.hub.access.people.provider import CLIENT
from tests.hub.cli.terminal import ROOT

SECRET = "an-invented-client-secret-of-enough-letters"
END_S = 10.0


@dataclass
class Provided:
    """A provider that runs."""

    issuer: str

    def lie(self, what: str = "") -> None:
        """Tell it how to lie from now on."""
        httpx.post(f"{self.issuer}/lie", params={"what": what}, trust_env=False).raise_for_status()

    def settings(self, claim: str = "preferred_username") -> ProviderSettings:
        """What a hub is told of it."""
        return ProviderSettings(self.issuer, CLIENT, SECRET, claim, "虚构身份认证", "openid profile")


@contextmanager
def provided(back: str) -> Iterator[Provided]:
    """A provider that sends browsers back to a hub at this address."""
    environment = {**os.environ, "PROVIDER_SECRET": SECRET, "PROVIDER_BACK": f"{back}/login/oidc/return"}
    words = [sys.executable, "-m", "tests.hub.access.people.provider"]
    with subprocess.Popen(words, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            yield Provided(process.stdout.readline().strip())
        finally:
            process.terminate()
            process.wait(END_S)


async def through(page: httpx.AsyncClient, name: str = "li", begin: str = "/login/oidc") -> httpx.Response:
    """What the hub answers to who comes back from signing in at the provider."""
    sent = await page.get(begin)
    assert sent.status_code == 303, sent.text
    async with httpx.AsyncClient(trust_env=False) as there:
        back = await there.post(
            sent.headers["location"], data={"name": name, "password": "open"},
        )  # fmt: skip
    assert back.status_code == 303, back.text
    return await page.get(back.headers["location"], headers={"Origin": ""})
