"""`voicegw transcribe FILE`: what was said in a sound file, by the configured engine."""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

import msgspec
from rich.console import Console
from rich.progress import Progress

from config.settings import Settings
from recordings.transcription.engine import EngineUnusableError, SoundUnusableError
from recordings.transcription.models import ModelMissing, find_model
from recordings.transcription.pool import Recognition, TranscriptionPool
from recordings.transcription.text import to_plain_text, to_webvtt
from voicegw.errors import InvalidError, Problem, StartError
from voicegw.model.transcript import Transcript, TranscriptStatus
from voicegw.setup.transcription import wanted_model


def transcribe_file(settings: Settings, file: Path, form: str) -> str:
    """Return what was said in `file`, as `json`, `vtt` or `text`.

    One channel is taken for the customer's; of two, the left is the customer's and the right the
    manager's. Raises InvalidError when the file can't be read as sound, StartError when there is no
    engine to do it with, OSError.
    """
    if settings.transcription.engine == "none":
        raise InvalidError("transcription.engine", 'is "none"; choose an engine')
    spec = find_model(wanted_model(settings))
    if isinstance(spec, ModelMissing):
        raise StartError(Problem("transcription", spec.what, spec.mend))
    file.open("rb").close()  # a file that is not there is told of before a model is loaded
    try:
        found = asyncio.run(_recognise(TranscriptionPool(spec), file))
    except SoundUnusableError as error:
        mend = "convert it, for example with ffmpeg -i FILE FILE.wav"
        raise InvalidError(str(file), f"can't be read as sound; {mend}") from error
    except EngineUnusableError as error:
        raise StartError(
            Problem("transcription", error.why, "check transcription.model")
        ) from error
    transcript = Transcript(
        recording_id=file.name,
        call_id="",
        status=TranscriptStatus.COMPLETED,
        created_at=datetime.now(UTC),
        engine=spec.name,
        model=spec.model_name,
        language=spec.language,
        progress=1.0,
        duration_s=found.duration_s,
        segments=found.segments,
    )
    if form == "vtt":
        return to_webvtt(transcript)
    if form == "text":
        return to_plain_text(transcript)
    view = {"file": str(file), "engine": spec.name, "model": spec.model_name}
    view |= {"language": spec.language}
    figures = {"duration_s": found.duration_s, "channels": found.channels, "cpu_s": found.cpu_s}
    segments = {"segments": found.segments}
    return msgspec.json.encode(view | figures | segments).decode() + "\n"


async def _recognise(pool: TranscriptionPool, file: Path) -> Recognition:
    try:
        with Progress(console=Console(file=sys.stderr), transient=True) as progress:
            task = progress.add_task(file.name, total=1.0)
            return await pool.recognise(
                lambda: file.open("rb"),
                on_progress=lambda share: progress.update(task, completed=share),
            )
    finally:
        await pool.stop()
