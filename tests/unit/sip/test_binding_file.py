"""The file of registrations on a real disk: kept, read, replaced whole, refused."""

from __future__ import annotations

import asyncio
import logging
import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.sip.test_kept_bindings import DESK, LISTEN
from voicegw.sip.binding_file import BindingFile
from voicegw.sip.registrar import Registrar


def make_registrar() -> Registrar:
    return Registrar(realm="gw", passwords={"desk": "secret"})


def lasting(seconds: float = 100.0) -> Registrar:
    registrar = make_registrar()
    registrar.bindings.put(replace(DESK, expires_at=time.monotonic() + seconds))
    return registrar


def test_a_restart_keeps_registrations(tmp_path: Path) -> None:
    path = tmp_path / "registrations.json"
    registrar = make_registrar()
    file = BindingFile(path, registrar, LISTEN)
    file.load()
    registrar.bindings.put(replace(DESK, expires_at=time.monotonic() + 100))
    asyncio.run(file.save())
    assert path.stat().st_mode & 0o077 == 0
    again = make_registrar()
    BindingFile(path, again, LISTEN).load()
    (binding,) = again.lookup("desk")
    assert binding.contact == DESK.contact
    assert 90 < binding.expires_at - time.monotonic() <= 100
    assert again.next_timer() == binding.expires_at


def test_nothing_is_written_when_nothing_has_changed(tmp_path: Path) -> None:
    path = tmp_path / "registrations.json"
    registrar = lasting()
    file = BindingFile(path, registrar, LISTEN)
    asyncio.run(file.save())
    assert not path.exists()
    registrar.bindings.remove("desk", DESK.key)
    asyncio.run(file.save())
    assert b"10.0.0.9" not in path.read_bytes()
    path.unlink()
    asyncio.run(file.save())
    assert list(tmp_path.iterdir()) == []


def test_a_file_of_no_use_is_told_of_and_replaced(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "registrations.json"
    path.write_bytes(b"half a")
    registrar = make_registrar()
    file = BindingFile(path, registrar, LISTEN)
    file.load()
    assert "registrations not read" in caplog.text
    assert len(registrar) == 0
    registrar.bindings.put(replace(DESK, expires_at=time.monotonic() + 100))
    asyncio.run(file.save())
    again = make_registrar()
    BindingFile(path, again, LISTEN).load()
    assert len(again) == 1


def test_a_disk_that_refuses_is_told_once_and_tried_again(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    folder = tmp_path / "data"
    registrar = make_registrar()
    file = BindingFile(folder / "registrations.json", registrar, LISTEN)
    registrar.bindings.put(replace(DESK, expires_at=time.monotonic() + 100))
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            asyncio.run(file.save())
    assert caplog.text.count("registrations not kept") == 1
    folder.mkdir()
    asyncio.run(file.save())
    assert [path.name for path in folder.iterdir()] == ["registrations.json"]


def test_a_folder_in_the_files_place_is_told_of(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "registrations.json"
    path.mkdir()
    registrar = lasting()
    file = BindingFile(path, registrar, LISTEN)
    file.load()
    registrar.bindings.remove("desk", DESK.key)
    asyncio.run(file.save())
    assert [one.name for one in tmp_path.iterdir()] == ["registrations.json"]
    assert "registrations not read" in caplog.text
    assert "registrations not kept" in caplog.text
