"""OPC UA over its own TCP protocol (opc.tcp): the server of a gateway or a control system, whose nodes show meters' figures.

4840 is the port registered for it (OPC 10000-6, 7.2) (assumed). asyncua speaks it, an optional extra: LGPL-3.0, used as a
library as it is, which that licence allows a program under any other.
"""

from __future__ import annotations

from edge_probe.opcua_meter import check, together
from edge_probe.ports import MeterProtocol, alone
from edge_probe.reaching import Reach

REACH = Reach(port=4840, tls_port=4840, logs_in=True)
PROTOCOL = MeterProtocol("opcua", alone(together), REACH, together, check)
