from __future__ import annotations

import io

import numpy as np
import soundfile

from voicegw.media.wav import alaw_file, alaw_files


def test_a_file_is_what_others_read_as_a_law() -> None:
    silence = b"\xd5" * 8000
    with soundfile.SoundFile(io.BytesIO(alaw_file(silence))) as read:
        assert (read.samplerate, read.channels, read.subtype) == (8000, 1, "ALAW")
        assert np.abs(read.read()).max() < 0.001


def test_long_sound_is_cut_into_files_that_say_how_long_they_are() -> None:
    files = list(alaw_files(b"\x2a" * 20_000, max_samples=8000))
    assert [length_s for _, length_s in files] == [1.0, 1.0, 0.5]
    assert b"".join(data[44:] for data, _ in files) == b"\x2a" * 20_000
    assert list(alaw_files(b"", max_samples=8000)) == []
