"""Where a hub or a platform answers: below the path of its link's address, whatever stands behind that path."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode, urlsplit

from graph.errors import SourceUnreachable
from graph.model.address import without_secrets

NOTHING: Mapping[str, str] = {}


def below(address: str, path: str, asked: Mapping[str, str] | Sequence[tuple[str, str]] = NOTHING) -> str:
    """The address of a path. A query of the link stays, as a gateway before the source may want one; what is asked comes
    behind it. Raises SourceUnreachable.
    """
    try:
        parts = urlsplit(address)
    except ValueError as fault:
        raise SourceUnreachable(f"{without_secrets(address)}: no address that can be asked") from fault
    query = "&".join(filter(None, (parts.query, urlencode(asked))))
    return parts._replace(path=f"{parts.path.rstrip('/')}/{path}", query=query, fragment="").geturl()
