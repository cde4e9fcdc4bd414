"""Reads a meter's figures off an OPC UA server, which a gateway or a control system has them in."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

from edge_probe.config import Device
from edge_probe.extras import lacking
from edge_probe.fields import Fields
from edge_probe.freshness import FRESH_SECONDS
from edge_probe.logins import Login
from edge_probe.map_nodes import Node
from edge_probe.meter_map import MeterMap
from edge_probe.opcua_seen import DatedBy, Fresh, Seen, figure
from edge_probe.ports import Answers, Fault, Meter, Reaching
from edge_probe.reaching import TlsFiles, where_of
from graph.errors import SourceError

if TYPE_CHECKING:
    from edge_probe.opcua_session import OpcuaServer


@dataclass(frozen=True)
class Asking:
    """A device's own settings: what follows the server's address, and how old a figure may be."""

    path: str
    fresh: Fresh


def asking_of(device: Device, faults: list[str]) -> Asking:
    """The settings of a device; what is wrong with them, or with its map, goes to the faults."""
    fields = Fields(device.settings, "settings", faults)
    path = fields.text("path", "/")
    if not path.startswith("/"):
        fields.fault("path", f"expected what follows the port, such as /OPCUA/Server, came {path[:64]!r}")
    seconds = fields.number("fresh_seconds", "1", "86400", FRESH_SECONDS)
    by = fields.member("dated_by", DatedBy, DatedBy.SOURCE)
    fields.finish()
    if not device.map.nodes:
        faults.append(
            f"map: {device.map.name} has no nodes, which {device.protocol} reads; simulated_opcua has"
        )
    return Asking(path, Fresh(float(seconds), by))


class OpcuaMeter:
    """One meter's nodes on a server that others may be on, too."""

    def __init__(self, device: Device, asking: Asking, server: OpcuaServer) -> None:
        self._device, self._asking, self._server = device, asking, server
        self._nodes = [device.map.nodes[name] for name in device.quantities]
        self._silent = False

    async def read(self) -> Answers:
        """Every quantity or its fault, all in as few questions as they take."""
        names = [node.node for node in self._nodes]
        try:
            shown = await self._server.read(names, self._device.timeout_s, behind=self._silent)
        except SourceError as error:
            fault = Fault.of(error)
            self._silent = fault.kind == "silent"
            return dict.fromkeys(self._device.quantities, fault)
        self._silent = False
        now = shown.now or dt.datetime.now(dt.UTC)
        return {
            node.name: self._answer(node, seen, now)
            for node, seen in zip(self._nodes, shown.seen, strict=True)
        }

    async def close(self) -> None:
        """Take leave of the server; the next read opens a session anew."""
        await self._server.release(self._device.timeout_s)

    def _answer(self, node: Node, seen: Seen, now: dt.datetime) -> Decimal | Fault:
        try:
            return figure(node, seen, now, self._asking.fresh)
        except SourceError as error:
            fault = Fault.of(error)
            return Fault(fault.kind, f"{self._server.where}: {fault.detail}")


def together() -> Reaching:
    """One session for each server and user, which devices share."""
    servers: dict[tuple[str, Login | None, TlsFiles | None], OpcuaServer] = {}

    def reach(device: Device, _map: MeterMap) -> Meter:
        from edge_probe.opcua_session import OpcuaServer

        asking = asking_of(device, [])
        where = where_of(device.host, device.port)
        url = f"opc.tcp://{where}{asking.path}"
        said = (url, device.login, device.tls)
        return OpcuaMeter(device, asking, servers.setdefault(said, OpcuaServer(where, *said)))

    return reach


def check(device: Device) -> list[str]:
    """What is wrong with a device, its map or this installation."""
    faults = lacking("asyncua", "opcua", device.protocol)
    asking_of(device, faults)
    if device.tls is not None and device.tls.certificate_file is None:
        faults.append("tls: name certificate_file and key_file, too: in OPC UA both sides show one")
    return faults
