"""This hub hands units' readings to an existing platform in NHJC-04, each unit as its access device would.

Source: NHJC-04 as several independent clients in the field speak it (read).
Time:   statDate is the start of the period, uploadDate the value's own version, both Beijing time, whole seconds (read).
Cadence: whenever the link is due, within its own `slot`; after the link's cursor, whole ledger batches (assumed: the slot
        that the platform assigns each unit is for a device, and a hub that speaks for all of them has its link's).
Quirks: polarity of `valid`, length of a realtime period, hyphens, numbers as text (read); which units (ours).

Nothing can be pulled by this dialect: its download addresses have no known form (read). What such a platform lets out
otherwise is read by `rest_json` or `file_drop`. The hub does the handing over (hub/pushing_units.py).
"""

from __future__ import annotations

from provincial_adapters._toolkit.dialect import Dialect, Direction, Quirk
from provincial_adapters._toolkit.platforms_above import PLATFORM_QUIRKS, path

DIALECT = Dialect(
    name="nhjc04_push",
    chinese="按接入端协议上报既有平台",
    english="an existing platform, pushed to in NHJC-04",
    direction=Direction.PUSH,
    quirks=(
        *PLATFORM_QUIRKS,
        Quirk("register_path", "where to register, below the address", "/enterprise/register", fault=path),
    ),
)
