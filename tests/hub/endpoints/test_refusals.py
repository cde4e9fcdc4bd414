"""How the hub says no: one shape, nothing of its inside, and the same guards on every answer."""

from __future__ import annotations

import dataclasses
from typing import Any, NoReturn, cast

import pytest

from graph.errors import StoreError
from graph.model.principal import Role
from hub.doors import DOORS
from hub.endpoints.headers import SAFE
from hub.stores.readings.store import ReadingsStore
from hub.wiring import Hub
from tests.hub.invented_hub import JIA, WHO, asking, is_problem, of_province, post, token_of

pytestmark = pytest.mark.anyio
GUARDED = (
    ("GET", "/sync/v1/changes"), ("GET", "/sync/v1/batches/1"), ("POST", "/sync/v1/batches"), ("POST", "/graphql"),
    ("GET", "/graphql"), ("GET", "/metrics"), ("GET", "/export/readings"), ("GET", "/export/balance"),
)  # fmt: skip


class Broken:
    """A store that fails in a way of the test's."""

    def __init__(self, fault: Exception) -> None:
        self._fault = fault

    def version(self) -> int:
        """A number in memory, which does not fail."""
        return 0

    def __getattr__(self, name: str) -> Any:
        def fail(*_: object) -> NoReturn:
            raise self._fault

        return fail


def with_broken_store(hub: Hub, fault: Exception) -> Hub:
    """The same hub over a store that always fails."""
    return dataclasses.replace(hub, store=cast("ReadingsStore", Broken(fault)))


@pytest.mark.parametrize(("method", "path"), GUARDED)
@pytest.mark.parametrize(
    "header",
    [
        None, "", "Bearer", "Bearer ", "Bearer nobody.secret", "Bearer known.", "Bearer known.wrong", "Bearer .x",
        "Basic a25vd246c2VjcmV0", "Bearer a b", f"Bearer known.{'x' * 5000}", "Bearer known.\xe9", "known.x",
    ],
)  # fmt: skip
async def test_whoever_has_no_token_is_asked_for_one(
    hub: Hub, method: str, path: str, header: str | None
) -> None:
    if hub.registry.clients.find("known") is None:
        token_of(hub, "known")
    headers = [] if header is None else [(b"Authorization", header.encode("latin-1"))]
    async with asking(hub) as client:
        reply = await client.request(method, path, headers=headers)
    assert is_problem(reply, 401, "UNAUTHENTICATED")
    assert reply.headers["www-authenticate"] == 'Bearer realm="nengshu"'


@pytest.mark.parametrize(("method", "path"), GUARDED)
async def test_a_revoked_token_counts_no_longer(hub: Hub, method: str, path: str) -> None:
    key = f"revoked-{method}{path.replace('/', '-')}"
    token = token_of(hub, key)
    hub.registry.clients.revoke(key, WHO)
    async with asking(hub, token) as client:
        assert is_problem(await client.request(method, path), 401, "UNAUTHENTICATED")


@pytest.mark.parametrize(
    ("method", "path", "role"),
    [
        ("GET", "/sync/v1/changes", Role.SYNC),
        ("POST", "/sync/v1/batches", Role.UPLOAD),
        ("POST", "/graphql", Role.READ),
        ("GET", "/metrics", Role.READ),
    ],
)
async def test_every_role_but_the_right_one_is_forbidden(
    hub: Hub, method: str, path: str, role: Role
) -> None:
    opening = DOORS[f"{method} {path}"].roles
    assert role in opening
    others = tuple(other for other in Role if other not in opening)
    key = f"not-{role.value}-{path.rsplit('/')[-1]}"
    async with asking(hub, token_of(hub, key, of_province(JIA), others)) as client:
        reply = await client.request(method, path)
    assert is_problem(reply, 403, "FORBIDDEN")
    assert role.value in reply.json()["detail"]


@pytest.mark.parametrize(
    "path", ["/nowhere", "/sync/v1/batches/one", "/sync/v1/", "/enterprise", "/../x", "/%00"]
)
async def test_an_unknown_path_is_a_problem(hub: Hub, path: str) -> None:
    async with asking(hub) as client:
        assert is_problem(await client.get(path), 404, "NOT_FOUND")


@pytest.mark.parametrize(
    ("method", "path", "allowed"),
    [
        ("GET", "/sync/v1/batches", "POST"),
        ("DELETE", "/sync/v1/batches/1", "GET"),
        ("POST", "/sync/v1/changes", "GET"),
        ("POST", "/healthz", "GET"),
    ],
)
async def test_another_method_is_a_problem_that_names_the_right_one(
    hub: Hub, method: str, path: str, allowed: str
) -> None:
    async with asking(hub) as client:
        reply = await client.request(method, path)
    assert is_problem(reply, 405, "METHOD_NOT_ALLOWED")
    assert allowed in reply.headers["allow"]


@pytest.mark.parametrize("name", ["after", "limit"])
@pytest.mark.parametrize("value", ["-1", "x", "1.5", "²", "9" * 11, "", " 1"])
async def test_a_number_in_an_address_is_a_whole_one(hub: Hub, name: str, value: str) -> None:
    key = "numbers"
    token = token_of(hub, f"{key}-{name}-{ascii(value).encode().hex()[:20]}")
    async with asking(hub, token) as client:
        reply = await client.get("/sync/v1/changes", params={name: value})
    assert is_problem(reply, 400, "INVALID_INPUT")


async def test_what_nobody_foresaw_is_masked(hub: Hub) -> None:
    token = token_of(hub, "unforeseen")
    broken = with_broken_store(hub, RuntimeError("the password is swordfish"))
    async with asking(broken, token) as client:
        for reply in (
            await client.get("/sync/v1/changes"),
            await client.get("/sync/v1/batches/1"),
            await post(client, b"[]", "key"),
        ):
            assert is_problem(reply, 500, "INTERNAL")
            assert all(word not in reply.text for word in ("swordfish", "Traceback", "RuntimeError", ".py"))
            assert {name: reply.headers[name] for name in SAFE} == SAFE


async def test_graphql_masks_what_nobody_foresaw_and_answers_the_rest(hub: Hub) -> None:
    broken = with_broken_store(hub, RuntimeError("the password is swordfish"))
    async with asking(broken, token_of(hub, "masked")) as client:
        reply = await client.post("/graphql", json={"query": "{ batches { nodes { id } } }"})
    said = reply.json()
    assert (reply.status_code, said["errors"][0]["extensions"]["code"]) == (200, "INTERNAL")
    assert "swordfish" not in reply.text


async def test_a_store_that_refuses_is_said_to_be_unavailable(hub: Hub) -> None:
    token = token_of(hub, "unavailable")
    async with asking(with_broken_store(hub, StoreError("nothing was written: disk full")), token) as client:
        assert is_problem(await post(client, b"[]", "key"), 503, "STORE_ERROR")


@pytest.mark.parametrize(
    "path", ["/healthz", "/", "/graphiql", "/nowhere", "/graphql", "/sync/v1/batches", "/sync/v1/changes"]
)
async def test_every_answer_carries_the_same_guards(hub: Hub, path: str) -> None:
    async with asking(hub) as client:
        reply = await client.get(path)
    assert reply.headers["x-content-type-options"] == "nosniff"
    assert reply.headers["referrer-policy"] in ("no-referrer", "same-origin")
    assert "default-src 'none'" in reply.headers["content-security-policy"]


async def test_health_is_asked_without_a_token(hub: Hub) -> None:
    async with asking(hub) as client:
        reply = await client.get("/healthz")
    assert (reply.status_code, reply.json()) == (200, {"status": "ok"})
