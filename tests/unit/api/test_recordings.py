"""`/v1/recordings` and the sound itself."""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from api import audio
from api.audio import WavAudio, open_audio
from api.schemas.base import ListView
from api.schemas.recordings import AudioChannel, AudioFormat, PeaksView, RecordingView
from recordings.care.redaction import beep
from recordings.finishing import peaks
from tests.unit.api.conftest import World
from tests.unit.api.fakes import make_call, make_recording
from voicegw.errors import RecordingError
from voicegw.journal.entries import RecordingChanged
from voicegw.model.directory import Role
from voicegw.model.recording import Channel as Side
from voicegw.model.recording import (
    FileKind,
    Recording,
    RecordingFile,
    RecordingStatus,
    RedactedSpan,
    Redaction,
)

FRAMES = 50_001
RATE_HZ = 8000


@pytest.fixture(scope="module")
def samples() -> NDArray[np.int16]:
    """Stereo noise, different on each side."""
    return np.random.default_rng(1).integers(-9000, 9000, (FRAMES, 2)).astype(np.int16)


@pytest.fixture
async def recording(world: World, samples: NDArray[np.int16]) -> Recording:
    """A finished recording with its master."""
    found = make_recording(make_call())
    assert found.path is not None
    master = world.storage.path(found.path)
    master.parent.mkdir(parents=True)
    soundfile.write(master, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    found.size_bytes = master.stat().st_size
    await world.write(RecordingChanged(found))
    return found


Fetch = Callable[..., Any]


@pytest.fixture
def fetch(world: World, admin: dict[str, str], recording: Recording) -> Fetch:
    """Return what asks for the audio with a query and headers."""

    async def get(query: dict[str, str] | None = None, method: str = "GET", **headers: str) -> Any:
        return await world.client.request(
            method,
            f"/v1/recordings/{recording.id}/audio",
            params=query,
            headers={**admin, **headers},
        )

    return get


async def test_lists_and_shows_recordings_without_their_files(
    world: World, admin: dict[str, str], recording: Recording
) -> None:
    pending = make_recording(make_call(), status=RecordingStatus.PENDING, path=None)
    await world.write(RecordingChanged(pending))
    listed = (await world.client.get("/v1/recordings", headers=admin)).json()
    ListView[RecordingView].model_validate(listed)
    assert {item["id"] for item in listed["items"]} == {recording.id, pending.id}
    one = await world.client.get(f"/v1/recordings/{recording.id}", headers=admin)
    assert one.json() in listed["items"]
    assert "spool" not in one.text
    assert ".flac" not in one.text
    for query, expected in (
        ({"status": "pending"}, [pending.id]),
        ({"call_id": recording.call_id}, [recording.id]),
        ({"manager_id": "mgr_none"}, []),
    ):
        found = await world.client.get("/v1/recordings", params=query, headers=admin)
        assert [item["id"] for item in found.json()["items"]] == expected
    missing = await world.client.get("/v1/recordings/rec_none", headers=admin)
    assert missing.status_code == 404


async def test_the_master_is_served_as_it_lies(
    world: World, fetch: Fetch, recording: Recording
) -> None:
    assert recording.path is not None
    master = world.storage.path(recording.path).read_bytes()
    whole = await fetch()
    assert whole.status_code == 200
    assert whole.content == master
    assert whole.headers["Content-Type"] == "audio/flac"
    assert whole.headers["Accept-Ranges"] == "bytes"
    assert whole.headers["Content-Length"] == str(len(master))
    assert whole.headers["Cache-Control"] == "private, no-store"
    part = await fetch(Range="bytes=70000-140000")
    assert part.status_code == 206
    assert part.content == master[70000:140001]
    assert part.headers["Content-Range"] == f"bytes 70000-140000/{len(master)}"
    assert part.headers["Content-Length"] == str(len(part.content))
    tail = await fetch(Range="bytes=-7")
    assert tail.content == master[-7:]


async def test_ranges_outside_are_refused(fetch: Fetch) -> None:
    answer = await fetch(Range="bytes=999999999-")
    assert answer.status_code == 416
    assert answer.json()["code"] == "range-not-satisfiable"
    assert answer.headers["Content-Range"].startswith("bytes */")


async def test_a_range_counts_while_the_audio_is_the_same(fetch: Fetch) -> None:
    etag = (await fetch()).headers["ETag"]
    assert (await fetch(**{"Range": "bytes=0-1", "If-Range": etag})).status_code == 206
    assert (await fetch(**{"Range": "bytes=0-1", "If-Range": '"other"'})).status_code == 200
    unchanged = await fetch(**{"If-None-Match": f'"other", {etag}'})
    assert (unchanged.status_code, unchanged.content) == (304, b"")
    assert (await fetch(**{"If-None-Match": '"other"'})).status_code == 200


async def test_head_tells_the_size(fetch: Fetch) -> None:
    whole = await fetch()
    head = await fetch(method="HEAD")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["Content-Length"] == whole.headers["Content-Length"]
    part = await fetch(method="HEAD", Range="bytes=0-9")
    assert (part.status_code, part.headers["Content-Length"]) == (206, "10")


@pytest.mark.parametrize("channel", list(AudioChannel))
async def test_wav_of_both_sides_or_one(
    fetch: Fetch, samples: NDArray[np.int16], channel: AudioChannel
) -> None:
    answer = await fetch({"format": "wav", "channel": channel})
    assert answer.status_code == 200
    assert answer.headers["Content-Type"] == "audio/wav"
    assert answer.headers["Content-Length"] == str(len(answer.content))
    decoded, rate_hz = soundfile.read(io.BytesIO(answer.content), dtype="int16")
    assert rate_hz == RATE_HZ
    expected = {
        AudioChannel.BOTH: samples,
        AudioChannel.CUSTOMER: samples[:, 0],
        AudioChannel.MANAGER: samples[:, 1],
    }[channel]
    assert np.array_equal(decoded, expected)


@pytest.mark.parametrize("channel", list(AudioChannel))
@pytest.mark.parametrize(
    "spec", ["0-0", "0-43", "40-50", "44-44", "45-47", "46-70001", "100000-", "-1", "-3", "-100"]
)
async def test_any_part_of_a_wav_is_the_part_of_the_whole(
    fetch: Fetch, channel: AudioChannel, spec: str
) -> None:
    query = {"format": "wav", "channel": str(channel)}
    whole = (await fetch(query)).content
    first, last = spec.split("-")
    start = int(first) if first else len(whole) - int(last)
    stop = int(last) + 1 if first and last else len(whole)
    answer = await fetch(query, Range=f"bytes={spec}")
    assert answer.status_code == 206
    assert answer.content == whole[start:stop]


async def test_forms_have_their_own_etags(fetch: Fetch) -> None:
    queries = [
        {},
        {"format": "wav"},
        {"format": "wav", "channel": "customer"},
        {"format": "wav", "channel": "manager"},
    ]
    assert len({(await fetch(query)).headers["ETag"] for query in queries}) == len(queries)


@pytest.mark.parametrize(
    "query", [{"format": "mp3"}, {"format": "opus"}, {"format": "flac", "channel": "customer"}]
)
async def test_forms_that_are_not_to_be_had(fetch: Fetch, query: dict[str, str]) -> None:
    answer = await fetch(query)
    assert answer.status_code == 406
    assert answer.json()["code"] == "not-acceptable"


@pytest.mark.parametrize(("name", "value"), [("format", "8-track"), ("channel", "third")])
async def test_forms_that_do_not_exist(fetch: Fetch, name: str, value: str) -> None:
    answer = await fetch({name: value})
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["field"] == name


async def test_a_recording_that_is_not_there(world: World, admin: dict[str, str]) -> None:
    for changes, status, code in (
        ({"status": RecordingStatus.PENDING, "path": None}, 409, "recording-not-ready"),
        ({"status": RecordingStatus.ABSENT, "path": None}, 404, "not-found"),
        ({"status": RecordingStatus.FAILED, "path": None}, 404, "not-found"),
        ({"path": "2026/01/05/lost.flac"}, 404, "not-found"),
    ):
        found = make_recording(make_call(), **changes)
        await world.write(RecordingChanged(found))
        for query in ({}, {"format": "wav"}):
            path = f"/v1/recordings/{found.id}/audio"
            answer = await world.client.get(path, params=query, headers=admin)
            assert (answer.status_code, answer.json()["code"]) == (status, code)


async def test_a_path_never_leads_out_of_the_storage(
    world: World, admin: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "secret.flac").write_bytes(b"secret")
    found = make_recording(make_call(), path="../secret.flac")
    await world.write(RecordingChanged(found))
    answer = await world.client.get(f"/v1/recordings/{found.id}/audio", headers=admin)
    assert answer.status_code == 404
    assert b"secret" not in answer.content


async def test_an_integrator_sees_recordings_but_does_not_hear_them(
    world: World, recording: Recording
) -> None:
    headers = await world.key(Role.INTEGRATOR)
    path = f"/v1/recordings/{recording.id}"
    assert (await world.client.get(path, headers=headers)).status_code == 200
    answer = await world.client.get(f"{path}/audio", headers=headers)
    assert (answer.status_code, answer.json()["code"]) == (403, "forbidden")


async def test_the_listening_copy_is_served_as_it_was_made(
    world: World, admin: dict[str, str], samples: NDArray[np.int16]
) -> None:
    for name, media_type, other in (
        ("opus", "audio/ogg", "mp3"),
        ("mp3", "audio/mpeg", "opus"),
    ):
        copy = bytes(samples[:3000].tobytes())
        found = make_recording(make_call())
        found.files = [stored(world, FileKind.LISTENING, f"2026/01/05/{name}.{name}", copy)]
        found.files[0].media_type = media_type
        await world.write(RecordingChanged(found))
        path = f"/v1/recordings/{found.id}/audio"
        whole = await world.client.get(path, params={"format": name}, headers=admin)
        assert (whole.status_code, whole.content) == (200, copy)
        assert whole.headers["Content-Type"] == media_type
        part = await world.client.get(
            path, params={"format": name}, headers={**admin, "Range": "bytes=100-199"}
        )
        assert (part.status_code, part.content) == (206, copy[100:200])
        for query in ({"format": other}, {"format": name, "channel": "customer"}):
            refused = await world.client.get(path, params=query, headers=admin)
            assert refused.json()["code"] == "not-acceptable"
            assert f"{name} with both channels" in refused.json()["detail"]
            assert other not in refused.json()["detail"]


async def test_the_wave_form_is_drawn_in_as_many_points_as_asked_for(
    world: World, admin: dict[str, str], samples: NDArray[np.int16]
) -> None:
    meter = peaks.PeakMeter(RATE_HZ)
    points = np.concatenate([meter.feed(samples), meter.finish()])
    form = peaks.Peaks(RATE_HZ, meter.samples_per_point, points)
    found = make_recording(make_call())
    found.files = [stored(world, FileKind.PEAKS, "2026/01/05/a.dat", form.encode())]
    await world.write(RecordingChanged(found))
    path = f"/v1/recordings/{found.id}/peaks"
    whole = (await world.client.get(path, headers=admin)).json()
    PeaksView.model_validate(whole)
    assert (whole["version"], whole["bits"], whole["channels"]) == (2, 8, 2)
    assert (whole["sample_rate"], whole["samples_per_pixel"]) == (RATE_HZ, 400)
    assert whole["length"] == 126
    assert len(whole["data"]) == 126 * 4
    assert whole["data"][:4] == [
        samples[:400, 0].min() >> 8,
        samples[:400, 0].max() >> 8,
        samples[:400, 1].min() >> 8,
        samples[:400, 1].max() >> 8,
    ]
    few = (await world.client.get(path, params={"points": 10}, headers=admin)).json()
    assert few["length"] == 10
    assert few["samples_per_pixel"] == 5200
    assert few["data"][2] == samples[:5200, 1].min() >> 8


async def test_the_wave_form_of_a_redacted_copy_shows_the_beep(
    world: World, admin: dict[str, str], samples: NDArray[np.int16]
) -> None:
    meter = peaks.PeakMeter(RATE_HZ)
    points = np.concatenate([meter.feed(samples), meter.finish()])
    form = peaks.Peaks(RATE_HZ, meter.samples_per_point, points)
    found = make_recording(make_call())
    found.files = [stored(world, FileKind.PEAKS, "2026/01/05/a.dat", form.encode())]
    await world.write(RecordingChanged(found))
    path = f"/v1/recordings/{found.id}/peaks"
    none = await world.client.get(path, params={"copy": "redacted"}, headers=admin)
    assert none.status_code == 404
    spans = [RedactedSpan(0.06, 0.11, Side.CUSTOMER), RedactedSpan(6.0, 99.0)]
    found.redactions = [Redaction("key_1", "w", found.created_at, spans, "ab" * 32)]
    await world.services.repositories.recordings.change(found.id, lambda _: found)
    asked = {"copy": "redacted"}
    drawn = (await world.client.get(path, params=asked, headers=admin)).json()
    shown = np.array(drawn["data"]).reshape(-1, 2, 2)
    expected = points.copy()
    expected[1:3, 0] = expected[120:] = beep_point(RATE_HZ)
    assert np.array_equal(shown, expected)


def beep_point(rate_hz: int) -> NDArray[np.int8]:
    """Return what the wave form of the beep is, measured."""
    meter = peaks.PeakMeter(rate_hz)
    tone = beep(rate_hz)
    point: NDArray[np.int8] = meter.feed(np.stack([tone, tone], axis=1))[0, 0]
    return point


async def test_a_wave_form_that_is_not_there(world: World, admin: dict[str, str]) -> None:
    lost = make_recording(make_call())
    lost.files = [stored(world, FileKind.PEAKS, "2026/01/05/lost.dat", b"")]
    world.storage.path("2026/01/05/lost.dat").unlink()
    pending = make_recording(make_call(), status=RecordingStatus.PENDING, path=None)
    without = make_recording(make_call())
    for found, status in ((lost, 404), (without, 404), (pending, 409)):
        await world.write(RecordingChanged(found))
        path = f"/v1/recordings/{found.id}/peaks"
        answer = await world.client.get(path, headers=admin)
        assert answer.status_code == status
        integrator = await world.key(Role.INTEGRATOR)
        assert (await world.client.get(path, headers=integrator)).status_code == 403


def stored(world: World, kind: FileKind, key: str, data: bytes) -> RecordingFile:
    """Put a file of a recording where it should lie."""
    path = world.storage.path(key)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return RecordingFile(kind, key, peaks.MEDIA_TYPE, len(data), "ab" * 32, len(data), "ab" * 32)


class Folder:
    """Opens the one file that there is."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def open(self, file: RecordingFile) -> BinaryIO:
        return self.path.open("rb")


def test_a_damaged_master_is_told(tmp_path: Path) -> None:
    master = tmp_path / "a.flac"
    master.write_bytes(b"no flac at all")
    with pytest.raises(RecordingError):
        open_audio(Folder(master), make_recording(make_call()), AudioFormat.WAV, AudioChannel.BOTH)


def test_a_master_with_one_channel_is_told(tmp_path: Path) -> None:
    master = tmp_path / "a.flac"
    soundfile.write(master, np.zeros(80, np.int16), RATE_HZ)
    with pytest.raises(RecordingError):
        open_audio(Folder(master), make_recording(make_call()), AudioFormat.WAV, AudioChannel.BOTH)


def test_a_master_that_became_shorter_is_told(
    tmp_path: Path, samples: NDArray[np.int16], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audio, "CHUNK_BYTES", 1024)
    master = tmp_path / "a.flac"
    soundfile.write(master, samples, RATE_HZ, format="FLAC", subtype="PCM_16")
    files, recording = Folder(master), make_recording(make_call())
    flac = open_audio(files, recording, AudioFormat.FLAC, AudioChannel.BOTH)
    assert flac is not None
    reading = flac.read(0, flac.size_bytes)
    next(reading)
    with master.open("r+b") as stream:
        stream.truncate(2048)
    with pytest.raises(RecordingError):
        list(reading)
    soundfile.write(master, samples[:1000], RATE_HZ, format="FLAC", subtype="PCM_16")
    found = recording.file(FileKind.MASTER)
    assert found is not None
    longer = WavAudio(files, found, AudioChannel.BOTH, FRAMES, RATE_HZ)
    with pytest.raises(RecordingError):
        list(longer.read(0, longer.size_bytes))
