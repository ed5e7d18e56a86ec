"""What the node and a finisher process tell each other: one JSON object a line."""

from __future__ import annotations

import msgspec

from recordings.finishing.finisher import (
    AbsentRecording,
    FailedRecording,
    FinishedRecording,
    PostponedRecording,
)
from recordings.finishing.listening import ListenFormat
from voicegw.model.recording import Recording


class FinishRequest(msgspec.Struct, frozen=True):
    """Make the recording of the spool at `spool` (absolute)."""

    spool: str
    recording: Recording
    listening: ListenFormat = ListenFormat.FLAC


class FinishReply(msgspec.Struct, frozen=True):
    """What became of the request about `recording_id`."""

    recording_id: str
    result: FinishedRecording | AbsentRecording | FailedRecording | PostponedRecording


request_decoder = msgspec.json.Decoder(FinishRequest)
reply_decoder = msgspec.json.Decoder(FinishReply)


def encode_line(message: FinishRequest | FinishReply) -> bytes:
    """Return `message` as one line; JSON escapes line ends, so a line is a message."""
    return msgspec.json.encode(message) + b"\n"
