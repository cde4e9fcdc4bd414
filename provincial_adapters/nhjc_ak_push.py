"""This hub hands units' readings to an existing platform in the AK dialect, each unit as its access device would.

Source: the AK dialect as two clients of one province speak it, and what is assumed where they say nothing (read).
Time:   statDate is the start of the period, uploadDate the value's own version, both Beijing time, whole seconds (read).
Cadence: whenever the link is due, within its own `slot`; after the link's cursor, whole ledger batches (assumed, as in
        provincial_adapters/nhjc04_push.py). One record is one POST (read).
Quirks: polarity of `valid`, length of a realtime period, hyphens, numbers as text (read); the form of the key and the
        header of the token (assumed); which units (ours).

The secret that the link's credential names is the password of all units, or an object of JSON with each unit's own.
Nothing can be pulled by this dialect: `/dataDownload` hands out base data alone (read). What such a platform lets out
otherwise is read by `rest_json` or `file_drop`. The hub does the handing over (hub/pushing_units.py).
"""

from __future__ import annotations

from provincial_adapters._toolkit.dialect import Dialect, Direction, Quirk, one_of
from provincial_adapters._toolkit.platforms_above import PLATFORM_QUIRKS, header

DIALECT = Dialect(
    name="nhjc_ak_push",
    chinese="按AK协议上报既有平台",
    english="an existing platform, pushed to in the AK dialect",
    direction=Direction.PUSH,
    quirks=(
        *PLATFORM_QUIRKS,
        Quirk("secret_key_form", "how secretKey stands for a key", "text", fault=one_of("text", "hex")),
        Quirk("token_header", "the header that holds the token", "token", fault=header),
    ),
)
