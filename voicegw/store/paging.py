"""Pages of a list and the opaque cursors that lead to the next one. Pure."""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from dataclasses import dataclass
from typing import Generic, TypeVar

import msgspec

from voicegw.errors import InvalidError

MAX_LIMIT = 200
DEFAULT_LIMIT = 50

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """Up to `limit` items; `next_cursor` asks for those that follow, None at the end."""

    items: list[T]
    next_cursor: str | None


def encode_cursor(*key: str | int) -> str:
    """Return an opaque cursor for the sort key of the last item of a page."""
    return urlsafe_b64encode(msgspec.json.encode(key)).decode().rstrip("=")


def decode_cursor(cursor: str, shape: type[T]) -> T:
    """Return the sort key inside `cursor`, a tuple of type `shape`.

    Raises InvalidError naming `cursor` when it is none of ours.
    """
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        return msgspec.json.decode(urlsafe_b64decode(padded), type=shape)
    except (ValueError, binascii.Error, msgspec.MsgspecError) as error:
        raise InvalidError("cursor", "not a cursor of this list") from error


def check_limit(limit: int) -> int:
    """Return `limit`; raises InvalidError when it is outside 1 to MAX_LIMIT."""
    if not 1 <= limit <= MAX_LIMIT:
        raise InvalidError("limit", f"must be between 1 and {MAX_LIMIT}")
    return limit
