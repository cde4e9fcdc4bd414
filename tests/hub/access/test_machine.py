"""A credential is made for a client, shown once, read from a file of one owner, and gets tokens of a hub."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from graph.errors import ConfigurationError, SourceRefused
from hub.access.machine import Credential, OwnTokens, credential_of, new_credential, read_credential
from tests.hub.access.oauth.stage import BASE, World, known
from tests.hub.access.oauth.test_served import serving


def test_a_new_credential_is_read_back_and_its_public_half_holds_nothing_private() -> None:
    text, public = new_credential("meter", "https://hub.example", proves=True)
    read = credential_of(f"{text}\n", "NENGSHU_CREDENTIAL")
    assert (read.client, read.hub, read.proves) == ("meter", "https://hub.example", True)
    (key,) = public["keys"]
    assert key.keys() == {"kty", "crv", "x", "y", "kid", "use", "alg"}
    assert key["kid"] == read.key.kid
    assert str(read.key.as_dict(private=True)["d"]) not in f"{read!r} {read}"


def test_no_two_credentials_share_a_key() -> None:
    assert len({new_credential("meter")[0] for _ in range(5)}) == 5


def test_a_credential_file_is_of_its_owner_alone(tmp_path: Path) -> None:
    file = tmp_path / "meter.json"
    file.write_text(new_credential("meter")[0])
    file.chmod(0o640)
    with pytest.raises(ConfigurationError, match="chmod 600"):
        read_credential(file)
    file.chmod(0o600)
    assert read_credential(file).client == "meter"


@pytest.mark.parametrize("content", [b"", b"{}", b"\xff\xfe", b"s3cret", b"x" * 100_000])
def test_a_file_that_holds_none_is_told_without_showing_it(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "meter.json"
    file.write_bytes(content)
    file.chmod(0o600)
    with pytest.raises(ConfigurationError) as told:
        read_credential(file)
    assert "s3cret" not in str(told.value)
    with pytest.raises(ConfigurationError, match="No such file"):
        read_credential(tmp_path / "gone")


def registered(world: World, *, proves: bool = False) -> Credential:
    text, public = new_credential("machine", world.base, proves=proves)
    world.put(replace(known("machine"), jwks=public, proves=proves))
    return credential_of(text, "test")


@pytest.mark.anyio
@pytest.mark.slow
@pytest.mark.parametrize("proves", [False, True])
async def test_a_machine_with_it_is_let_in_over_a_real_socket(proves: bool) -> None:
    async with serving() as (world, client):
        tokens = OwnTokens("hub", world.base, registered(world, proves=proves), client)
        for _ in range(3):
            headers = await tokens.headers("POST", f"{world.base}/graphql")
            answer = await client.post(f"{world.base}/graphql", headers=headers)
            assert answer.json() == {"client": "machine", "roles": ["read", "upload"]}
            assert headers["Authorization"].startswith("DPoP" if proves else "Bearer")


@pytest.mark.anyio
@pytest.mark.slow
async def test_a_machine_of_another_hub_is_refused() -> None:
    async with serving() as (world, client):
        mine = replace(registered(world), hub=BASE)
        with pytest.raises(SourceRefused, match="invalid_client"):
            await OwnTokens("hub", world.base, mine, client).token()


@pytest.mark.anyio
async def test_a_hub_that_is_another_server_altogether_is_refused() -> None:
    mine = credential_of(new_credential("meter")[0], "test")
    transport = httpx.MockTransport(lambda _: httpx.Response(404))
    async with httpx.AsyncClient(transport=transport) as client:
        with pytest.raises(SourceRefused, match="404"):
            await OwnTokens("hub", BASE, mine, client).token()
