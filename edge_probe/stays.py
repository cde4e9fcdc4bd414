"""The process that stays on a box: `running`, without the command line that httpx brings for itself.

httpx 0.28 imports its own command with rich and a highlighter, 5 MB, wherever those are installed, and does without where it
cannot (httpx/__init__.py, read). So it is told that there is none.
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import cast

if __name__ == "__main__":
    sys.modules["httpx._main"] = cast("ModuleType", None)
    sys.exit(importlib.import_module("edge_probe.running").main())
