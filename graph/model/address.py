"""Addresses (地址) of sources as people may read them."""

from __future__ import annotations

import ipaddress
import re
from urllib.parse import urlsplit

LEFT_OUT = "(an address)"
_WITH_SCHEME = re.compile(r"(?<![A-Za-z0-9+.-])[A-Za-z0-9+.-]*://[^\s'\"]+")  # looked for once a word
_KINDS = (
    r"(?<![\w.-])\d{1,3}(?:\.\d{1,3}){3}(?::\d{1,5})?(?![\w.]*\w)",  # IPv4
    r"(?<![\w.-])(?:[\w-]+\.)+(?:cn|com|net|org|gov|edu|local|lan|internal)(?![\w-])(?::\d{1,5})?",  # a domain
    r"(?<![\w.-])[A-Za-z][\w-]*(?:\.[\w-]+)+:\d{2,5}\b",  # of other domains with a port
    r"(?<![\w.-])[A-Za-z][\w-]*:\d{4,5}\b",  # a machine of ours with a port
)
_BARE = re.compile("|".join(_KINDS), re.ASCII | re.IGNORECASE)
_COLONS = re.compile(  # what may be IPv6, and may be a time
    r"(?<![\w:.])(\[?)((?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f.]{0,15})(?:%\w+)?(?:\](?::\d{1,5})?)?", re.ASCII
)


def without_secrets(address: str) -> str:
    """An address with whatever may hold a secret left out: user, password, query, fragment."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return ""
    if not parts.netloc:
        return parts.path if parts.scheme in ("", "file") else f"{parts.scheme}:"
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"


def without_addresses(said: str) -> str:
    """Words with the addresses of machines left out: with a scheme, of IPv4 and IPv6, names of domains and with ports."""
    said = _COLONS.sub(_unless_it_is_none, _WITH_SCHEME.sub(LEFT_OUT, said))
    return _BARE.sub(LEFT_OUT, said)


def _unless_it_is_none(found: re.Match[str]) -> str:
    try:
        ipaddress.IPv6Address(found[2])
    except ValueError:
        return found[0]
    return LEFT_OUT
