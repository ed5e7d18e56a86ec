"""`voicegw events read`: what was archived comes out again."""

from __future__ import annotations

import io
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from config.settings import Settings
from voicegw.cli.event_archives import copy_events
from voicegw.encryption import Key
from voicegw.errors import DamagedFileError, InvalidError, KeyMissingError
from voicegw.events.archive import ArchiveFile
from voicegw.keyring import KeyRing, add_key
from voicegw.model.event import Event, EventType

NOW = datetime(2026, 3, 4, tzinfo=UTC)


def archived(path: Path, key: Key | None) -> Path:
    """Write a file of 500 events."""
    file = ArchiveFile(path, key, "node-1")
    file.add([Event(f"evt_{one}", EventType.CALL_ENDED, "c", NOW, one, {}) for one in range(500)])
    file.complete()
    file.discard()
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    add_key(tmp_path / "keys", date(2026, 3, 4))
    return Settings.model_validate({"recording": {"key_file": str(tmp_path / "keys")}})


def read(settings: Settings, path: Path) -> bytes:
    to = io.BytesIO()
    copy_events(settings, path, to)
    return to.getvalue()


@pytest.mark.parametrize("encrypted", [False, True])
def test_every_event_comes_out(settings: Settings, tmp_path: Path, encrypted: bool) -> None:
    key = KeyRing(tmp_path / "keys").current if encrypted else None
    lines = read(settings, archived(tmp_path / "a.jsonl.gz", key)).splitlines()
    assert len(lines) == 500
    assert b'"id":"evt_499"' in lines[-1]


def test_without_the_key_its_name_is_told(settings: Settings, tmp_path: Path) -> None:
    path = archived(tmp_path / "a.jsonl.gz.enc", Key("key-lost", b"x" * 32))
    with pytest.raises(KeyMissingError, match="key-lost"):
        read(settings, path)


@pytest.mark.parametrize("encrypted", [False, True])
def test_a_file_that_was_cut_off_is_no_file_of_events(
    settings: Settings, tmp_path: Path, encrypted: bool
) -> None:
    key = KeyRing(tmp_path / "keys").current if encrypted else None
    path = archived(tmp_path / "a.jsonl.gz", key)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(DamagedFileError):
        read(settings, path)


def test_what_is_no_archive_is_told(settings: Settings, tmp_path: Path) -> None:
    (tmp_path / "text").write_text("hello, this is no archive")
    with pytest.raises(DamagedFileError):
        read(settings, tmp_path / "text")
    with pytest.raises(InvalidError):
        read(settings, tmp_path / "none")
