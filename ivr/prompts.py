"""Spoken sentences and tones by name, prepared in every codec the node carries.

A prompt is a WAV file, `{folder}/{language}/{name}.wav`; `tones` is the language of what is not
speech. The shipped folder is read first, then an operator's own, which replaces and adds; what was
uploaded (`ivr.stored_prompts`) replaces both. Any rate, width and number of channels is taken and
brought to 8 kHz mono, and to 16 kHz for the wideband codecs: a file of 16 kHz or more keeps there
what G.711 can't carry. The encoded forms are kept in a cache named by the hash of their samples, so
that an engine may hold them for as long as it likes: a changed prompt is another file.
"""

from __future__ import annotations

import hashlib
import logging
import os
import tempfile
from collections.abc import Collection, Iterable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final

import numpy as np
import soundfile
import soxr
from numpy.typing import NDArray

from ivr import wideband
from ivr.g711 import encode_alaw, encode_ulaw
from voicegw.errors import NotFoundError, Problem, StartError
from voicegw.media import opus
from voicegw.media.engine import Prompt

logger = logging.getLogger(__name__)

SHIPPED: Final = Path(__file__).parent / "prompts"
"""The folder of the prompts that come with the gateway."""

ENCODED: Final = "opus"
"""Below it: the shipped prompts as Opus packets, named by their samples."""

TONES: Final = "tones"
DEFAULT_LANGUAGE: Final = "zh"
RATE_HZ: Final = 8000
MAX_DURATION_S: Final = 600
"""A longer file is refused: a prompt is held in memory by every worker that plays it."""

REQUIRED: Final = (
    "recording_notice",
    "connecting_manager",
    "connecting_customer",
    "press_1_to_connect",
    "inbound_whisper",
    "manager_busy",
    "manager_unavailable",
    "closed",
    "after_hours",
    "transfer_deputy",
    "several_managers",
    "manager_with_staff_number",
    "of_manager_press",
    "no_input",
    "invalid_choice",
    "press_1_to_take",
    "caller_customer",
    "caller_unknown",
    "caller_core",
    "caller_potential",
    "caller_regular",
    "caller_assisted",
    "ends_in",
    *(f"d{digit}" for digit in range(10)),
    "yao",
    "liang",
    "ten",
    "hundred",
    "people",
    "minutes",
    "hours",
    "queue_next",
    "queue_position",
    "estimated_wait",
    "less_than_a_minute",
    "queue_callback",
    "callback_confirmed",
    "call_failed",
    "customer_busy",
    "customer_no_answer",
    "goodbye",
    "dial_menu",
    "customer_not_found",
    "no_last_customer",
    "not_permitted",
    "refused_do_not_call",
    "refused_rate",
    "refused_number",
    "refused_busy",
    "limit_reached",
    "lines_busy",
    "enter_staff_number",
    "enter_pin",
    "wrong_pin",
    "pin_locked",
    "on_hold",
    "enter_transfer",
    "transfer_failed",
    "colleague_joined",
    "time_almost_up",
    "voicemail_greeting",
    "message_saved",
    "message_impossible",
    "survey_intro",
    "survey_ask",
    "survey_solved",
    "survey_thanks",
    "result_ask",
    "result_saved",
    "ringback_cn",
    "busy_cn",
    "moh",
    "tone_beep",
)
"""What calls play of themselves; `check` names those that no folder has."""


class PromptSource(StrEnum):
    """Where a prompt comes from; the later one replaces the earlier ones."""

    SHIPPED = "shipped"
    FOLDER = "folder"
    """The operator's own folder, `media.prompts_dir`."""
    STORE = "store"
    """It was uploaded."""


@dataclass(frozen=True, slots=True)
class PromptEntry:
    """A prompt that is in force. `path` is its file; None for one in the store."""

    language: str
    name: str
    source: PromptSource
    prompt: Prompt
    path: Path | None = None


@dataclass(frozen=True, slots=True)
class _Source:
    """Where a prompt's sound comes from."""

    language: str
    name: str
    path: Path
    kind: PromptSource


@dataclass(frozen=True, slots=True)
class _Sound:
    """What a file holds, mono, at its own rate."""

    samples: NDArray[np.int16]
    rate_hz: int

    def at(self, rate_hz: int) -> NDArray[np.int16]:
        """Return the samples at another rate."""
        if rate_hz == self.rate_hz:
            return self.samples
        return np.asarray(soxr.resample(self.samples, self.rate_hz, rate_hz), dtype=np.int16)


class PromptLibrary:
    """All prompts of the node. `load` once before use; look-ups then touch no disk."""

    def __init__(
        self,
        cache: Path,
        *,
        own: Path | None = None,
        shipped: Path = SHIPPED,
        codecs: Collection[str] = (),
    ) -> None:
        """Take the folder to keep encoded prompts in, and the operator's `own` prompts, if any.

        Both G.711 laws are always prepared, `G722` and `opus` where `codecs` has them.
        """
        self._cache = cache
        self._own = own
        self._shipped = shipped
        self._codecs = codecs
        self._files: dict[tuple[str, str], PromptEntry] = {}
        self._prompts: dict[tuple[str, str], Prompt] = {}
        """Of all sources, as they are in force."""
        self._stored: Mapping[tuple[str, str], Prompt] = {}
        self._problems: list[Problem] = []

    def load(self) -> None:
        """Read every prompt and encode what the cache does not hold.

        A file that can't be used is left out and told by `check`; a shipped prompt of the same name
        then stays in force. Raises StartError when the cache can't be written.
        """
        problems: list[Problem] = []
        if self._own is not None and not self._own.is_dir():
            problems.append(
                Problem(str(self._own), "no such folder of prompts", "create it or unset its key")
            )
        try:
            self._cache.mkdir(parents=True, exist_ok=True)
            sounds: dict[tuple[str, str], _Sound] = {}
            sources: dict[tuple[str, str], _Source] = {}
            for source in self._sources():
                sound = _read(source.path, problems)
                if sound is not None:
                    sounds[source.language, source.name] = sound
                    sources[source.language, source.name] = source
            # Encoding Opus takes its time at first; the library lets other threads run meanwhile.
            with ThreadPoolExecutor(thread_name_prefix="prompts") as pool:
                made = pool.map(self._prepare, (name for _, name in sounds), sounds.values())
                prompts = dict(zip(sounds, made, strict=True))
        except OSError as error:
            raise StartError(
                Problem(
                    str(self._cache),
                    f"prompts can't be prepared: {error.strerror or error}",
                    "make the folder writable and free some space",
                )
            ) from error
        self._files = {
            key: PromptEntry(*key, sources[key].kind, prompt, sources[key].path)
            for key, prompt in prompts.items()
        }
        self._problems = problems
        self.use_stored(self._stored)
        logger.info("prompts loaded", extra={"prompts": len(prompts), "problems": len(problems)})

    def prompt(self, name: str, language: str = DEFAULT_LANGUAGE) -> Prompt:
        """Return the prompt in `language`, else in `zh`, else the tone of that name.

        Raises NotFoundError when none of them has it.
        """
        for candidate in (language, DEFAULT_LANGUAGE, TONES):
            found = self._prompts.get((candidate, name))
            if found is not None:
                return found
        raise NotFoundError("prompt", name)

    def has(self, name: str, language: str) -> bool:
        """Whether `name` can be heard in `language`: spoken, or a tone, which is in all."""
        return (language, name) in self._prompts or (TONES, name) in self._prompts

    def use_stored(self, stored: Mapping[tuple[str, str], Prompt]) -> None:
        """Have exactly these replace and add to the files, by language and name, from now on.

        Whoever hears a prompt goes on hearing what it was: its encoded form stays in the cache.
        """
        self._stored = dict(stored)
        self._prompts = {key: entry.prompt for key, entry in self._files.items()} | self._stored

    def entries(self) -> list[PromptEntry]:
        """Return every prompt that is in force, by language and name."""
        found = self._files | {
            key: PromptEntry(*key, PromptSource.STORE, prompt)
            for key, prompt in self._stored.items()
        }
        return [found[key] for key in sorted(found)]

    def prepare(self, path: Path) -> Prompt:
        """Return a WAV file as a prompt, encoded, without keeping it here.

        It takes its time. Raises StartError when it can't be used, OSError for the cache.
        """
        problems: list[Problem] = []
        sound = _read(path, problems)
        if sound is None:
            raise StartError(problems[0])
        self._cache.mkdir(parents=True, exist_ok=True)
        return self._prepare(path.stem, sound)

    def all(self) -> tuple[Prompt, ...]:
        """Return every prompt, in every language."""
        return tuple(self._prompts.values())

    def check(self, required: Iterable[str] = REQUIRED) -> list[Problem]:
        """Return what is wrong: unusable files, and each name of `required` that is missing."""
        missing = [
            Problem(
                f"prompt {name}",
                "missing",
                f"put {DEFAULT_LANGUAGE}/{name}.wav into the folder of own prompts",
            )
            for name in required
            if not any((language, name) in self._prompts for language in (DEFAULT_LANGUAGE, TONES))
        ]
        return [*self._problems, *missing]

    def _sources(self) -> Iterator[_Source]:
        """Every WAV file, those that replace others after them."""
        folders = ((self._shipped, PromptSource.SHIPPED), (self._own, PromptSource.FOLDER))
        for folder, kind in folders:
            if folder is not None:
                for path in sorted(folder.glob("*/*.wav")):
                    yield _Source(path.parent.name, path.stem, path, kind)

    def _prepare(self, name: str, sound: _Sound) -> Prompt:
        samples = sound.at(RATE_HZ)
        digest = _digest(samples)
        pcma = self._cache / f"{digest}.al"
        pcmu = self._cache / f"{digest}.ul"
        for path, encode in ((pcma, encode_alaw), (pcmu, encode_ulaw)):
            if not path.is_file() or path.stat().st_size != len(samples):
                _write_whole(path, encode(samples))
        g722, packets = self._prepare_wideband(sound)
        return Prompt(
            name, digest, pcma, pcmu, len(samples) * 1000 // RATE_HZ, g722=g722, opus=packets
        )

    def _prepare_wideband(self, sound: _Sound) -> tuple[Path | None, Path | None]:
        """Return the G.722 and the Opus file, each None where it is not wanted."""
        if not {"G722", "opus"} & set(self._codecs):
            return None, None
        # Named by the samples as they are in the file: two that differ only above what G.711
        # carries are two prompts here.
        stem = f"{_digest(sound.samples)}-{sound.rate_hz}"
        g722 = self._cache / f"{stem}.g722" if "G722" in self._codecs else None
        packets = self._opus_file(stem) if "opus" in self._codecs else None
        if g722 is not None and not g722.is_file():
            _write_whole(g722, wideband.encode_g722(sound.at(wideband.RATE_HZ)))
        if packets is not None and not packets.is_file():
            encoded = wideband.encode_opus(sound.at(wideband.RATE_HZ))
            _write_whole(packets, opus.join(encoded))
        return g722, packets

    def _opus_file(self, stem: str) -> Path:
        """Return where the Opus form lies: what is shipped comes encoded, the rest is cached."""
        shipped = self._shipped / ENCODED / f"{stem}.opus"
        return shipped if shipped.is_file() else self._cache / f"{stem}.opus"


def encode_shipped(folder: Path = SHIPPED) -> list[Path]:
    """Encode the prompts of `folder` in Opus, beside them, and return what changed.

    A new node would need many seconds for it. Done when prompts are added (`make prompts`); what no
    prompt needs any more is removed.
    """
    encoded = folder / ENCODED
    encoded.mkdir(exist_ok=True)
    stale = set(encoded.glob("*.opus"))
    changed = []
    for path in sorted(folder.glob("*/*.wav")):
        problems: list[Problem] = []
        sound = _read(path, problems)
        if sound is None:
            raise StartError(problems[0])
        packets = encoded / f"{_digest(sound.samples)}-{sound.rate_hz}.opus"
        stale.discard(packets)
        if not packets.is_file():
            _write_whole(packets, opus.join(wideband.encode_opus(sound.at(wideband.RATE_HZ))))
            packets.chmod(0o644)
            changed.append(packets)
    for packets in stale:
        packets.unlink()
    return [*changed, *sorted(stale)]


def _digest(samples: NDArray[np.int16]) -> str:
    return hashlib.sha256(samples.astype("<i2").tobytes()).hexdigest()


def _read(path: Path, problems: list[Problem]) -> _Sound | None:
    """Return the sound of a file, or note why it can't be used."""
    mend = "replace it with a WAV file, best 8 kHz mono 16 bit"
    try:
        with soundfile.SoundFile(path) as sound:
            if sound.frames > MAX_DURATION_S * sound.samplerate:
                problems.append(
                    Problem(str(path), f"longer than {MAX_DURATION_S} s", "shorten the prompt")
                )
                return None
            rate_hz = int(sound.samplerate)
            frames: NDArray[np.int16] = sound.read(dtype="int16", always_2d=True)
    except (soundfile.LibsndfileError, OSError) as error:
        problems.append(Problem(str(path), f"not readable as sound: {error}", mend))
        return None
    sound = _Sound(_to_mono(frames), rate_hz)
    if not len(sound.at(RATE_HZ)):
        problems.append(Problem(str(path), "holds no sound", mend))
        return None
    return sound


def _to_mono(frames: NDArray[np.int16]) -> NDArray[np.int16]:
    if frames.shape[1] == 1:
        return np.ascontiguousarray(frames[:, 0])
    mixed: NDArray[np.int16] = np.rint(frames.mean(axis=1)).astype(np.int16)
    return mixed


def _write_whole(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or none, however many nodes write it at once."""
    handle, staged = tempfile.mkstemp(dir=path.parent, prefix=".", suffix=".part")
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
        Path(staged).replace(path)
    except BaseException:
        Path(staged).unlink(missing_ok=True)
        raise


if __name__ == "__main__":
    encode_shipped()
