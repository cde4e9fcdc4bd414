"""What a person asks of a long benchmark: how many readings it goes up to."""

from __future__ import annotations

from dataclasses import dataclass

from graph.errors import InvalidInput

ROWS = 50_000_000  # a month of the invented nation's days
ROWS_LARGE = 200_000_000  # four months: what a merge that reads all of it would show
ROWS_MIN = 5_000  # fewer are no nation of ten provinces


@dataclass(frozen=True)
class Options:
    """`rows` is a trial at a size of one's own; `large` goes on from the ordinary size to the large one."""

    large: bool = False
    rows: int | None = None

    def __post_init__(self) -> None:
        if self.rows is not None and self.large:
            raise InvalidInput("give a number of rows or ask for the large size, not both", "--rows")
        if self.rows is not None and self.rows < ROWS_MIN:
            raise InvalidInput(f"came {self.rows}, expected at least {ROWS_MIN}", "--rows")

    @property
    def sizes(self) -> tuple[int, ...]:
        """The numbers of readings at which is measured, growing."""
        if self.rows is not None:
            return (self.rows,)
        return (ROWS, ROWS_LARGE) if self.large else (ROWS,)

    @property
    def words(self) -> tuple[str, ...]:
        """As one writes them on the command line."""
        trial = () if self.rows is None else ("--rows", str(self.rows))
        return (*(("--large",) if self.large else ()), *trial)
