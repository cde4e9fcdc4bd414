"""The readings file as commands open it, and the bar they show."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from graph.errors import NotFound
from hub.settings import Settings
from hub.stores.readings.database import Database
from hub.stores.readings.whole_files import Told


@contextmanager
def opened(settings: Settings) -> Iterator[Database]:
    """The readings file, which must be there: looking makes none."""
    path = settings.readings_path
    if not path.is_file():
        raise NotFound(f"there are no readings {path}")
    with closing(Database(path)) as database:
        yield database


@contextmanager
def bar() -> Iterator[Told]:
    """A bar on standard error for one step after another."""
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        TaskProgressColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        bar = progress.add_task("open", total=None)
        yield lambda step, done, total: progress.update(bar, description=step, completed=done, total=total)
