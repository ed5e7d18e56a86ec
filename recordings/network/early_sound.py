"""What a telephone network sent before an answer that never came, out of a call's capture."""

from __future__ import annotations

import io
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from recordings.finishing.decoding import NARROWBAND_HZ
from recordings.finishing.timeline import Timeline, survey
from voicegw.media.spool import LEG_CUSTOMER, SpoolReader
from voicegw.model.recording import RecordingKind

MAX_S: Final = 60
"""Announcements repeat themselves; a minute says it all."""


def early_sound(spool: SpoolReader) -> NDArray[np.int16]:
    """Return what the customer's leg sent, from its first sound to its last, at 8 kHz.

    No more than the first `MAX_S` seconds of it.

    Raises OSError, SpoolFormatError, RecordingError, KeyMissingError and DamagedFileError.
    """
    found = survey(spool, RecordingKind.TALK)
    if found is None:
        return np.zeros(0, dtype=np.int16)
    kept: list[NDArray[np.int16]] = []
    left = MAX_S * found.rate_hz
    for block in Timeline(found).blocks(spool):
        side = block[:, LEG_CUSTOMER]
        if not kept:
            heard = np.flatnonzero(side)
            if heard.size == 0:
                continue
            side = side[heard[0] :]
        kept.append(side[:left].copy())
        left -= len(kept[-1])
        if left <= 0:
            break
    sound = np.concatenate(kept) if kept else np.zeros(0, dtype=np.int16)
    sound = np.trim_zeros(sound, "b")
    if found.rate_hz == NARROWBAND_HZ or not kept:
        return sound
    return np.asarray(soxr.resample(sound, found.rate_hz, NARROWBAND_HZ), dtype=np.int16)


def as_wav(samples: NDArray[np.int16]) -> bytes:
    """Return a WAV file of samples of 8 kHz, for a recogniser."""
    stream = io.BytesIO()
    soundfile.write(stream, samples, NARROWBAND_HZ, format="WAV", subtype="PCM_16")
    return stream.getvalue()
