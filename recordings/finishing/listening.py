"""The small copy of a recording for listening: Opus in Ogg, or MP3, both channels.

It is made of the same samples as the master, in the same pass.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import BinaryIO, Final

from recordings.finishing.sound_file import SoundFileWriter


class ListenFormat(StrEnum):
    """What is made for listening beside the master."""

    OPUS = "opus"
    MP3 = "mp3"
    FLAC = "flac"
    """Nothing: the master is listened to."""


@dataclass(frozen=True, slots=True)
class _Form:
    media_type: str
    container: str
    coding: str


_FORMS: Final = {
    ListenFormat.OPUS: _Form("audio/ogg", "OGG", "OPUS"),
    ListenFormat.MP3: _Form("audio/mpeg", "MP3", "MPEG_LAYER_III"),
}


def media_type(wanted: ListenFormat) -> str:
    """Return the media type of a listening copy. Raises KeyError for flac, which has none."""
    return _FORMS[wanted].media_type


def listening_writer(stream: BinaryIO, rate_hz: int, wanted: ListenFormat) -> SoundFileWriter:
    """Return what writes a listening copy to `stream`. Raises OSError when the disk refuses."""
    form = _FORMS[wanted]
    return SoundFileWriter(stream, rate_hz, container=form.container, coding=form.coding)
