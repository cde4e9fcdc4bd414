"""What was looked up in the registry before, for as long as nothing was written to it since, by whatever process."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Generic, TypeVar

K = TypeVar("K", bound=Hashable)
V = TypeVar("V")


class Remembered(Generic[K, V]):
    """Looks a key up once a version; `version` is another once anything was committed, so that a change counts at once.

    What is not there is not remembered, nor what does not fit, nor what comes when so `many` are. Any thread may ask.
    """

    def __init__(
        self,
        look_up: Callable[[K], V | None],
        version: Callable[[], int],
        many: int,
        fits: Callable[[V], bool] = lambda _: True,
    ) -> None:
        self._look_up, self._version, self._many, self._fits = look_up, version, many, fits
        self._kept: tuple[int | None, dict[K, V]] = (None, {})  # of which version, by key

    def find(self, key: K) -> V | None:
        """What the key has. The version is read before it is looked up: what is kept is never older than that says."""
        known = self._of_now()
        if key in known:
            return known[key]
        found = self._look_up(key)
        if found is not None and len(known) < self._many and self._fits(found):
            known[key] = found
        return found

    def known(self, key: K) -> V | None:
        """What the key has, where it is found without waiting for the registry."""
        return self._of_now().get(key)

    def holds(self, key: K) -> bool:
        """Whether it is found without waiting for the registry."""
        return key in self._of_now()

    def _of_now(self) -> dict[K, V]:
        """What is kept of this version. Threads that still hold what was kept of another write into the old."""
        now = self._version()
        kept = self._kept
        if kept[0] != now:
            self._kept = kept = (now, {})
        return kept[1]
