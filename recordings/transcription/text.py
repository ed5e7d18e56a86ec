"""Words to text, transcripts to what people read: plain text and WebVTT. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

import msgspec

from voicegw.model.recording import Channel
from voicegw.model.transcript import Alternative, Segment, Transcript, Word

#: Scripts that are written without spaces: Han with its extensions, kana, CJK punctuation.
_UNSPACED: Final = re.compile(
    "[\u2e80-\u303f\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\uff00-\uffef"
    "\U00020000-\U0003134f]"
)
_VTT_ESCAPES: Final = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;"})
_VOICES: Final[Mapping[Channel, str]] = {Channel.CUSTOMER: "customer", Channel.MANAGER: "manager"}


def join_words(words: Iterable[str]) -> str:
    """Return `words` as one text: spaces between them, but none beside Chinese or Japanese."""
    text = ""
    for word in words:
        spaced = text and not (_UNSPACED.match(text[-1]) or _UNSPACED.match(word[:1]))
        text += f" {word}" if spaced else word
    return text


def segment_of(
    channel: Channel,
    offset_s: float,
    length_s: float,
    words: Sequence[Word],
    alternatives: Sequence[Alternative] = (),
) -> Segment | None:
    """Return what was said in `length_s` seconds from `offset_s` on; None when it was no word.

    The times of `words` count from the segment's beginning; those of the result are the
    recording's. Engines are other people's: no word reaches beyond the segment, and what is no
    number is neither a time, a confidence nor a probability.
    """
    placed = []
    for word in words:
        if not word.text.strip():
            continue
        start_s = _within(word.start_s, 0.0, length_s, otherwise=0.0)
        end_s = _within(word.end_s, start_s, length_s, otherwise=length_s)
        placed.append(
            Word(
                word.text,
                round(offset_s + start_s, 3),
                round(offset_s + end_s, 3),
                _share(word.confidence),
            )
        )
    if not placed:
        return None
    known = [word.confidence for word in placed if word.confidence is not None]
    return Segment(
        channel=channel,
        start_s=min(word.start_s for word in placed),
        end_s=max(word.end_s for word in placed),
        text=join_words(word.text for word in placed),
        confidence=round(sum(known) / len(known), 3) if known else None,
        words=placed,
        alternatives=[
            msgspec.structs.replace(one, probability=probability)
            for one in alternatives
            if (probability := _share(one.probability)) is not None
        ],
    )


def _within(at_s: float, least_s: float, most_s: float, *, otherwise: float) -> float:
    return min(max(at_s, least_s), most_s) if math.isfinite(at_s) else otherwise


def _share(value: float | None) -> float | None:
    """Return a share of 0 to 1; None for what is none."""
    if value is None or not math.isfinite(value):
        return None
    return min(max(value, 0.0), 1.0)


def in_order(segments: Iterable[Segment]) -> list[Segment]:
    """Return segments of both sides by their beginning."""
    return sorted(segments, key=lambda one: (one.start_s, one.channel))


def to_plain_text(transcript: Transcript) -> str:
    """Return one line a segment: when, who, what."""
    return "".join(
        f"[{_clock(one.start_s)}] {_VOICES[one.channel]}: {one.text}\n"
        for one in transcript.segments
    )


def to_webvtt(transcript: Transcript) -> str:
    """Return WebVTT (W3C): a cue a segment, the side that speaks as its voice."""
    blocks = ["WEBVTT\n"]
    for number, one in enumerate(transcript.segments, 1):
        # A cue must not be empty in time.
        end_s = max(one.end_s, one.start_s + 0.001)
        blocks.append(
            f"{number}\n{_clock(one.start_s)} --> {_clock(end_s)}\n"
            f"<v {_VOICES[one.channel]}>{one.text.translate(_VTT_ESCAPES)}\n"
        )
    return "\n".join(blocks)


def _clock(at_s: float) -> str:
    ms = round(at_s * 1000)
    hours, rest = divmod(ms, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}.{rest % 1000:03}"
