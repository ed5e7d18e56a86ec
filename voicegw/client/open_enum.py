"""Enumerations that grow: a value that this client does not know yet is kept, not refused."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class OpenEnum(StrEnum):
    """A string among known ones, or one that a later version of the gateway has added.

    A value that is not known is a member without a name of its own: it compares equal to its
    string, and `is_known` is false.
    """

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        member = str.__new__(cls, value)
        member._name_ = value
        member._value_ = value
        return member

    @property
    def is_known(self) -> bool:
        """Whether this client knows the value."""
        return self._value_ in type(self)._value2member_map_
