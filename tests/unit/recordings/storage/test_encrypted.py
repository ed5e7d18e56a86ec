"""Encrypted files as streams: every range equals the slice, every change is noticed."""

from __future__ import annotations

import contextlib
import errno
import io
from datetime import date
from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import pytest
import soundfile
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from recordings.finishing.sound_file import SoundFileWriter
from recordings.storage import encrypted
from recordings.storage.encrypted import EncryptedReader, EncryptingWriter
from voicegw import encryption
from voicegw.errors import DamagedFileError, KeyMissingError
from voicegw.keyring import KeyRing, add_key

NAME = "2026/11/21/rec_1.flac"
SIZES = [0, 1, 63, 64, 65, 127, 128, 129, 640, 700]
SMALL = 64


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> KeyRing:
    path = tmp_path_factory.mktemp("keys") / "keys"
    add_key(path, date(2026, 11, 21))
    return KeyRing(path)


@pytest.fixture
def small(monkeypatch: pytest.MonkeyPatch) -> None:
    """Chunks of 64 bytes, so that small files have many."""
    monkeypatch.setattr(encryption, "CHUNK_BYTES", SMALL)
    monkeypatch.setattr(encrypted, "CHUNK_BYTES", SMALL)
    monkeypatch.setattr(encrypted, "_SEALED_BYTES", SMALL + 16)


def seal(plain: bytes, keys: KeyRing, name: str = NAME, piece: int = 50) -> bytes:
    stored = io.BytesIO()
    writer = EncryptingWriter(stored, keys.current, name)
    for start in range(0, len(plain), piece):
        writer.write(plain[start : start + piece])
    writer.complete()
    writer.complete()
    return stored.getvalue()


def unseal(stored: bytes, keys: KeyRing | None, name: str = NAME) -> bytes:
    with io.BufferedReader(EncryptedReader(io.BytesIO(stored), keys, name)) as stream:
        return stream.read()


@pytest.mark.usefixtures("small")
@pytest.mark.parametrize("size", SIZES)
def test_what_was_written_is_read(keys: KeyRing, size: int) -> None:
    plain = bytes(n % 251 for n in range(size))
    stored = seal(plain, keys)
    assert unseal(stored, keys) == plain
    assert EncryptedReader(io.BytesIO(stored), keys, NAME).size_bytes == size
    if size > 16:
        assert plain[:16] not in stored


@pytest.mark.usefixtures("small")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=400), st.integers(0, 420), st.integers(0, 420), st.integers(1, 90))
def test_any_range_equals_the_slice(
    keys: KeyRing, plain: bytes, start: int, length: int, piece: int
) -> None:
    reader = EncryptedReader(io.BytesIO(seal(plain, keys, piece=piece)), keys, NAME)
    stream = io.BufferedReader(reader)
    stream.seek(start)
    assert stream.read(length) == plain[start : start + length]
    assert stream.seek(-min(7, len(plain)), io.SEEK_END) == max(len(plain) - 7, 0)
    assert stream.read() == plain[-7:]


@pytest.mark.usefixtures("small")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(SIZES), st.data())
def test_any_change_is_noticed(keys: KeyRing, size: int, data: st.DataObject) -> None:
    stored = seal(bytes(size), keys)
    flipped = bytearray(stored)
    bit = data.draw(st.integers(0, len(stored) * 8 - 1))
    flipped[bit // 8] ^= 1 << bit % 8
    cut = stored[: data.draw(st.integers(0, len(stored) - 1))]
    longer = stored + data.draw(st.binary(min_size=1, max_size=200))
    for changed in (bytes(flipped), cut, longer):
        with pytest.raises((DamagedFileError, KeyMissingError)):
            unseal(changed, keys)


@pytest.mark.usefixtures("small")
@given(st.permutations(range(5)))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_chunks_that_changed_places_or_files_are_noticed(keys: KeyRing, order: list[int]) -> None:
    plain = bytes(5 * SMALL)
    stored, other = seal(plain, keys), seal(plain, keys)
    start, step = encryption.HEADER_BYTES, SMALL + 16
    chunks = [stored[start + n * step :][:step] for n in range(5)]
    if order != sorted(order):
        with pytest.raises(DamagedFileError):
            unseal(stored[:start] + b"".join(chunks[n] for n in order), keys)
    place = start + order[0] * step
    with pytest.raises(DamagedFileError):
        unseal(stored[:place] + other[place : place + step] + stored[place + step :], keys)


def test_a_file_is_not_taken_for_another(keys: KeyRing) -> None:
    stored = seal(b"sound", keys)
    with pytest.raises(DamagedFileError):
        unseal(stored, keys, name="2026/11/21/rec_2.flac")
    with pytest.raises(DamagedFileError, match="should be encrypted"):
        unseal(b"fLaC" + bytes(100), keys)


def test_without_its_key_a_file_is_not_damaged_but_closed(keys: KeyRing, tmp_path: Path) -> None:
    stored = seal(b"sound", keys)
    add_key(tmp_path / "keys", date(2026, 11, 21))
    for others in (None, KeyRing(tmp_path / "keys")):
        below = io.BytesIO(stored)
        with pytest.raises(KeyMissingError) as caught:
            EncryptedReader(below, others, NAME)
        assert caught.value.key_id == keys.current.id
        assert below.closed


@pytest.mark.usefixtures("small")
def test_the_first_chunk_can_be_written_again_and_no_other(keys: KeyRing) -> None:
    stored = io.BytesIO()
    writer = EncryptingWriter(stored, keys.current, NAME)
    plain = bytearray(bytes(range(200)))
    writer.write(bytes(plain))
    assert writer.tell() == 200
    writer.seek(60)
    writer.write(b"head")
    plain[60:64] = b"head"
    with pytest.raises(io.UnsupportedOperation):
        writer.write(b"!")
    with pytest.raises(io.UnsupportedOperation):
        writer.seek(100)
    with pytest.raises(io.UnsupportedOperation):
        writer.seek(-1)
    assert writer.seek(0, io.SEEK_END) == 200
    writer.write(b"tail")
    writer.complete()
    assert unseal(stored.getvalue(), keys) == bytes(plain) + b"tail"


def test_a_stream_that_takes_a_part_gets_the_rest(keys: KeyRing) -> None:
    class Slow(io.BytesIO):
        def write(self, data: Any) -> int:
            return super().write(memoryview(data)[:1000])

    stored = Slow()
    writer = EncryptingWriter(stored, keys.current, NAME)
    plain = np.random.default_rng(1).bytes(200_000)
    writer.write(plain)
    writer.complete()
    assert unseal(stored.getvalue(), keys) == plain


@pytest.mark.parametrize("room", [0, 40, 70_000, 200_000])
def test_a_full_disk_is_told(keys: KeyRing, room: int) -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            left = room - self.tell()
            if left <= 0:
                raise OSError(errno.ENOSPC, "No space left on device")
            return super().write(memoryview(data)[:left])

    writer = EncryptingWriter(Full(), keys.current, NAME)

    def write() -> None:
        for _ in range(30):
            writer.write(bytes(10_000))
        writer.complete()

    with pytest.raises(OSError) as caught:
        write()
    assert caught.value.errno == errno.ENOSPC


def test_sound_is_written_and_read_through_it(keys: KeyRing) -> None:
    """The library goes back to the head of its file; nothing plain is stored meanwhile."""
    samples = np.random.default_rng(2).integers(-9000, 9000, (80_000, 2)).astype(np.int16)
    stored = io.BytesIO()
    writer = EncryptingWriter(stored, keys.current, NAME)
    with SoundFileWriter(cast(BinaryIO, writer), 8000) as flac:
        flac.write(samples[:50_000])
        assert b"fLaC" not in stored.getvalue()
        flac.write(samples[50_000:])
    writer.complete()
    assert b"fLaC" not in stored.getvalue()
    reader = EncryptedReader(io.BytesIO(stored.getvalue()), keys, NAME)
    with soundfile.SoundFile(reader) as sound:
        assert sound.frames == 80_000
        sound.seek(70_000)
        assert np.array_equal(sound.read(dtype="int16"), samples[70_000:])


class Noting(io.BytesIO):
    """A disk with room for `room` writes, then full once, then with room again."""

    def __init__(self, room: int) -> None:
        super().__init__()
        self.room = room

    def write(self, data: Any) -> int:
        self.room -= 1
        if self.room == -1:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().write(data)


@pytest.mark.parametrize("room", [0, 1, 2, 3, 99])
@pytest.mark.parametrize("size", [10, 150])
def test_no_chunk_is_ever_sealed_twice(
    keys: KeyRing, monkeypatch: pytest.MonkeyPatch, room: int, size: int, small: None
) -> None:
    """Two contents under one nonce would give both away, and the key to forge (RFC 5116, 5.1.1).

    Whoever writes does what libraries do: tries again, goes back to the head, closes twice.
    """
    sealed: dict[tuple[int, bool], bytes] = {}

    def seal(cipher: encryption.ChunkCipher, number: int, plain: Any, *, is_last: bool) -> bytes:
        assert sealed.setdefault((number, is_last), bytes(plain)) == bytes(plain)
        return bytes(plain) + bytes(16)

    monkeypatch.setattr(encryption.ChunkCipher, "seal", seal)
    writer = EncryptingWriter(Noting(room), keys.current, NAME)
    for number in range(4):
        with contextlib.suppress(OSError):
            writer.write(bytes([number]) * size)
        with contextlib.suppress(OSError):
            writer.complete()
        with contextlib.suppress(OSError):
            writer.seek(0)
            writer.write(bytes([0x80 + number]) * 4)
            writer.seek(0, io.SEEK_END)
    assert sealed


def test_nothing_is_taken_after_the_end(keys: KeyRing) -> None:
    writer = EncryptingWriter(io.BytesIO(), keys.current, NAME)
    writer.write(b"sound")
    writer.complete()
    writer.complete()
    with pytest.raises(io.UnsupportedOperation):
        writer.write(b"more")
