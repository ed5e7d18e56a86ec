"""What the API gives of encrypted recordings: the plain bytes, or a reason; never other bytes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import soundfile

from tests.unit.api.conftest import World
from tests.unit.api.fakes import make_call, make_recording
from voicegw.encryption import CHUNK_BYTES, HEADER_BYTES, TAG_BYTES
from voicegw.journal.entries import RecordingChanged
from voicegw.keyring import KeyRing, add_key
from voicegw.model.recording import FileKind, Recording

Fetch = Callable[..., Any]


@pytest.fixture
async def recording(world: World, tmp_path: Path) -> Recording:
    """A recording of five chunks, encrypted."""
    add_key(tmp_path / "keys", date(2026, 11, 21))
    world.storage.keys = KeyRing(tmp_path / "keys")
    samples = np.random.default_rng(1).integers(-9000, 9000, (80_000, 2)).astype(np.int16)
    found = make_recording(make_call())
    with world.storage.stage("2026/01/05/talk.flac") as staged:
        soundfile.write(staged.stream, samples, 8000, format="FLAC", subtype="PCM_16")
        found.files = [staged.put(FileKind.MASTER, "audio/flac")]
    found.sha256 = found.files[0].sha256
    await world.write(RecordingChanged(found))
    assert found.files[0].plain_bytes > 4 * CHUNK_BYTES
    return found


@pytest.fixture
def fetch(world: World, admin: dict[str, str], recording: Recording) -> Fetch:
    async def get(query: dict[str, str] | None = None, **headers: str) -> Any:
        path = f"/v1/recordings/{recording.id}/audio"
        return await world.client.get(path, params=query, headers={**admin, **headers})

    return get


def damage(world: World, recording: Recording, chunk: int) -> None:
    """Change a byte of a chunk; -1 is the last."""
    path = world.storage.path(recording.files[0].key)
    stored = bytearray(path.read_bytes())
    place = HEADER_BYTES + chunk * (CHUNK_BYTES + TAG_BYTES) + 100 if chunk >= 0 else -1
    stored[place] ^= 1
    path.write_bytes(stored)


async def test_all_of_it_and_any_range_are_plain(
    world: World, fetch: Fetch, recording: Recording
) -> None:
    with world.storage.open(recording.files[0].key) as stream:
        plain = stream.read()
    assert (await fetch()).content == plain
    part = await fetch(Range="bytes=65000-66000")
    assert (part.status_code, part.content) == (206, plain[65000:66001])
    assert (await fetch(Range="bytes=-5")).content == plain[-5:]
    wav = await fetch({"format": "wav", "channel": "manager"}, Range="bytes=100000-100099")
    assert (wav.status_code, len(wav.content)) == (206, 100)


async def test_a_missing_key_is_told(world: World, fetch: Fetch, tmp_path: Path) -> None:
    add_key(tmp_path / "others", date(2026, 11, 21))
    world.storage.keys = KeyRing(tmp_path / "others")
    answer = await fetch()
    assert (answer.status_code, answer.json()["code"]) == (503, "key-missing")


async def test_a_damaged_end_is_told(world: World, fetch: Fetch, recording: Recording) -> None:
    damage(world, recording, -1)
    answer = await fetch(Range="bytes=0-9")
    assert (answer.status_code, answer.json()["code"]) == (500, "recording-damaged")


@pytest.mark.parametrize("audio_format", ["flac", "wav"])
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_damage_in_the_middle_ends_the_answer(
    world: World, fetch: Fetch, recording: Recording, audio_format: str
) -> None:
    """The head of the answer has left already: the server closes the connection then."""
    damage(world, recording, 2)
    with pytest.raises(RuntimeError):
        await fetch({"format": audio_format})
