"""Secrets in the store: sealed, whose they are, and opened after a change of keys."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from voicegw.errors import DamagedFileError, KeyMissingError
from voicegw.keyring import KeyRing, add_key
from voicegw.secret_box import SecretBox


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    """Return a file with one key."""
    path = tmp_path / "keys"
    add_key(path, date(2026, 1, 5))
    return path


def test_without_a_key_it_is_kept_as_it_is() -> None:
    box = SecretBox()
    assert box.open(box.seal("JBSWY3DP", "usr_1"), "usr_1") == "JBSWY3DP"


def test_with_a_key_nobody_reads_it(key_file: Path) -> None:
    box = SecretBox(KeyRing(key_file))
    sealed = box.seal("JBSWY3DP", "usr_1")
    assert "JBSWY3DP" not in sealed
    assert sealed != box.seal("JBSWY3DP", "usr_1")
    assert box.open(sealed, "usr_1") == "JBSWY3DP"


def test_it_is_opened_after_a_new_key_and_before_there_was_one(key_file: Path) -> None:
    plain = SecretBox().seal("JBSWY3DP", "usr_1")
    old = SecretBox(KeyRing(key_file)).seal("JBSWY3DP", "usr_1")
    add_key(key_file, date(2026, 2, 5))
    box = SecretBox(KeyRing(key_file))
    assert box.open(plain, "usr_1") == box.open(old, "usr_1") == "JBSWY3DP"


def test_it_is_nobody_elses(key_file: Path) -> None:
    box = SecretBox(KeyRing(key_file))
    sealed = box.seal("JBSWY3DP", "usr_1")
    with pytest.raises(DamagedFileError):
        box.open(sealed, "usr_2")


@pytest.mark.parametrize("damage", ["aes1.{id}.AAAA", "aes1.{id}.ü", "other.x", "", "aes1"])
def test_what_was_damaged_is_not_opened(key_file: Path, damage: str) -> None:
    ring = KeyRing(key_file)
    with pytest.raises((DamagedFileError, KeyMissingError)):
        SecretBox(ring).open(damage.format(id=ring.current.id), "usr_1")


def test_a_key_that_is_gone_is_named(key_file: Path, tmp_path: Path) -> None:
    sealed = SecretBox(KeyRing(key_file)).seal("JBSWY3DP", "usr_1")
    other = tmp_path / "other"
    add_key(other, date(2026, 2, 5))
    with pytest.raises(KeyMissingError):
        SecretBox(KeyRing(other)).open(sealed, "usr_1")
    with pytest.raises(DamagedFileError):
        SecretBox().open(sealed, "usr_1")
