"""Rows as the structs they stand for. Pure."""

from __future__ import annotations

from typing import Any, TypeVar

import msgspec
from sqlalchemy import Row

from voicegw.errors import ConflictError

T = TypeVar("T")


def to_struct(row: Row[Any], shape: type[T], **more: Any) -> T:
    """Return `row` as a `shape`, its columns named as the fields are; `more` adds fields."""
    # SQLAlchemy names columns by a subclass of str, which msgspec does not take for a key.
    fields = {str(name): value for name, value in row._mapping.items()}
    return msgspec.convert(fields | more, shape)


def require_unchanged(found: T, expected: T | None) -> None:
    """Return when a record is as somebody has read it; None: whatever it is.

    Raises ConflictError `revision-changed`.
    """
    if expected is not None and found != expected:
        raise ConflictError("revision-changed", "Somebody else has changed it meanwhile.")
