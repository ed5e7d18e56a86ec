"""What is asked of whoever sends short messages, and what is answered. Pure.

A provider is asked again with the same id when its answer was lost: it should know a message by it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message to bring out. `id` is the same at each attempt; `to` is E.164."""

    id: str
    to: str
    text: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """The provider has taken it. `provider_id` is what its report will name it by, if it says."""

    provider_id: str | None = None


@dataclass(frozen=True, slots=True)
class Refused:
    """It has not taken it, or nobody knows. `reason` is a slug and holds no number and no text.

    `is_permanent`: asking again would bring the same; else not before `retry_after_s`, where told.
    """

    reason: str
    is_permanent: bool = False
    retry_after_s: float | None = None


Outcome = Accepted | Refused


class Provider(Protocol):
    """One way to bring messages out. `send` raises nothing but CancelledError."""

    async def send(self, message: Outgoing) -> Outcome:
        """Hand over one message; several may be under way at once."""
        ...

    async def close(self) -> None:
        """Let go of what it holds; safe to repeat."""
        ...
