"""What a protocol needs beside the probe's own packages: looked for without loading it, told by its extra."""

from __future__ import annotations

from importlib.util import find_spec


def lacking(package: str, extra: str, protocol: str) -> list[str]:
    """The fault of a device whose protocol's package is not installed; none where it is."""
    if find_spec(package) is not None:
        return []
    return [f"protocol: {protocol} needs the package {package}; install it: pip install 'nengshu[{extra}]'"]
