"""MQTT 3.1.1: a broker to whose topics gateways publish what their meters show; the probe subscribes, and publishes nothing.

1883 is the port registered for it, 8883 within TLS (assumed). paho-mqtt speaks it, an optional extra
under EPL-2.0 or BSD-3-Clause.
"""

from __future__ import annotations

from edge_probe.mqtt_meter import check, together
from edge_probe.ports import MeterProtocol, alone
from edge_probe.reaching import Reach

REACH = Reach(port=1883, tls_port=8883, logs_in=True)
PROTOCOL = MeterProtocol("mqtt", alone(together), REACH, together, check)
