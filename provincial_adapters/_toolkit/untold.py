"""Words of a source as anybody may read them: the tokens and secrets it was asked with are left out."""

from __future__ import annotations

import re
from collections.abc import Collection
from urllib.parse import quote, quote_plus

_ESCAPED = re.compile(r"\\u00([0-7][0-9A-Fa-f])")  # as JSON may write any letter


def unescaped(said: str) -> str:
    """Words with the letters that JSON wrote as numbers."""
    return _ESCAPED.sub(lambda found: chr(int(found[1], 16)), said)


def without_tokens(tokens: Collection[str], said: str) -> str:
    """Words with tokens left out, in small letters and large, as they are and as an address writes them."""
    written = {
        form for token in tokens if token for form in (token, quote(token, safe=""), quote_plus(token))
    }
    for token in sorted(written, key=len, reverse=True):
        said = re.sub(re.escape(token), "(a token)", said, flags=re.IGNORECASE)
    return said
