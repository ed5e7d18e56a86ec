"""From the marks of a spool to those of its recording. Pure.

A worker marks what happened by its own clock, and a call adds what it knows: whose hold, which
prompt, which statement. The recording tells the same in seconds from its first sample, by which a
player, a transcript and a reviewer find the place.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from recordings.integrity.canonical import canonical
from voicegw.media.spool import LEG_CUSTOMER, CaptureMark
from voicegw.model.recording import Channel, MarkKind, RecordingMark

MAX_MARKS: Final = 2000
"""More than any call makes: what a damaged spool holds beyond is left out."""
_MAX_DETAIL_CHARS: Final = 1000
_NUL: Final = "\\u0000"
_MAX_DISTANCE_US: Final = 24 * 3600 * 1_000_000
"""A mark further from the first sample than any call lasts: its time is damaged."""

_KINDS: Final = {str(kind): kind for kind in MarkKind} | {"prompt_ended": MarkKind.PROMPT_HEARD}
_PROMPT_DIGEST: Final = frozenset({MarkKind.NOTICE, MarkKind.NOTICE_HEARD})
"""Their text is the hash of the prompt that was played."""


def mark_detail(mark: CaptureMark) -> dict[str, Any]:
    """Return what a mark tells; empty when it is damaged."""
    return dict(mark.detail) if isinstance(mark.detail, dict) else {}


class MarkList:
    """Collects the marks of one spool. `follow` each, then ask for `recording_marks`."""

    def __init__(self) -> None:
        """Begin with none."""
        self._marks: list[tuple[int, RecordingMark]] = []
        self._prompts: dict[object, dict[str, Any]] = {}

    def follow(self, mark: CaptureMark) -> None:
        """Take a mark; one that is damaged, or only of use to the finisher, is passed over."""
        detail = mark_detail(mark)
        name = detail.pop("kind", None)
        kind = _KINDS.get(name) if isinstance(name, str) else None
        if kind is None or len(self._marks) >= MAX_MARKS:
            return
        channel = _channel_of(detail)
        told = self._prompt(kind, detail) if "playback" in detail else _told(kind, detail)
        self._marks.append((mark.arrival_us, RecordingMark(kind, 0.0, channel, told)))

    def recording_marks(self, start_us: int) -> list[RecordingMark]:
        """Return all of them in order of time; `start_us` is when the first sample was heard."""
        near = [one for one in self._marks if abs(one[0] - start_us) <= _MAX_DISTANCE_US]
        near.sort(key=lambda one: one[0])
        for arrival_us, mark in near:
            mark.at_s = (arrival_us - start_us) / 1_000_000
        return [mark for _, mark in near]

    def _prompt(self, kind: MarkKind, detail: dict[str, Any]) -> dict[str, Any]:
        """Return which prompts a playback has; the mark of its end names the playback only."""
        playback = detail.pop("playback")
        if not isinstance(playback, str):
            return {}
        if kind is MarkKind.PROMPT:
            if len(self._prompts) < MAX_MARKS:
                self._prompts[playback] = _bounded(detail)
            return _bounded(detail)
        return dict(self._prompts.pop(playback, {}))


def _channel_of(detail: dict[str, Any]) -> Channel | None:
    """Return whose side it is, and take that out of the detail."""
    leg = detail.pop("leg", None)
    if isinstance(leg, int) and leg >= LEG_CUSTOMER:
        return Channel.CUSTOMER if leg == LEG_CUSTOMER else Channel.MANAGER
    text = detail.get("detail")
    for channel in Channel:
        if text == channel:
            del detail["detail"]
            return channel
    return None


def _told(kind: MarkKind, detail: dict[str, Any]) -> dict[str, Any]:
    """Return what a call said of its mark: fields, or one word that the kind explains."""
    text = detail.pop("detail", None)
    if isinstance(text, str) and text:
        detail["digest" if kind in _PROMPT_DIGEST else "detail"] = text
    return _bounded(detail)


def _bounded(detail: Mapping[str, Any]) -> dict[str, Any]:
    """Return the detail, or nothing when it is longer than any that we write.

    Nor one that JSON can't say exactly, or PostgreSQL can't hold: it could be neither told of nor
    sealed, and its recording would not be written down.
    """
    try:
        text = canonical(detail).decode()
    except (RecursionError, ValueError):
        return {}
    return dict(detail) if len(text) <= _MAX_DETAIL_CHARS and _NUL not in text else {}
