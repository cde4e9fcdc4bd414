"""What a page's form sends, within bounds; and the page of ours that somebody wanted before they signed in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.exceptions import HTTPException
from starlette.requests import Request

from graph.errors import MalformedBody
from hub.endpoints.bodies import read_body

FORM_BYTES_MAX = 16 * 1024  # some passwords and names, each letter as %XX
FORM_SECONDS_MAX = 10.0
FIELDS_MAX = 16  # the largest form has half as many
FORM = "application/x-www-form-urlencoded"
NEXT_MAX = 500  # characters of a page's address
# Below the site's root, as our own pages are called: no scheme, no host, nothing that a browser could take for one.
_OWN_PAGE = re.compile(r"(?:[A-Za-z0-9_-]+(?:/[A-Za-z0-9_-]+)*)?(?:\?[A-Za-z0-9_.=&%~+-]*)?", re.ASCII)


async def read_form(request: Request) -> Mapping[str, str]:
    """Each field once. Raises MalformedBody, TooLarge; answers 415 to what is no form."""
    if request.headers.get("content-type", "").partition(";")[0].strip().lower() != FORM:
        raise HTTPException(415, f"expected {FORM}")
    body = await read_body(request, FORM_BYTES_MAX, FORM_SECONDS_MAX)
    try:
        pairs = parse_qsl(
            body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX
        )
    except ValueError as fault:  # letters that are none, or too many fields
        raise MalformedBody("is no form", "body") from fault
    fields = dict(pairs)
    if len(fields) < len(pairs):
        raise MalformedBody("names a field twice", "body")
    return fields


def own_page(wanted: str | None) -> str:
    """A page of ours, from the site's root; the first one for whatever is none, for another site's above all."""
    given = (wanted or "").removeprefix("/")
    return given if len(given) <= NEXT_MAX and _OWN_PAGE.fullmatch(given) else ""
