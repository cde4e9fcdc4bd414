"""What the heads of batches and uploads say: key, format, offsets."""

from __future__ import annotations

from collections.abc import Collection

from starlette.exceptions import HTTPException
from starlette.requests import Request

from graph.errors import InvalidInput, MalformedBody
from provincial_adapters import ENCODINGS
from provincial_adapters.nengshu_batches import media_type

DIGITS_MAX = 15  # of a structured field's integer (RFC 9651)
_FLAGS = {"?0": False, "?1": True}


def check_format(request: Request, formats: Collection[str]) -> None:
    """Refuse what nobody could read before it is read. Raises MalformedBody without a type, answers 415."""
    headers = request.headers
    if "content-type" not in headers:
        raise MalformedBody("is missing", "Content-Type")
    came = media_type(headers["content-type"])
    if came not in formats:
        raise HTTPException(415, f"Content-Type: came {came[:64]!r}, expected one of {', '.join(formats)}")
    encoding = encoding_of(request)
    if encoding not in ENCODINGS:
        raise HTTPException(415, f"Content-Encoding: came {encoding[:32]!r}, expected gzip, zstd or none")


def encoding_of(request: Request) -> str:
    """How the body is packed."""
    return request.headers.get("content-encoding", "").strip().lower()


def idempotency_key(request: Request, characters_max: int) -> str:
    """The sender's own name for what it sends. Raises InvalidInput."""
    key = request.headers.get("idempotency-key", "")
    if not 1 <= len(key) <= characters_max or not key.isascii() or not key.isprintable():
        raise InvalidInput(f"expected 1 to {characters_max} visible ASCII characters", "Idempotency-Key")
    return key


def flag(request: Request, name: str) -> bool:
    """A header that is `?1` or `?0`. Raises InvalidInput."""
    came = request.headers.get(name, "").strip()
    if came not in _FLAGS:
        raise InvalidInput(f"came {came[:32]!r}, expected ?1 or ?0", name)
    return _FLAGS[came]


def count(request: Request, name: str) -> int | None:
    """A header that is a whole number, None where it is not there. Raises InvalidInput."""
    came = request.headers.get(name)
    return None if came is None else whole(came.strip(), name, DIGITS_MAX)


def whole(text: str, name: str, digits_max: int) -> int:
    """What is written as a whole number. Raises InvalidInput."""
    if not (text.isascii() and text.isdigit()) or len(text) > digits_max:
        why = f"came {text[:32]!r}, expected a whole number of at most {digits_max} digits"
        raise InvalidInput(why, name)
    return int(text)
