"""Whom a telephone number leads to."""

from __future__ import annotations

from dataclasses import dataclass

from voicegw.model.directory import Customer, Manager


@dataclass(frozen=True, slots=True)
class CallerMatch:
    """Whom a caller's number leads to. `manager` is the owner; both may be unknown."""

    customer: Customer | None
    manager: Manager | None
