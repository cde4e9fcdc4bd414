"""The pages' shells: templates with the words of a language, and the files they name."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from hub.dashboard.assets import ASK_AGAIN, Shelf
from hub.dashboard.pages import View
from hub.dashboard.words import words

FOLDER = Path(__file__).parent

# What every page carries: its one form sends somebody off, and a browser says where that came from only if a page
# lets it, which pages do towards this hub and nobody else.
PAGE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
        "connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "same-origin",
}


class Shells:
    """Templates and files, read once."""

    def __init__(self) -> None:
        self.shelf = Shelf(FOLDER / "static")
        self._templates = Environment(
            loader=FileSystemLoader(FOLDER / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )

    def page(
        self, template: str, request: Request, view: View,
        *, status: int = 200, headers: Mapping[str, str] | None = None, root: str = "", **told: Any,
    ) -> HTMLResponse:  # fmt: skip
        """A page of the hub a request came to; `root` leads from its address to the site's root."""
        settings = request.app.state.hub.settings
        text = self._templates.get_template(template).render(
            said=words(view.language),
            hub=settings.name,
            graphiql=settings.graphiql,
            file=lambda name: root + self.shelf.address(name),
            root=root,
            view=view,
            **told,
        )
        return HTMLResponse(
            text, status, headers={**PAGE_HEADERS, "Cache-Control": ASK_AGAIN, **(headers or {})}
        )


@cache
def shells() -> Shells:
    """The one set of them: vendored files are some megabytes."""
    return Shells()
