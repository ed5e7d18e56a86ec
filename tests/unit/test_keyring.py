"""The file of keys: what is taken, what is refused with which mend, and how keys change."""

from __future__ import annotations

import base64
import os
from datetime import date
from pathlib import Path

import pytest

from voicegw.errors import ConfigError, KeyMissingError
from voicegw.keyring import KeyRing, add_key, open_key_ring, read_keys

TODAY = date(2026, 11, 21)
SECRET = base64.b64encode(bytes(32)).decode()


def write(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text)
    path.chmod(mode)
    return path


def refusal(path: Path) -> str:
    with pytest.raises(ConfigError) as caught:
        read_keys(path)
    (problem,) = caught.value.problems
    assert problem.mend
    return str(problem)


def test_no_file_means_no_encryption() -> None:
    assert open_key_ring("") is None


def test_a_new_file_is_its_owner_s_alone_and_its_key_encrypts(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    key = add_key(path, TODAY)
    assert path.stat().st_mode & 0o777 == 0o600
    ring = KeyRing(path)
    assert ring.current == key
    assert len(key.secret) == 32
    assert key.id.startswith("2026-11-21-")
    assert len(key.id) <= 16
    assert [one.name for one in tmp_path.iterdir()] == ["keys"]


def test_the_newest_encrypts_and_the_old_ones_stay(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    old = add_key(path, TODAY)
    new = add_key(path, TODAY)
    ring = KeyRing(path)
    assert ring.current == new
    assert ring.ids == [new.id, old.id]
    assert ring.get(old.id) == old
    assert old.secret != new.secret


def test_a_new_key_survives_a_power_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    synced, real = list[Path](), os.fsync

    def fsync(handle: int) -> None:
        synced.append(Path(f"/proc/self/fd/{handle}").readlink())
        real(handle)

    monkeypatch.setattr(os, "fsync", fsync)
    add_key(tmp_path / "keys", TODAY)
    # The content before it has its name, the name after that.
    assert [one.name.startswith(".keys.") for one in synced] == [True, False]
    assert synced[-1] == tmp_path


def test_a_key_that_comes_back_is_found_without_a_restart(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    old = add_key(path, TODAY)
    all_keys = path.read_text()
    add_key(path, TODAY)
    write(path, "\n".join(line for line in path.read_text().splitlines() if old.id not in line))
    ring = KeyRing(path)
    with pytest.raises(KeyMissingError) as caught:
        ring.get(old.id)
    assert caught.value.key_id == old.id
    write(path, path.read_text() + "\n" + all_keys)
    assert ring.get(old.id) == old
    current = ring.current
    path.unlink()
    with pytest.raises(KeyMissingError):
        ring.get("never-seen")
    assert ring.current == current


def test_a_new_key_encrypts_from_then_on_and_a_broken_file_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    old = add_key(path, TODAY)
    ring = KeyRing(path)
    new = add_key(path, TODAY)
    assert ring.current == old
    ring.refresh()
    assert ring.current == new
    assert ring.get(old.id) == old
    write(path, "no keys at all\n")
    ring.refresh()
    assert ring.current == new


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o777])
def test_a_file_that_others_may_read_is_refused(tmp_path: Path, mode: int) -> None:
    path = write(tmp_path / "keys", f"k1 {SECRET}\n", mode)
    assert f"chmod 600 {path}" in refusal(path)


@pytest.mark.parametrize(
    ("text", "what"),
    [
        ("", "holds no key"),
        ("# none\n\n", "holds no key"),
        (f"# one\n{SECRET}\n", ":2 is no key"),
        (f"k1 {SECRET[:-8]}\n", ":1 is no key"),
        (f"k1 {SECRET} x\n", ":1 is no key"),
        (f"k1 !{SECRET[1:]}\n", ":1 is no key"),
        (f"{'k' * 17} {SECRET}\n", ":1 is no key"),
        (f"k1 {SECRET}\nk1 {SECRET}\n", "another key"),
    ],
)
def test_what_is_no_file_of_keys_is_refused_without_showing_it(
    tmp_path: Path, text: str, what: str
) -> None:
    path = write(tmp_path / "keys", text)
    told = refusal(path)
    assert what in told
    assert SECRET[:20] not in told


def test_other_content_and_missing_files_are_refused(tmp_path: Path) -> None:
    assert "voicegw recordings new-key" in refusal(tmp_path / "none")
    binary = tmp_path / "keys"
    binary.write_bytes(os.urandom(64) + b"\xff")
    binary.chmod(0o600)
    assert "is no file of keys" in refusal(binary)
    with pytest.raises(ConfigError):
        add_key(binary, TODAY)


def test_a_file_that_was_mended_by_its_mode_alone_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    add_key(path, TODAY)
    ring = KeyRing(path)
    other = path.with_name("new")
    other.write_bytes(path.read_bytes())
    other.chmod(0o600)
    newer = add_key(other, TODAY)
    other.chmod(0o644)
    other.replace(path)
    ring.refresh()
    assert ring.current.id != newer.id
    path.chmod(0o600)
    ring.refresh()
    assert ring.current.id == newer.id


def test_what_is_wrong_with_the_file_is_told_until_it_is_right(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    add_key(path, TODAY)
    ring = KeyRing(path)
    assert ring.trouble is None
    kept = path.read_text()
    for change, what in (
        (path.unlink, "can't be read"),
        (lambda: write(path, kept, 0o644), "may be read by others"),
        (lambda: write(path, f"k1 {SECRET}x\n"), ":1 is no key"),
    ):
        change()
        for _ in range(2):
            ring.refresh()
            assert what in (ring.trouble or "")
            assert SECRET[:20] not in (ring.trouble or "")
    write(path, kept)
    ring.refresh()
    assert ring.trouble is None
