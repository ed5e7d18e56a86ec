"""A recording's audio in the form asked for, with every byte addressable.

Master and listening copy are served as they were made. WAV is never written anywhere: its length
follows from the number of frames, and any part of it is decoded from the master when it is read.
Everything here blocks on the disk and is called from threads.
"""

from __future__ import annotations

import io
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final, Protocol

import soundfile

from api.schemas.recordings import AudioChannel, AudioFormat, Copy
from voicegw.errors import NotFoundError, RecordingError
from voicegw.model.recording import FileKind, Recording, RecordingFile

CHUNK_BYTES: Final = 1 << 16
_SAMPLE_BYTES: Final = 2
_CHANNEL_INDEX: Final = {AudioChannel.CUSTOMER: 0, AudioChannel.MANAGER: 1}
_MASTER_CHANNELS: Final = 2
_LISTENING: Final = {AudioFormat.OPUS: "audio/ogg", AudioFormat.MP3: "audio/mpeg"}
_WAV_HEADER: Final = struct.Struct("<4sI4s4sIHHIIHH4sI")


class Audio(Protocol):
    """Audio of known size."""

    @property
    def size_bytes(self) -> int:
        """The size of the whole."""
        ...

    @property
    def media_type(self) -> str:
        """Its media type."""
        ...

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to and without `stop`, in chunks."""
        ...


class FileOpener(Protocol):
    """Gives the plain bytes of files; `recordings.storage.files.RecordingFiles` does."""

    def open(self, file: RecordingFile) -> BinaryIO:
        """Return a stream that can seek; the caller closes it. Raises NotFoundError."""
        ...


@dataclass(frozen=True, slots=True)
class StoredAudio:
    """A file as it was made."""

    files: FileOpener
    file: RecordingFile
    size_bytes: int

    @property
    def media_type(self) -> str:
        """Its media type."""
        return self.file.media_type

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to and without `stop`."""
        with self.files.open(self.file) as stream:
            stream.seek(start)
            left = stop - start
            while left > 0:
                chunk = stream.read(min(left, CHUNK_BYTES))
                if not chunk:
                    raise RecordingError("the recording's file became shorter while it was read")
                left -= len(chunk)
                yield chunk


@dataclass(frozen=True, slots=True)
class WavAudio:
    """16-bit WAV decoded from the master, of both channels or of one."""

    files: FileOpener
    master: RecordingFile
    channel: AudioChannel
    frames: int
    sample_rate_hz: int
    media_type: str = "audio/wav"

    @property
    def size_bytes(self) -> int:
        """The size of header and samples."""
        return _WAV_HEADER.size + self.frames * self._frame_bytes

    @property
    def _frame_bytes(self) -> int:
        return _SAMPLE_BYTES * (_MASTER_CHANNELS if self.channel is AudioChannel.BOTH else 1)

    def read(self, start: int, stop: int) -> Iterator[bytes]:
        """Yield the bytes from `start` up to and without `stop`."""
        header = self._header()
        if start < len(header):
            yield header[start:stop]
        first_byte = max(start - len(header), 0)
        last_byte = stop - len(header)
        if last_byte > first_byte:
            yield from self._samples(first_byte, last_byte)

    def _header(self) -> bytes:
        """Return the canonical 44 bytes of a PCM WAV."""
        frame_bytes = self._frame_bytes
        data_bytes = self.frames * frame_bytes
        return _WAV_HEADER.pack(
            b"RIFF",
            _WAV_HEADER.size - 8 + data_bytes,
            b"WAVE",
            b"fmt ",
            16,
            1,
            frame_bytes // _SAMPLE_BYTES,
            self.sample_rate_hz,
            self.sample_rate_hz * frame_bytes,
            frame_bytes,
            8 * _SAMPLE_BYTES,
            b"data",
            data_bytes,
        )

    def _samples(self, start: int, stop: int) -> Iterator[bytes]:
        frame_bytes = self._frame_bytes
        skip = start % frame_bytes
        left = stop - start
        with self.files.open(self.master) as stream, soundfile.SoundFile(stream) as sound:
            sound.seek(start // frame_bytes)
            while left > 0:
                frames = sound.read(CHUNK_BYTES // frame_bytes, dtype="int16", always_2d=True)
                if not len(frames):
                    raise RecordingError("the recording ended before its stated length")
                if self.channel is not AudioChannel.BOTH:
                    frames = frames[:, _CHANNEL_INDEX[self.channel]]
                chunk = frames.astype("<i2").tobytes()[skip : skip + left]
                skip = 0
                left -= len(chunk)
                yield chunk


def sound_kind(copy: Copy) -> FileKind:
    """Return which file of a recording has the sound of this copy, whole."""
    return FileKind.REDACTED if copy is Copy.REDACTED else FileKind.MASTER


def available(recording: Recording) -> str:
    """Say in which forms the audio of `recording` is to be had."""
    forms = ["flac with both channels", "wav with any channel"]
    listening = recording.file(FileKind.LISTENING)
    forms += [
        f"{form} with both channels"
        for form, media_type in _LISTENING.items()
        if listening is not None and listening.media_type == media_type
    ]
    return ", ".join(forms)


def open_audio(
    files: FileOpener,
    recording: Recording,
    audio_format: AudioFormat,
    channel: AudioChannel,
    copy: Copy = Copy.ORIGINAL,
) -> Audio | None:
    """Return the recording's audio, or its redacted copy's; None when it has not this form.

    Raises NotFoundError, and RecordingError when the master is no stereo FLAC.
    """
    master = recording.file(sound_kind(copy))
    if master is None:
        raise NotFoundError("audio", recording.id)
    if audio_format is AudioFormat.WAV:
        return _open_wav(files, master, channel)
    if copy is Copy.REDACTED and audio_format is not AudioFormat.FLAC:
        return None
    file = master if audio_format is AudioFormat.FLAC else recording.file(FileKind.LISTENING)
    wanted = _LISTENING.get(audio_format, master.media_type)
    if channel is not AudioChannel.BOTH or file is None or file.media_type != wanted:
        return None
    with files.open(file) as stream:
        return StoredAudio(files, file, stream.seek(0, io.SEEK_END))


def _open_wav(files: FileOpener, master: RecordingFile, channel: AudioChannel) -> WavAudio:
    with files.open(master) as stream:
        try:
            info = soundfile.info(stream)
        except soundfile.LibsndfileError as error:
            raise RecordingError("the recording's file is damaged") from error
    if info.channels != _MASTER_CHANNELS:
        raise RecordingError("the recording's file has no two channels")
    return WavAudio(files, master, channel, info.frames, info.samplerate)
