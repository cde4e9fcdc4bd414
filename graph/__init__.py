"""The shared language: model, ports, errors, GraphQL types and their execution."""

from __future__ import annotations

__version__ = "0.1.0"
