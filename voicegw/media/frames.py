"""What carrying a codec takes without decoding it: silence, and A-law as µ-law. Pure."""

from __future__ import annotations

from typing import Final

from voicegw.media import g711, opus
from voicegw.sdp.codecs import Codec

FRAME_MS: Final = 20
FRAME_BYTES: Final = 160
"""One frame of G.711 and of G.722 (64 kbit/s)."""

SILENCE: Final = {
    Codec.PCMA: g711.SILENCE[g711.Law.PCMA] * FRAME_BYTES,
    Codec.PCMU: g711.SILENCE[g711.Law.PCMU] * FRAME_BYTES,
    # What an encoder at rest makes of silence; decoders at rest stay within 2 of 32,768.
    Codec.G722: b"\xfa" * FRAME_BYTES,
    Codec.OPUS: opus.SILENCE,
}
"""A frame of silence in each codec."""


def law_of(codec: Codec) -> g711.Law | None:
    """Return the companding law of a G.711 codec, None for any other."""
    return g711.Law(codec.value) if codec.is_g711 else None


def translation(source: Codec, target: Codec) -> bytes | None:
    """Return the table for `bytes.translate` between the two laws; None when none is needed."""
    source_law, target_law = law_of(source), law_of(target)
    if source_law is None or target_law is None:
        return None
    return g711.translation(source_law, target_law)
