"""The object storage, against a server that speaks S3."""

from __future__ import annotations

import io
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from recordings.storage import remote
from recordings.storage.remote import PART_BYTES, READ_AHEAD_BYTES, RemoteOptions, RemoteStorage
from recordings.storage.staging import digest
from tests.parts.s3 import S3Server
from voicegw.errors import ConfigError, NotFoundError, StorageUnavailableError

KEY = "2026/11/21/rec_1.flac"


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    made = S3Server()
    made.start()
    yield made
    made.stop()


@pytest.fixture
def storage(server: S3Server) -> RemoteStorage:
    return RemoteStorage(server.options("at/rest"))


def put(storage: RemoteStorage, tmp_path: Path, content: bytes, key: str = KEY) -> None:
    path = tmp_path / "file"
    path.write_bytes(content)
    storage.put(path, key)


@pytest.mark.parametrize("size", [0, 1, 100_000, 2 * PART_BYTES + 1])
def test_what_was_put_is_there_whole(
    server: S3Server, storage: RemoteStorage, tmp_path: Path, size: int
) -> None:
    content = os.urandom(size)
    put(storage, tmp_path, content)
    assert server.objects()[f"at/rest/{KEY}"] == content
    assert storage.size_bytes(KEY) == size
    assert storage.digest(KEY) == digest(io.BytesIO(content))
    with storage.open(KEY) as stream:
        assert stream.read() == content
    storage.delete(KEY)
    assert storage.size_bytes(KEY) is None


def test_a_reader_fetches_what_is_read_and_little_more(
    storage: RemoteStorage, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = os.urandom(3_000_000)
    put(storage, tmp_path, content)
    fetched: list[tuple[int, int]] = []
    read = RemoteStorage.read

    def noted(self: RemoteStorage, key: str, start: int, end: int) -> bytes:
        fetched.append((start, end))
        return read(self, key, start, end)

    monkeypatch.setattr(remote.RemoteStorage, "read", noted)
    with storage.open(KEY) as stream:
        stream.seek(1_000_000)
        assert stream.read(5000) == content[1_000_000:1_005_000]
        assert stream.read(5000) == content[1_005_000:1_010_000]
        assert stream.seek(-9, io.SEEK_END) == 2_999_991
        assert stream.read() == content[-9:]
        stream.seek(4_000_000)
        assert stream.read(1) == b""
        with pytest.raises(ValueError, match=r"before|negative"):
            stream.seek(-1)
    assert len(fetched) == 2
    assert all(end - start <= READ_AHEAD_BYTES for start, end in fetched)


@pytest.mark.parametrize("left", [0, 1, READ_AHEAD_BYTES, READ_AHEAD_BYTES + 1])
def test_an_object_that_became_shorter_is_not_at_its_end(
    server: S3Server, storage: RemoteStorage, tmp_path: Path, left: int
) -> None:
    content = os.urandom(2 * READ_AHEAD_BYTES)
    put(storage, tmp_path, content)
    with storage.open(KEY) as stream:
        server.put(f"at/rest/{KEY}", content[:left])
        with pytest.raises(StorageUnavailableError):
            stream.read()


def test_what_is_not_there(storage: RemoteStorage) -> None:
    assert storage.size_bytes("none") is None
    assert storage.digest("none") is None
    storage.delete("none")
    with pytest.raises(NotFoundError):
        storage.open("none")
    with pytest.raises(NotFoundError):
        storage.read("none", 0, 1)


def test_trying_it_out_leaves_nothing(server: S3Server, storage: RemoteStorage) -> None:
    before = server.objects()
    storage.try_out()
    assert server.objects() == before


def test_no_bucket_and_no_server_are_told_without_addresses(
    server: S3Server, tmp_path: Path
) -> None:
    options = server.options()
    elsewhere = RemoteStorage(replace(options, url="s3://no-such-bucket"))
    gone = RemoteStorage(replace(options, endpoint="http://127.0.0.1:9"))
    for storage in (elsewhere, gone):
        with pytest.raises(StorageUnavailableError) as caught:
            put(storage, tmp_path, b"sound")
        assert "127.0.0.1" not in str(caught.value)
        assert "no-such" not in str(caught.value)
        with pytest.raises(StorageUnavailableError):
            storage.try_out()
    for ask in (gone.size_bytes, gone.digest, gone.open, gone.delete):
        with pytest.raises(StorageUnavailableError):
            ask(KEY)


def test_options_that_can_t_be_used_are_refused_and_secrets_not_shown(server: S3Server) -> None:
    with pytest.raises(ConfigError):
        RemoteStorage(RemoteOptions("s3://"))
    with pytest.raises(ConfigError):
        RemoteStorage(RemoteOptions("unknown://bucket"))
    assert "test-secret" not in repr(server.options())


def test_credentials_come_from_the_environment(
    server: S3Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "test")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "test")
    monkeypatch.setenv("AWS_REGION", "us-east-1")
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.endpoint)
    RemoteStorage(RemoteOptions(server.options().url)).try_out()
