"""A page of a list."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Page(msgspec.Struct, Generic[T], frozen=True):
    """Some items of a list, and the cursor of the next page; None at the end.

    Of events, `next_cursor` is the id of the last event, for `after`.
    """

    items: tuple[T, ...]
    next_cursor: str | None = None
