"""What the listener makes of a spool, plain and encrypted."""

from __future__ import annotations

import io
import select
from datetime import date
from pathlib import Path

import pytest
import soundfile

from recordings.network.listener_process import listen
from recordings.network.protocol import ListenRequest
from recordings.network.tones import Tone
from tests.unit.recordings.network.sounds import Samples, cadence, speech
from tests.unit.recordings.spools import Sender, as_captured, end, write_spool
from voicegw.keyring import KeyRing, add_key
from voicegw.media.capture import Capture, CaptureWriter
from voicegw.media.spool import SpoolReader, encode_packet
from voicegw.media.spool_file import new_spool_key

BUSY = cadence(6, 0.35, 0.35, 450)


def spool_of(folder: Path, sound: Samples) -> Path:
    """Write a spool in which the customer's leg sends `sound` and the manager speaks."""
    records = as_captured(
        Sender(1, speech(2, seed=5)).packets(), Sender(0, sound, 1.0).packets(), [end(30)]
    )
    return write_spool(folder / "rec_1.spool", records)


def encrypted(folder: Path, sound: Samples, keys: KeyRing) -> Path:
    """Write the same as a worker does that has a key."""
    writer = CaptureWriter()
    capture = Capture(folder / "rec_1.spool", new_spool_key(keys.current))
    results: list[OSError | None] = []

    def wait() -> None:
        while not results:
            assert select.select([writer.fileno()], [], [], 5)[0]
            writer.complete()
        assert results.pop() is None

    writer.open(capture, {"call_id": "call_1"}, results.append)
    wait()
    for packet in Sender(0, sound).packets():
        capture.buffer += encode_packet(packet)
    writer.write(capture, 1)
    writer.close(capture, results.append)
    wait()
    writer.stop(5)
    return capture.path


def test_only_the_customers_network_is_heard(tmp_path: Path) -> None:
    heard = listen(ListenRequest(str(spool_of(tmp_path, BUSY)), "CN"), None)
    assert (heard.tones, heard.wav, heard.failure) == ((Tone.BUSY,), b"", None)
    assert 3.5 < heard.sound_s < 4.4


def test_what_is_no_tone_is_for_a_recogniser(tmp_path: Path) -> None:
    heard = listen(ListenRequest(str(spool_of(tmp_path, speech(80))), "CN"), None)
    samples, rate_hz = soundfile.read(io.BytesIO(heard.wav), dtype="int16")
    assert (rate_hz, heard.tones) == (8000, ())
    assert 58 * 8000 < len(samples) <= 60 * 8000


def test_an_encrypted_spool_is_read_where_it_was_moved_to(tmp_path: Path) -> None:
    add_key(tmp_path / "keys", date(2026, 11, 21))
    keys = KeyRing(tmp_path / "keys")
    spool = encrypted(tmp_path, BUSY, keys)
    moved = tmp_path / "early" / "call_1" / spool.name
    moved.parent.mkdir(parents=True)
    spool.rename(moved)
    request = ListenRequest(str(moved), "CN")
    assert listen(request, keys).tones == (Tone.BUSY,)
    assert listen(request, None).failure == "key-missing"
    assert list(SpoolReader(moved, keys))


@pytest.mark.parametrize(
    ("content", "failure"), [(None, "spool-missing"), (b"no spool", "spool-damaged")]
)
def test_what_cannot_be_read_is_told(tmp_path: Path, content: bytes | None, failure: str) -> None:
    spool = tmp_path / "rec_1.spool"
    if content is not None:
        spool.write_bytes(content)
    assert listen(ListenRequest(str(spool), "CN"), None).failure == failure


def test_a_spool_without_a_packet_holds_nothing(tmp_path: Path) -> None:
    spool = write_spool(tmp_path / "rec_1.spool", [end(1)])
    heard = listen(ListenRequest(str(spool), "CN"), None)
    assert (heard.tones, heard.sound_s, heard.wav, heard.failure) == ((), 0.0, b"", None)
