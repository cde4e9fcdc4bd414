"""What tests of dialects share: databases of provinces, one server of each kind for all of them."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.needs import need_mariadb
from tests.provincial_adapters.databases import Server, mariadb, postgresql


@pytest.fixture(scope="session")
def postgresql_server() -> Iterator[Server]:
    """A PostgreSQL of the tests' own."""
    with postgresql() as server:
        yield server


@pytest.fixture(scope="session")
def mysql_server() -> Iterator[Server]:
    """A MariaDB of the tests' own."""
    with mariadb(need_mariadb()) as server:
        yield server


@pytest.fixture(params=["postgresql", "mysql"])
def server(request: pytest.FixtureRequest) -> Server:
    """Each of the two."""
    found: Server = request.getfixturevalue(f"{request.param}_server")
    return found
