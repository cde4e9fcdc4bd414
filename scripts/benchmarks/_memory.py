"""How much memory the process held at most while something was measured."""

from __future__ import annotations

import os
import threading
from pathlib import Path
from types import TracebackType
from typing import Self

EVERY_S = 0.02  # a large batch takes longer than that, so none is missed
_PAGES = Path("/proc/self/statm")  # Linux: sizes in pages, the second is what is resident


class ResidentMemory:
    """Looks at the process's resident memory again and again, from entering to leaving."""

    def __init__(self) -> None:
        self._peak: int | None = None
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._look, daemon=True)

    @property
    def peak_bytes(self) -> int | None:
        """The most that was seen; None where the system does not tell."""
        return self._peak

    def __enter__(self) -> Self:
        if _PAGES.exists():
            self._watch.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        if self._watch.is_alive():
            self._watch.join()

    def _look(self) -> None:
        page = os.sysconf("SC_PAGE_SIZE")
        while not self._ended.wait(EVERY_S):
            resident = int(_PAGES.read_text(encoding="ascii").split()[1]) * page
            self._peak = max(self._peak or 0, resident)
