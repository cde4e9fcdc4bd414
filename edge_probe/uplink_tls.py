"""TLS of one uplink: whose certificates it believes, and the certificate the probe shows for itself (双向 TLS).

Platforms that ask for a client certificate let nobody else in before a word of HTTP is said.
"""

from __future__ import annotations

import ssl
from dataclasses import dataclass
from pathlib import Path

from cryptography import x509

from edge_probe.fields import Fields
from graph.errors import ConfigurationError
from graph.model.period import BEIJING

OTHERS = 0o077  # the bits of a mode by which others than its owner reach a file


@dataclass(frozen=True)
class TlsPlan:
    """Files of one uplink: an authority of its own, a client certificate, and that one's key. None: as usual, or none."""

    authority: Path | None = None
    certificate: Path | None = None
    key: Path | None = None


USUAL = TlsPlan()


def tls_plan(uplink: Fields, folder: Path) -> TlsPlan:
    """The table `[uplinks.tls]`, paths relative to the folder."""
    if not uplink.has("tls"):
        return USUAL
    fields = uplink.table("tls")
    found = {
        name: folder / fields.text(f"{name}_file") if fields.has(f"{name}_file") else None
        for name in ("authority", "certificate", "key")
    }
    if (found["certificate"] is None) != (found["key"] is None):
        fields.fault("key_file", "certificate_file and key_file go together")
    fields.finish()
    return TlsPlan(**found)


def tls_context(uplink: str, plan: TlsPlan) -> ssl.SSLContext | None:
    """What connections of an uplink are made with; None: as usual. Raises ConfigurationError, without a word of the key."""
    if plan == USUAL:
        return None
    place = f"uplink {uplink}.tls"
    try:
        for file in filter(None, (plan.authority, plan.certificate)):
            file.open("rb").close()  # of these the errors of ssl name none
        if plan.key is not None and plan.key.stat().st_mode & OTHERS:
            raise ConfigurationError(place, [f"key_file {plan.key}: others may read it: chmod 600"])
        context = ssl.create_default_context(cafile=plan.authority)
        if plan.certificate is not None and plan.key is not None:
            context.load_cert_chain(plan.certificate, plan.key, password=_refused)
    except (OSError, ValueError) as fault:  # ssl.SSLError is one
        why = getattr(fault, "reason", None) or getattr(fault, "strerror", None) or str(fault)
        named = [
            str(file)
            for file in (plan.authority, plan.certificate, plan.key)
            if file and _may_be(file, fault)
        ]
        raise ConfigurationError(place, [f"{', '.join(named)}: cannot be used: {why}"]) from fault
    return context


def _may_be(file: Path, fault: Exception) -> bool:
    named = getattr(fault, "filename", None)
    return named is None or str(named) == str(file)


def shown_by(plan: TlsPlan) -> str:
    """What an uplink shows of the probe, for who wonders why a platform lets it not in."""
    if plan.certificate is None:
        return "no certificate was shown to it"
    told = f"shown to it was {plan.certificate}"
    try:
        ends = x509.load_pem_x509_certificate(plan.certificate.read_bytes()).not_valid_after_utc
    except (OSError, ValueError):  # a form that OpenSSL alone reads
        return told
    return f"{told}, valid until {ends.astimezone(BEIJING).isoformat()}"


def _refused() -> str:
    raise ValueError("a key under a password cannot be opened by a service")
