"""The OPC UA server of a simulated meter: a true one (asyncua), whose nodes show the meter as of when they are read."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from asyncua import Server, ua
from asyncua.server.user_managers import User, UserManager, UserRole

from edge_probe.map_nodes import Node, NodeName
from graph.errors import StoreError
from hub.simulate.meter import LOOPBACK, SimulatedMeter


@dataclass
class Shows:
    """A meter, and how its figures are spoilt: a status by its name, an age, a text or another type in a number's place."""

    meter: SimulatedMeter
    status: str = "Good"
    age_s: float = 0.0
    flags: int = 0
    dated: bool = True
    form: str = "Double"
    special: str | None = None

    def value(self, node: Node) -> ua.DataValue:
        """What a node shows now."""
        values = self.meter.values(self.meter.clock.now())
        now = dt.datetime.now(dt.UTC)
        source = _time(now - dt.timedelta(seconds=self.age_s)) if self.dated else None
        code = getattr(ua.StatusCodes, self.status) | self.flags
        figure = values[node.name] / node.scale
        return ua.DataValue(self._variant(figure), ua.StatusCode(ua.UInt32(code)), source, _time(now))

    def _variant(self, figure: Decimal) -> ua.Variant:
        if self.form == "String":
            return ua.Variant(str(figure), ua.VariantType.String)
        kind, is_float = ua.VariantType[self.form], self.form in ("Double", "Float")
        return ua.Variant(float(self.special or figure) if is_float else int(figure), kind)


def _time(moment: dt.datetime) -> ua.DateTime:
    return ua.DateTime.combine(moment.date(), moment.time(), dt.UTC)


class _OneUser(UserManager):
    """Lets in whoever says one name and one password; with no name, everybody."""

    def __init__(self, user: str, password: str) -> None:
        self._user, self._password = user, password

    def get_user(
        self, *_: Any, username: str | None = None, password: str | None = None, **_more: Any
    ) -> User | None:
        """asyncua asks this of each session."""
        if not self._user or (username, password) == (self._user, self._password):
            return User(role=UserRole.User)
        return None


async def serve_nodes(
    shows: Shows, user: str = "", password: str = "", own: tuple[Path, Path] | None = None
) -> tuple[Server, int]:
    """A server that runs, its nodes those of the meter's map, and the port it took.

    `own` are its certificate and key, with which it is spoken to encrypted as well.
    """
    server = Server(user_manager=_OneUser(user, password))
    await server.init()
    server.set_endpoint(f"opc.tcp://{LOOPBACK}:0")
    server.set_security_policy([ua.SecurityPolicyType.NoSecurity])
    if own:
        await server.load_certificate(own[0])
        await server.load_private_key(own[1])
        encrypted = ua.SecurityPolicyType.Basic256Sha256_SignAndEncrypt
        server.set_security_policy([ua.SecurityPolicyType.NoSecurity, encrypted])
    for node in shows.meter.meter_map.nodes.values():
        made = await server.nodes.objects.add_variable(
            ua.NodeId.from_string(await _numbered(server, node.node)), node.name, 0.0
        )
        server.set_attribute_value_callback(made.nodeid, _showing(shows, node))
    await server.start()
    if server.bserver is None:
        raise StoreError(f"cannot listen on {LOOPBACK}")
    return server, server.bserver.port


def _showing(shows: Shows, node: Node) -> Callable[[ua.NodeId, ua.AttributeIds], ua.DataValue]:
    return lambda _id, _attribute: shows.value(node)


async def _numbered(server: Server, name: NodeName) -> str:
    uris = [name.uri] if name.uri else []
    for uri in uris:
        await server.register_namespace(uri)
    while len(found := await server.get_namespace_array()) <= name.index:
        await server.register_namespace(f"urn:nengshu:simulated:{len(found)}")
    return name.among(found)
