from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recordings.storage.local import LocalStorage, free_bytes, open_storage
from voicegw.errors import ConfigError, InvalidError, NotFoundError

KEY = "2026/11/21/rec_a.flac"


@pytest.fixture
def storage(tmp_path: Path) -> LocalStorage:
    return LocalStorage(tmp_path / "store")


def put(storage: LocalStorage, key: str, content: bytes) -> None:
    staged = storage.staging() / "x.part"
    staged.write_bytes(content)
    storage.put(staged, key)


def test_what_was_put_is_read_whole_or_in_part(storage: LocalStorage) -> None:
    content = bytes(range(256)) * 1000
    assert not storage.exists(KEY)
    put(storage, KEY, content)
    assert storage.exists(KEY)
    assert storage.size_bytes(KEY) == len(content)
    assert b"".join(storage.read(KEY)) == content
    assert b"".join(storage.read(KEY, 100)) == content[100:]
    assert b"".join(storage.read(KEY, 100, 100_000)) == content[100:100_100]
    assert b"".join(storage.read(KEY, 255_990, 100)) == content[255_990:]
    assert b"".join(storage.read(KEY, 5, 0)) == b""
    assert list(storage.staging().iterdir()) == []


def test_a_second_put_replaces_the_first(storage: LocalStorage) -> None:
    put(storage, KEY, b"one")
    put(storage, KEY, b"two")
    assert b"".join(storage.read(KEY)) == b"two"


def test_deleting_tells_whether_there_was_something(storage: LocalStorage) -> None:
    put(storage, KEY, b"one")
    assert storage.delete(KEY)
    assert not storage.delete(KEY)


def test_what_is_not_there_is_told_before_reading(storage: LocalStorage) -> None:
    with pytest.raises(NotFoundError):
        storage.read(KEY)
    with pytest.raises(NotFoundError):
        storage.size_bytes(KEY)


@pytest.mark.parametrize(
    "key",
    ["", "/etc/passwd", "..", "a/../b", "a//b", "a/.hidden", "a\\b", "a/b\n", "./a", "a\0", "~"],
)
def test_no_key_leaves_the_folder(storage: LocalStorage, key: str) -> None:
    for use in (storage.path, storage.exists, storage.read, storage.delete):
        with pytest.raises(InvalidError):
            use(key)


@given(st.text(alphabet="./ab-_~\\%\n", max_size=20))
def test_every_accepted_key_lies_below_the_root(key: str) -> None:
    storage = LocalStorage(Path("/srv/recordings"))
    try:
        path = storage.path(key)
    except InvalidError:
        return
    assert path.resolve().is_relative_to("/srv/recordings")
    assert path != storage.root


@pytest.mark.parametrize(
    ("url", "root"),
    [
        ("file:///srv/voice", "/srv/voice"),
        ("file://./data/recordings", "data/recordings"),
        ("file:///srv/my%20calls", "/srv/my calls"),
    ],
)
def test_a_url_names_the_folder(url: str, root: str) -> None:
    assert open_storage(url).root == Path(root)


@pytest.mark.parametrize("url", ["", "/srv", "s3://bucket/x", "file://", "http://host/x"])
def test_other_urls_are_refused_with_a_mend(url: str) -> None:
    with pytest.raises(ConfigError) as caught:
        open_storage(url)
    assert caught.value.problems[0].mend


def test_free_space_is_that_of_the_nearest_folder_there_is(tmp_path: Path) -> None:
    there = free_bytes(tmp_path)
    assert there > 0
    assert abs(free_bytes(tmp_path / "not" / "yet") - there) < 1 << 30
    assert abs(LocalStorage(tmp_path / "store").free_bytes() - there) < 1 << 30


@pytest.mark.parametrize("refusal", [errno.EINVAL, errno.ENOTSUP])
def test_a_file_system_that_syncs_no_folders_is_no_obstacle(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch, refusal: int
) -> None:
    real = os.fsync

    def fsync(handle: int) -> None:
        if stat.S_ISDIR(os.fstat(handle).st_mode):
            raise OSError(refusal, os.strerror(refusal))
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    put(storage, "a/b", b"sound")
    assert storage.path("a/b").read_bytes() == b"sound"


def test_a_disk_that_fails_to_sync_is_told_of(
    storage: LocalStorage, monkeypatch: pytest.MonkeyPatch
) -> None:
    for of_folders, code in ((True, errno.EIO), (False, errno.EINVAL)):

        def fsync(handle: int, of_folders: bool = of_folders, code: int = code) -> None:
            if stat.S_ISDIR(os.fstat(handle).st_mode) is of_folders:
                raise OSError(code, os.strerror(code))

        monkeypatch.setattr(os, "fsync", fsync)
        with pytest.raises(OSError, match=os.strerror(code)):
            put(storage, "a/b", b"sound")
