"""What is done to own prompts in a process of its own: `python -m ivr.prompt_job`.

Decoding what somebody uploaded takes as long and as much memory as the file wants, speaking a text
as long as a program of the operator's, and encoding ten minutes takes seconds: none may delay a
call. One order comes on standard input as JSON, its
answer goes to standard output. ffmpeg, where it is there, reads what libsndfile does not know; it
may open no address and no playlist.
"""

from __future__ import annotations

import resource
import shutil
import subprocess
import sys
import wave
from pathlib import Path
from typing import Final, TypeAlias

import msgspec
import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from ivr.prompt_level import levelled
from ivr.prompts import MAX_DURATION_S, PromptLibrary
from voicegw.errors import StartError
from voicegw.field_faults import FaultKind, FaultParam

RATE_HZ: Final = 16_000
"""The rate that own prompts are kept in: all that a wideband codec carries here."""

_BLOCK_FRAMES: Final = 1 << 16
_MAX_CHANNELS: Final = 8
_MEMORY_BYTES: Final = 3 << 30
_CPU_S: Final = 60
_FFMPEG_S: Final = 60
_SPEECH_S: Final = 60
_FORMATS: Final = "aac,ac3,aiff,amr,asf,au,avi,caf,flac,flv,g722,gsm,matroska,mov,mp3,mpeg,ogg,wav"
"""Formats of ffmpeg that hold their sound themselves; playlists are not among them."""


class Decode(msgspec.Struct, frozen=True, tag=True):
    """Bring the sound file `source` to WAV of 16 kHz at the level of all prompts."""

    source: str
    target: str


class Speak(msgspec.Struct, frozen=True, tag=True):
    """Have `command` speak `text`, and bring what it wrote into `spoken` to a prompt's form.

    The text goes to its standard input: what stands in a command line, every user of the machine
    can read.
    """

    command: tuple[str, ...]
    text: str
    spoken: str
    target: str


class Encode(msgspec.Struct, frozen=True, tag=True):
    """Prepare the WAV files `sources` in every codec, in the folder `cache`."""

    sources: tuple[str, ...]
    cache: str
    codecs: tuple[str, ...]


class Decoded(msgspec.Struct, frozen=True, tag=True):
    """How long the sound is that was written."""

    duration_ms: int


class Encoded(msgspec.Struct, frozen=True, tag=True):
    """The files of a prompt, as `voicegw.media.engine.Prompt` has them."""

    digest: str
    pcma: str
    pcmu: str
    duration_ms: int
    g722: str | None
    opus: str | None


class Refused(msgspec.Struct, frozen=True, tag=True):
    """Why a file can't be used; `kind` and `params` say it to programs."""

    why: str
    kind: FaultKind = "unreadable"
    params: dict[str, FaultParam] = {}


class AllEncoded(msgspec.Struct, frozen=True, tag=True):
    """What each file became, in the order of the sources."""

    prompts: tuple[Encoded | Refused, ...]


Order: TypeAlias = Decode | Speak | Encode
Answer: TypeAlias = Decoded | AllEncoded | Refused


class UnusableSoundError(ValueError):
    """A file that can't be a prompt; its text says why, `kind` and `params` say it to programs."""

    def __init__(self, why: str, kind: FaultKind = "unreadable", **params: FaultParam) -> None:
        super().__init__(why)
        self.kind: FaultKind = kind
        self.params = params


def carry_out(order: Order) -> Answer:
    """Do what was asked."""
    try:
        if isinstance(order, Speak):
            return _speak(order)
        return _decode(order) if isinstance(order, Decode) else _encode(order)
    except UnusableSoundError as error:
        return Refused(str(error), error.kind, error.params)
    except MemoryError:
        return Refused("needs too much memory to be decoded")


def _decode(order: Decode) -> Decoded:
    samples, rate_hz = _read(Path(order.source))
    if rate_hz != RATE_HZ:
        samples = np.asarray(soxr.resample(samples, rate_hz, RATE_HZ), dtype=np.float32)
    sound = levelled(samples, RATE_HZ)
    if sound is None:
        raise UnusableSoundError("holds nothing that can be heard", "nothing-heard")
    with wave.open(order.target, "wb") as file:
        file.setnchannels(1)
        file.setsampwidth(2)
        file.setframerate(RATE_HZ)
        file.writeframes(sound.astype("<i2").tobytes())
    return Decoded(len(sound) * 1000 // RATE_HZ)


def _speak(order: Speak) -> Decoded:
    program = order.command[0]
    try:
        done = subprocess.run(  # noqa: S603 - the operator's own command
            order.command,
            input=order.text.encode(),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            timeout=_SPEECH_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        why = f"{program} took over {_SPEECH_S} s to speak it"
        raise UnusableSoundError(why, "took-too-long", max_s=_SPEECH_S) from error
    except OSError as error:
        why = f"{program} can't be started ({error.strerror})"
        raise UnusableSoundError(why, "program-failed", program=program) from error
    if done.returncode != 0:
        why = f"{program} could not speak it (exit code {done.returncode})"
        raise UnusableSoundError(why, "program-failed", code=done.returncode, program=program)
    if not Path(order.spoken).is_file():
        why = f"{program} wrote no file: does its command have {{file}}?"
        raise UnusableSoundError(why, "program-failed", program=program)
    return _decode(Decode(order.spoken, order.target))


def _encode(order: Encode) -> AllEncoded:
    library = PromptLibrary(Path(order.cache), codecs=order.codecs)
    return AllEncoded(tuple(_encode_one(library, Path(source)) for source in order.sources))


def _encode_one(library: PromptLibrary, source: Path) -> Encoded | Refused:
    try:
        made = library.prepare(source)
    except (StartError, OSError) as error:
        return Refused(str(error))
    return Encoded(
        made.digest,
        str(made.pcma),
        str(made.pcmu),
        made.duration_ms,
        str(made.g722) if made.g722 is not None else None,
        str(made.opus) if made.opus is not None else None,
    )


def _read(path: Path) -> tuple[NDArray[np.float32], int]:
    """Return the sound of a file, mono. Raises UnusableSoundError."""
    try:
        with soundfile.SoundFile(path) as sound:
            return _mono(sound), int(sound.samplerate)
    except soundfile.LibsndfileError as error:
        program = shutil.which("ffmpeg")
        if program is None:
            raise UnusableSoundError(
                f"not readable as sound ({error.error_string}); other formats need ffmpeg"
            ) from error
    return _by_ffmpeg(program, path), RATE_HZ


def _mono(sound: soundfile.SoundFile) -> NDArray[np.float32]:
    if sound.channels > _MAX_CHANNELS:
        raise UnusableSoundError(f"has more than {_MAX_CHANNELS} channels")
    # Counted while reading: what a header says of the length need not be true.
    most, parts, have = MAX_DURATION_S * sound.samplerate, [], 0
    for block in sound.blocks(_BLOCK_FRAMES, dtype="float32", always_2d=True):
        have += len(block)
        if have > most:
            raise _too_long()
        parts.append(block.mean(axis=1, dtype=np.float32))
    if not parts:
        raise UnusableSoundError("holds no sound", "nothing-heard")
    # Samples of floating point may be anything; what is not a number would spread.
    mixed: NDArray[np.float32] = np.concatenate(parts)
    np.nan_to_num(mixed, copy=False, posinf=1.0, neginf=-1.0)
    return mixed


def _by_ffmpeg(program: str, path: Path) -> NDArray[np.float32]:
    form = ["-map", "0:a:0", "-ac", "1", "-ar", str(RATE_HZ), "-f", "s16le", "-"]
    guard = ["-nostdin", "-v", "error", "-protocol_whitelist", "file,pipe"]
    source = ["-format_whitelist", _FORMATS, "-i", str(path), "-t", str(MAX_DURATION_S + 1)]
    try:
        done = subprocess.run(  # noqa: S603 - found on the path, with arguments of our own
            [program, *guard, *source, *form],
            capture_output=True,
            timeout=_FFMPEG_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        why = "takes too long to be decoded"
        raise UnusableSoundError(why, "took-too-long", max_s=_FFMPEG_S) from error
    samples = np.frombuffer(done.stdout[: len(done.stdout) // 2 * 2], dtype="<i2")
    if done.returncode != 0 or not len(samples):
        raise UnusableSoundError("not readable as sound, neither by libsndfile nor by ffmpeg")
    if len(samples) > MAX_DURATION_S * RATE_HZ:
        raise _too_long()
    return samples.astype(np.float32) / np.float32(32768)


def _too_long() -> UnusableSoundError:
    why = f"longer than {MAX_DURATION_S} s"
    return UnusableSoundError(why, "lasts-too-long", max_s=MAX_DURATION_S)


def main() -> None:
    """Carry out the order on standard input."""
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_S, _CPU_S))
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=Decode | Speak | Encode)
    sys.stdout.buffer.write(msgspec.json.encode(carry_out(order)))


if __name__ == "__main__":
    main()
