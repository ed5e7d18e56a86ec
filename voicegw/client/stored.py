"""A record as it is stored, with its tag."""

from __future__ import annotations

from typing import Generic, TypeVar

import msgspec

T = TypeVar("T")


class Stored(msgspec.Struct, Generic[T], frozen=True, kw_only=True):
    """A record, the tag of its state, and what a `PUT` has done."""

    record: T
    #: For `if_match`: nothing is overwritten that has changed since
    etag: str
    #: `created`, `replaced` or `unchanged`; empty after a `GET`
    result: str = ""
