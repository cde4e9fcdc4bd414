"""Who hands in batches: each province's own machine, over a connection of its own, until it has the receipt."""

from __future__ import annotations

import http.client
import json
import secrets
from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any, Self
from urllib.parse import urlsplit

from graph.errors import StoreError
from graph.model.principal import OrganisationKind, Role
from hub.access.machine import new_credential
from hub.settings import Settings
from hub.stores.registry.registry import Registry
from hub.wiring import open_registry
from scripts.benchmarks._asker import NAME, AskersHeaders
from scripts.benchmarks._links_bodies import Form
from scripts.benchmarks._links_nation import WHO, Province

ANSWER_S_MAX = 300.0  # a hub on a busy machine that has its first batch copies the whole registry


@dataclass(frozen=True)
class Sent:
    """A batch whose receipt came: how long that took, and what became of its rows."""

    seconds: float
    rows: int
    receipt: dict[str, Any]

    def check(self, fate: str) -> Self:
        """A time says nothing about rows that met another fate than was meant."""
        if self.receipt[fate] != self.rows:
            told = {name: value for name, value in self.receipt.items() if isinstance(value, int)}
            raise StoreError(f"expected {self.rows} rows {fate}, came {told}, so its time says nothing")
        return self


def machine(
    registry: Registry, key: str, kind: OrganisationKind, region: str | None, roles: Sequence[Role]
) -> str:
    """The credential of a new machine of a new department that reaches a province, or the nation."""
    row = {"key": key, "name": "虚构部门", "kind": kind.value, "parts": ["plans"], "region": region}
    registry.upsert("organisation", [row], WHO)
    credential, jwks = new_credential(key)
    registry.clients.add(key, key, roles, WHO, jwks=jwks)
    return credential


def sending_machines(folder: Path, provinces: Sequence[Province]) -> dict[str, str]:
    """The credential of a machine of each province's, which uploads and may speak of its own units alone."""
    with closing(open_registry(Settings(data_dir=folder))) as registry:
        return {
            each.code: machine(
                registry,
                f"machine-{each.code}",
                OrganisationKind.PROVINCIAL_DEPARTMENT,
                each.code,
                (Role.UPLOAD,),
            )
            for each in provinces
        }


class Sender:
    """A machine that hands batches in, one after the other."""

    def __init__(self, base: str, credential: str) -> None:
        self._headers, self._where = AskersHeaders(base, credential), urlsplit(base).netloc

    def send(self, form: Form, body: bytes, rows: int) -> Sent:
        """Post a body under a key of its own and wait for the receipt."""
        headers = {
            NAME: self._headers[NAME],
            "Content-Type": form.media_type,
            "Idempotency-Key": secrets.token_hex(16),
            **({} if form.encoding == "identity" else {"Content-Encoding": form.encoding}),
        }
        began = perf_counter()
        with closing(http.client.HTTPConnection(self._where, timeout=ANSWER_S_MAX)) as connection:
            connection.request("POST", "/sync/v1/batches", body, headers)
            answer = connection.getresponse()
            said = answer.read()
        seconds = perf_counter() - began
        if answer.status != 201:
            raise StoreError(f"{form.name}: answered {answer.status}: {said[:500].decode(errors='replace')}")
        return Sent(seconds, rows, json.loads(said))
