"""An own prompt, as it is kept."""

from __future__ import annotations

from datetime import datetime

import msgspec


class StoredPrompt(msgspec.Struct, frozen=True):
    """A recording that replaces the shipped prompt of its language and name, or adds one.

    Its sound, WAV of 16 kHz, mono, 16 bit, is read by itself: it may be long.
    """

    language: str
    """Such as `zh`; `tones` for what is not speech."""
    name: str
    sha256: str
    """Of the WAV file."""
    duration_ms: int
    created_at: datetime
    created_by: str
    """Id of the key it was uploaded with."""
    text: str = ""
    """What it says, as whoever uploaded it wrote."""
