"""A place of a talk that sounds like a phrase, and how surely it is the phrase. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from recordings.quality.negation import Doubt

FOUND: Final = 70.0
"""From this score on a phrase was said."""
UNSURE: Final = 60.0
"""From this score on a person should listen."""


@dataclass(frozen=True, slots=True)
class Match:
    """A place that sounds like a phrase. `doubt` says why it is not the phrase, None that it is."""

    start: int
    end: int
    score: float
    doubt: Doubt | None

    @property
    def is_found(self) -> bool:
        """Whether the phrase was said here."""
        return self.doubt is None and self.score >= FOUND

    @property
    def is_unsure(self) -> bool:
        """Whether a person should listen."""
        return self.doubt is None and UNSURE <= self.score < FOUND
