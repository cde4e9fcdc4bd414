"""The probe's own page in its configuration: off unless `[page]` stands there, on loopback unless it says otherwise."""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_address

from edge_probe.fields import Fields

HOST = "127.0.0.1"
NAMES_MAX = 8  # names a box is called by; each is looked through at each request


@dataclass(frozen=True)
class PagePlan:
    """Where the page listens, and the names, beside addresses, that a browser may call it by."""

    port: int
    host: str = HOST
    names: tuple[str, ...] = ()


def page_plan(whole: Fields) -> PagePlan | None:
    """The plan in a file; None: no page."""
    if not whole.has("page"):
        return None
    fields = whole.table("page")
    port = fields.whole("port", 1, 65535)
    host = fields.text("host", HOST)
    try:
        ip_address(host)
    except ValueError:
        fields.fault("host", f"expected an address of this machine such as {HOST}, came {host[:64]!r}")
    names = fields.texts("names", NAMES_MAX) if fields.has("names") else []
    fields.finish()
    return PagePlan(port, host, tuple(name.lower() for name in names))
