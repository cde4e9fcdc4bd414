"""`nengshu client`, `organisation` and `key`: a machine gets tokens with its own key, and no key is ever shown."""

from __future__ import annotations

import json
import stat
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey

from graph.model.principal import OrganisationKind, Part, Reach, Role
from hub.access.machine import read_credential
from hub.settings import Settings
from hub.stores.registry.clients import KnownClient
from hub.wiring import open_registry
from tests.hub.cli.terminal import Said, Terminal, serving
from tests.hub.invented_hub import JIA, fill, of_province, of_unit, units_of


@pytest.fixture
def data(tmp_path: Path, nengshu: Terminal) -> Path:
    """A hub's folder with one province and its department."""
    folder = tmp_path / "data"
    fill(folder, JIA)
    add_organisation(nengshu, folder, "jia", "provincial_department", "--region", JIA)
    return folder


def add_organisation(nengshu: Terminal, data: Path, key: str, kind: str, *more: str) -> Said:
    """Add an organisation of the command line."""
    said = nengshu(
        "organisation", "add", key, "--name", "虚构 [bold] 厅", "--kind", kind, *more, "--data", data
    )
    assert (said.code, said.err) == (0, "")
    return said


def found(data: Path, key: str) -> KnownClient:
    """A client as the hub knows it."""
    with closing(open_registry(Settings(data_dir=data))) as registry:
        known = registry.clients.find(key)
    assert known is not None
    return known


def add(nengshu: Terminal, data: Path, key: str, *words: object) -> Said:
    """Add a client of the department."""
    return nengshu("client", "add", key, "--organisation", "jia", "--role", "read", *words, "--data", data)


def test_a_new_client_has_a_credential_that_its_owner_alone_may_read(
    nengshu: Terminal, data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "office.credential"
    said = add(nengshu, data, "office", "--role", "sync", "--new-key", file)
    assert (said.code, said.err) == (0, "")
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    private = json.loads(file.read_text(encoding="utf-8"))["key"]["d"]
    known = found(data, "office")
    assert known.principal.roles == {Role.READ, Role.SYNC}
    assert (known.principal.kind, known.principal.parts) == (
        OrganisationKind.PROVINCIAL_DEPARTMENT, frozenset(Part),
    )  # fmt: skip
    kept = b"".join(each.read_bytes() for each in data.iterdir() if each.is_file())
    assert private.encode() not in kept
    assert private not in said.out + nengshu("client", "list", "--data", data).out


@pytest.mark.slow
def test_a_token_is_got_with_the_credential_until_the_client_is_revoked(
    nengshu: Terminal, data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "office.credential"
    with serving(data) as base:
        add(nengshu, data, "office", "--new-key", file, "--hub", base)
        words = ("client", "token", "--hub", base)
        said = nengshu(*words, "--credential", file)
        assert (said.code, said.err) == (0, "")
        monkeypatch.setenv("NENGSHU_CREDENTIAL", str(file))
        assert nengshu(*words, "--header").out.startswith("Authorization: Bearer eyJ")
        answer = nengshu("query", "{ nation { unitsTotal } }", "--hub", base)
        assert json.loads(answer.out)["data"]["nation"]["unitsTotal"] > 0
        assert nengshu("client", "revoke", "office", "--data", data).out == "office is revoked\n"
        refused = nengshu(*words)
        assert (refused.code, refused.out) == (1, "")
        assert "invalid_client" in refused.err
        headers = {"Authorization": f"Bearer {said.out.strip()}"}
        with httpx.Client(trust_env=False, headers=headers) as client:
            assert client.post(f"{base}/graphql", json={"query": "{ __typename }"}).status_code == 401


def test_a_client_may_keep_its_key_to_itself(nengshu: Terminal, data: Path, tmp_path: Path) -> None:
    key = ECKey.generate_key("P-256", {"use": "sig"}, auto_kid=True)
    file = tmp_path / "office.jwk"
    file.write_text(json.dumps(key.as_dict(private=False)), encoding="utf-8")
    assert add(nengshu, data, "office", "--jwks", file).out == "office is added\n"
    assert [each["kid"] for each in found(data, "office").jwks["keys"]] == [key.kid]


@pytest.mark.parametrize(
    "words", ["", "[]", '{"keys": []}', '{"kty": "oct", "k": "c2VjcmV0"}', "no JSON", "PRIVATE"]
)
def test_what_is_no_public_key_is_refused_and_not_repeated(
    nengshu: Terminal, data: Path, tmp_path: Path, words: str
) -> None:
    key: dict[str, Any] = dict(ECKey.generate_key("P-256").as_dict(private=True))
    file = tmp_path / "office.jwk"
    file.write_text(json.dumps(key) if words == "PRIVATE" else words, encoding="utf-8")
    said = add(nengshu, data, "office", "--jwks", file)
    assert (said.code, said.out) == (1, "")
    assert str(key["d"]) not in said.err
    assert "c2VjcmV0" not in said.err
    with closing(open_registry(Settings(data_dir=data))) as registry:
        assert registry.clients.find("office") is None


def test_a_client_without_a_key_is_told_to_get_one(nengshu: Terminal, data: Path, tmp_path: Path) -> None:
    assert add(nengshu, data, "office").out == "office is added, and gets no token before it has a key\n"
    file = tmp_path / "office.credential"
    assert nengshu("client", "key", "office", "--new-key", file, "--data", data).code == 0
    assert read_credential(file).client == "office"
    assert len(found(data, "office").jwks["keys"]) == 1


def test_a_credential_overwrites_nothing_and_is_gone_where_nothing_came_of_it(
    nengshu: Terminal, data: Path, tmp_path: Path
) -> None:
    file = tmp_path / "office.credential"
    file.write_text("mine", encoding="utf-8")
    assert "is there already" in add(nengshu, data, "office", "--new-key", file).err
    assert file.read_text(encoding="utf-8") == "mine"
    other = tmp_path / "other.credential"
    assert "came upload" not in add(nengshu, data, "office", "--role", "upload", "--new-key", other).err
    again = tmp_path / "again.credential"
    assert "is there already" in add(nengshu, data, "office", "--new-key", again).err
    assert not again.exists()


@pytest.mark.parametrize("words", [(), ("--new-key", "a", "--jwks", "b")])
def test_a_change_of_keys_is_told_which(nengshu: Terminal, data: Path, words: tuple[str, ...]) -> None:
    add(nengshu, data, "office")
    assert "expected one of" in nengshu("client", "key", "office", *words, "--data", data).err


@pytest.mark.parametrize("days", ["0", "-1", "3651", "x"])
def test_a_client_of_no_days_or_too_many_is_refused(nengshu: Terminal, data: Path, days: str) -> None:
    assert add(nengshu, data, "guest", "--days", days).code == 2


def test_a_client_is_bound_to_a_region_or_a_unit(nengshu: Terminal, data: Path) -> None:
    unit = units_of(JIA)[0].code
    add(nengshu, data, "all")
    add(nengshu, data, "unit", "--unit", unit.lower(), "--days", "30", "--dpop")
    assert found(data, "all").principal.reach == of_province(JIA)
    assert found(data, "unit").principal.reach == Reach(of_province(JIA).region, of_unit(unit).unit)
    assert found(data, "unit").proves
    assert found(data, "unit").principal.until is not None


@pytest.mark.parametrize("words", [("--region", "999999"), ("--unit", "x"), ("--role", "audit")])
def test_a_client_goes_no_further_than_its_organisation(
    nengshu: Terminal, data: Path, words: tuple[str, ...]
) -> None:
    nengshu("organisation", "change", "jia", "--kind", "construction_body", "--data", data)
    assert add(nengshu, data, "office", *words).code == 1


def test_an_organisation_is_added_once_and_changed_after_that(nengshu: Terminal, data: Path) -> None:
    nation = add_organisation(nengshu, data, "nation", "national_agency", "--part", "plans")
    assert nation.out == "nation is added\n"
    again = nengshu("organisation", "add", "nation", "--name", "又", "--kind", "auditor", "--data", data)
    assert (again.code, "is there already" in again.err) == (1, True)
    change = partial(nengshu, "organisation", "change", "nation", "--data", data)
    assert change("--name", "新名").out == "nation is changed\n"
    assert change("--name", "新名").out == "nation is as it was\n"
    listed = nengshu("organisation", "list", "--data", data).out
    assert ("新名" in listed, "national_agency" in listed, "plans" in listed) == (True, True, True)


def test_what_is_not_there_is_not_changed(nengshu: Terminal, data: Path) -> None:
    said = nengshu("organisation", "change", "nobody", "--name", "x", "--data", data)
    assert (said.code, "no organisation has the key" in said.err) == (1, True)


def test_a_revoked_client_gets_no_new_key(nengshu: Terminal, data: Path, tmp_path: Path) -> None:
    add(nengshu, data, "office")
    nengshu("client", "revoke", "office", "--data", data)
    said = nengshu("client", "key", "office", "--new-key", tmp_path / "new", "--data", data)
    assert (said.code, "revoked for good" in said.err) == (1, True)


def test_organisations_are_listed_closed_and_opened(nengshu: Terminal, data: Path) -> None:
    add(nengshu, data, "office")
    assert nengshu("organisation", "close", "jia", "--data", data).out == "jia is closed\n"
    assert not found(data, "office").enabled
    listed = nengshu("organisation", "list", "--data", data).out
    assert "…" not in listed
    assert "[bold]" in listed
    assert "closed" in listed
    assert nengshu("organisation", "open", "jia", "--data", data).out == "jia is open\n"
    assert found(data, "office").enabled


def test_keys_are_rotated_and_listed_without_what_is_secret(nengshu: Terminal, data: Path) -> None:
    first = nengshu("key", "rotate", "--data", data).out.split()[-1]
    second = nengshu("key", "rotate", "--data", data).out.split()[-1]
    listed = nengshu("key", "list", "--data", data).out
    assert first != second
    assert listed.index(second[:8]) < listed.index(first[:8])
    with closing(open_registry(Settings(data_dir=data))) as registry:
        kept = registry.signing_keys.list()
        assert all(each.sealed not in listed for each in kept)
        assert [each.retired_at is None for each in kept] == [True, False]
    nengshu("key", "rotate", "--leaked", "--data", data)
    with closing(open_registry(Settings(data_dir=data))) as registry:
        assert len(registry.signing_keys.list()) == 1


def test_whoever_is_nobody_is_told_how_to_be_somebody(
    nengshu: Terminal, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name in ("NENGSHU_TOKEN", "NENGSHU_CREDENTIAL"):
        monkeypatch.delenv(name, raising=False)
    said = nengshu("client", "token", "--hub", "http://127.0.0.1:9")
    assert said.code == 1
    assert "nengshu client add" in said.complaint
    absent = nengshu("client", "token", "--hub", "http://127.0.0.1:9", "--credential", tmp_path / "no")
    assert "cannot be read" in absent.complaint
