"""Finds the modules of an open folder, so that a new dialect, noun, rule or protocol is one new file."""

from __future__ import annotations

import importlib
import pkgutil
from types import ModuleType
from typing import TypeVar

T = TypeVar("T")


def modules_in(package: str) -> dict[str, ModuleType]:
    """Import every public module of `package`, by name and in name's order.

    Modules and packages whose name starts with an underscore are tools of the folder, not members of it.
    Raises ImportError when the folder is empty: an open folder in which nothing is found is a broken wheel.
    """
    folder = importlib.import_module(package)
    names = sorted(m.name for m in pkgutil.iter_modules(folder.__path__) if not m.name.startswith("_"))
    if not names:
        raise ImportError(f"{package} holds no module: the installation is incomplete", name=package)
    return {name: importlib.import_module(f"{package}.{name}") for name in names}


def members_of(package: str, attribute: str, kind: type[T]) -> dict[str, T]:
    """The object called `attribute` in every module of `package`, checked to be a `kind`."""
    found = {}
    for name, module in modules_in(package).items():
        member = getattr(module, attribute, None)
        if not isinstance(member, kind):
            raise ImportError(f"{package}.{name} has no {attribute} of type {kind.__name__}", name=package)
        found[name] = member
    return found
