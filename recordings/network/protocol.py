"""What the node and a listener process tell each other: one JSON object a line."""

from __future__ import annotations

import msgspec

from recordings.network.tones import Tone


class ListenRequest(msgspec.Struct, frozen=True):
    """Hear the early sound in the spool at `spool` (absolute) with the tones of `region`."""

    spool: str
    region: str


class EarlySound(msgspec.Struct, frozen=True):
    """What was heard. `wav` is the sound, for a recogniser; empty where there is nothing but tones.

    `failure` is a slug: the spool can't be read.
    """

    tones: tuple[Tone, ...] = ()
    sound_s: float = 0.0
    wav: bytes = b""
    failure: str | None = None


request_decoder = msgspec.json.Decoder(ListenRequest)
reply_decoder = msgspec.json.Decoder(EarlySound)


def encode_line(message: ListenRequest | EarlySound) -> bytes:
    """Return `message` as one line; JSON escapes line ends, so a line is a message."""
    return msgspec.json.encode(message) + b"\n"
