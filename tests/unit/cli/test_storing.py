from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.parts.empty_store import empty_store_for
from tests.parts.s3 import BUCKET, S3Server
from voicegw.cli import commands as cli
from voicegw.keyring import KeyRing


@pytest.fixture(scope="module")
def server() -> Iterator[S3Server]:
    made = S3Server()
    made.start()
    yield made
    made.stop()


def with_keys(config: Path, key_file: Path) -> None:
    text = config.read_text()
    config.write_text(text.replace("[recording]", f'[recording]\nkey_file = "{key_file}"'))


def problems(config: Path, capsys: pytest.CaptureFixture[str]) -> list[dict[str, str]]:
    capsys.readouterr()
    cli.run(["check", "--config", str(config), "--json"])
    found: list[dict[str, str]] = json.loads(capsys.readouterr().out)["problems"]
    return [one for one in found if one["where"].startswith(("recording", "storage"))]


def test_a_key_is_made_shown_by_its_id_and_followed_by_a_newer_one(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    key_file = tmp_path / "keys"
    with_keys(config, key_file)
    (problem,) = problems(config, capsys)
    assert problem["where"] == "recording.key_file"
    assert "new-key" in problem["mend"]
    ids: list[str] = []
    for _ in range(2):
        assert cli.run(["recordings", "new-key", "--config", str(config), "--json"]) == 0
        out = capsys.readouterr().out
        ids.insert(0, json.loads(out)["id"])
        ring = KeyRing(key_file)
        assert all(ring.get(key_id).secret.hex() not in out for key_id in ids)
    assert KeyRing(key_file).ids == ids
    assert problems(config, capsys) == []


def test_without_a_file_no_key_is_made(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for command in ("new-key", "rekey"):
        assert cli.run(["recordings", command, "--config", str(config)]) == 1
        assert "recording.key_file: is empty" in capsys.readouterr().err
    named = tmp_path / "elsewhere"
    assert cli.run(["recordings", "new-key", str(named), "--config", str(config)]) == 0
    assert "keep a copy elsewhere" in capsys.readouterr().out
    assert len(KeyRing(named).ids) == 1


def test_rekey_tells_what_it_did(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with_keys(config, tmp_path / "keys")
    assert cli.run(["recordings", "new-key", "--config", str(config)]) == 0
    empty_store_for(config)
    capsys.readouterr()
    assert cli.run(["recordings", "rekey", "--config", str(config), "--json"]) == 0
    result = json.loads(capsys.readouterr().out)
    key_id = KeyRing(tmp_path / "keys").current.id
    assert result == {"key": key_id, "rekeyed": 0, "current": 0, "waiting": 0, "failed": 0}


def test_check_tries_the_object_storage(
    config: Path, server: S3Server, capsys: pytest.CaptureFixture[str]
) -> None:
    options = server.options()
    text = config.read_text().replace(
        "[recording]", f'[recording]\nstorage = "s3://{BUCKET}/voicegw"'
    )
    section = f"""
        [storage]
        endpoint = "{options.endpoint}"
        region = "{options.region}"
        access_key = "{options.access_key}"
        secret_key = "{options.secret_key}"
        """
    config.write_text(text + section)
    assert problems(config, capsys) == []
    assert server.objects() == {}
    config.write_text(text.replace(BUCKET, "no-such-bucket") + section)
    (problem,) = problems(config, capsys)
    assert problem["where"] == "recording.storage"
    assert "no such bucket" in problem["what"]
    assert "test-secret" not in json.dumps(problem)
