"""The charts' JavaScript, made on this machine out of vl-convert and kept in the hub's folder.

It is made in a process of its own, `python -m hub.dashboard.bundle <file>`: making it takes seconds during which
no other thread of its process runs.
"""

from __future__ import annotations

import sys
from importlib.metadata import version
from pathlib import Path
from tempfile import NamedTemporaryFile

import anyio
from anyio import to_thread

from hub.dashboard.assets import Asset

VERSION = version("vl-convert-python")
NAME = f"vega-{VERSION}.js"
SECONDS_MAX = 120  # it takes one or two; a machine that needs longer has another trouble
JAVASCRIPT = "text/javascript"
EXPORTS = "window.vegaEmbed = vegaEmbed;"  # all that pages call


class Bundle:
    """Vega, Vega-Lite and vega-embed in one module; one maker at a time."""

    def __init__(self) -> None:
        self._making = anyio.Lock()
        self._asset: Asset | None = None

    async def asset(self, data_dir: Path) -> Asset:
        """The bundle, from memory, from `data_dir/cache`, or made now."""
        async with self._making:
            if self._asset is None:
                self._asset = await _asset(data_dir / "cache" / NAME)
            return self._asset


async def _asset(file: Path) -> Asset:
    if not await anyio.Path(file).exists():
        with anyio.fail_after(SECONDS_MAX):
            await anyio.run_process([sys.executable, "-m", "hub.dashboard.bundle", str(file)])

    def packed() -> Asset:
        asset = Asset(file.read_bytes(), JAVASCRIPT)
        _ = asset.packed  # here, where it does not hold up the loop
        return asset

    return await to_thread.run_sync(packed)


def make(file: Path) -> None:
    """Write the bundle; a reader sees the whole of it or nothing."""
    import vl_convert  # only here: it takes 50 MB, which the server need not hold

    file.parent.mkdir(parents=True, exist_ok=True)
    with NamedTemporaryFile("w", encoding="utf-8", dir=file.parent, delete=False) as fresh:
        fresh.write(vl_convert.javascript_bundle(EXPORTS))
    Path(fresh.name).replace(file)


if __name__ == "__main__":
    make(Path(sys.argv[1]))
