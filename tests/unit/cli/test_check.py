from __future__ import annotations

import asyncio
import json
import socket
from pathlib import Path
from typing import Any

import pytest

from config import load
from tests.parts.certificates import Authority
from tests.parts.empty_store import empty_store_for
from tests.parts.name_server import name_server
from tests.parts.ports import free_port
from voicegw.cli import commands as cli
from voicegw.cli.check import find_problems
from voicegw.cli.trunk_check import ServerAnswer
from voicegw.errors import Problem

ALL_WELL = {"ok": True, "problems": [], "trunks": [], "notes": []}


@pytest.fixture
def migrated(config: Path) -> Path:
    empty_store_for(config)
    return config


async def problems(config: Path, **env: str) -> dict[str, Problem]:
    settings = load(config, env)
    return {problem.where: problem async for problem in find_problems(settings, [])}


def checked(config: Path, capsys: pytest.CaptureFixture[str]) -> tuple[int, dict[str, Any]]:
    capsys.readouterr()
    code = cli.run(["check", "--config", str(config), "--json"])
    return code, json.loads(capsys.readouterr().out)


def test_all_is_well(migrated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert checked(migrated, capsys) == (0, ALL_WELL)
    assert cli.run(["check", "--config", str(migrated)]) == 0
    assert capsys.readouterr().out == "all is well\n"


def test_what_has_no_effect_is_noted_and_no_problem(
    migrated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with migrated.open("a") as stream:
        stream.write('\n[mqtt]\ntopic_prefix = "gw"\n')
    code, result = checked(migrated, capsys)
    assert (code, result["problems"]) == (0, [])
    assert result["notes"] == [{"key": "mqtt.topic_prefix", "instead": "mqtt.url names no broker"}]
    assert cli.run(["check", "--config", str(migrated)]) == 0
    note = "note: mqtt.topic_prefix has no effect: mqtt.url names no broker\n"
    assert capsys.readouterr().out == note + "all is well\n"


def test_a_model_that_is_not_there_is_noted_with_its_mend(
    migrated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    migrated.write_text(migrated.read_text().replace('engine = "none"', 'engine = "vosk"'))
    code, result = checked(migrated, capsys)
    assert (code, result["problems"]) == (0, [])
    (note,) = result["notes"]
    assert note["key"] == "transcription.model"
    assert "voicegw models pull vosk-model-small-cn-0.22" in note["note"]
    assert cli.run(["check", "--config", str(migrated)]) == 0
    assert "note: recordings will wait" in capsys.readouterr().out


def test_a_year_without_known_holidays_is_noted_with_its_mend(
    migrated: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicegw.directory.calendar._KNOWN_YEARS", frozenset())
    text = migrated.read_text()
    migrated.write_text(text[: text.index("holidays")])
    code, result = checked(migrated, capsys)
    assert (code, result["problems"]) == (0, [])
    (note,) = result["notes"]
    assert note["key"] == "calendar.holidays"
    assert "calendar.holidays" in note["note"]
    assert cli.run(["check", "--config", str(migrated)]) == 0
    assert "note: the public holidays of" in capsys.readouterr().out


def test_a_store_that_is_not_migrated_is_told(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, result = checked(config, capsys)
    assert code == 1
    assert result["problems"][0]["where"] == "store"
    assert result["problems"][0]["mend"] == "run voicegw migrate"
    assert cli.run(["check", "--config", str(config)]) == 1
    assert capsys.readouterr().out.endswith("1 problem(s)\n")


def test_a_bad_configuration_is_a_result_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[nod]\n")
    code, result = checked(path, capsys)
    assert code == 1
    assert result["problems"][0]["where"] == f"{path}:1"


async def test_a_folder_that_can_not_be_written_is_told(config: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    found = await problems(config, VOICEGW__RECORDING__STORAGE=f"file://{tmp_path}/file/x")
    assert "can't be written" in found["recording.storage"].what


async def test_too_little_room_is_told(config: Path) -> None:
    found = await problems(config, VOICEGW__RECORDING__MIN_FREE_BYTES="1000 TB")
    assert "GB free" in found["recording.storage"].what
    assert "recording.spool_dir" in found
    assert "node.data_dir" not in found


async def test_a_port_in_use_and_a_foreign_address_are_told(config: Path) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        address = f"udp://127.0.0.1:{taken.getsockname()[1]}"
        found = await problems(
            config,
            VOICEGW__SIP__LISTEN=address,
            VOICEGW__API__LISTEN="192.0.2.1:8080",
        )
    assert "is in use" in found[f"sip.listen {address}"].what
    assert "can't be used" in found["api.listen"].what


async def test_a_prompt_that_is_no_sound_is_told(config: Path, tmp_path: Path) -> None:
    own = tmp_path / "own" / "zh"
    own.mkdir(parents=True)
    (own / "goodbye.wav").write_text("no sound")
    found = await problems(config, VOICEGW__MEDIA__PROMPTS_DIR=str(tmp_path / "own"))
    assert any("goodbye" in f"{problem}" for problem in found.values())


async def test_phrases_that_cannot_be_read_are_told(config: Path, tmp_path: Path) -> None:
    book = tmp_path / "announcements.toml"
    book.write_text("[[announcement]]\nreason = 1\n")
    assert str(book) in await problems(config, VOICEGW__NETWORK__ANNOUNCEMENTS=str(book))


async def test_a_trunk_without_a_sign_of_life_is_told(config: Path) -> None:
    trunks = json.dumps([{"name": "a", "uri": f"sip:127.0.0.1:{free_port()}"}])
    found = await problems(config, VOICEGW__TRUNK=trunks)
    assert "can't be reached" in found["trunk a"].what


async def test_what_trunks_answer_is_told(config: Path) -> None:
    async def busy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"SIP/2.0 486 Busy Here\r\n\r\n")
        writer.close()

    async with name_server() as names:
        server = await asyncio.start_server(busy, "127.0.0.61", 0)
        port = server.sockets[0].getsockname()[1]
        names.records = (
            "carrier.example. 30 A 127.0.0.61\n"
            f"_sip._tcp.srv.example. 30 SRV 1 1 {port} carrier.example.\n"
            f"_sip._tcp.srv.example. 30 SRV 2 1 {free_port()} carrier.example.\n"
        )
        trunks = [
            {"name": "a", "uri": f"sip:carrier.example:{port};transport=tcp"},
            {"name": "b", "uri": "sip:srv.example;transport=tcp"},
            {"name": "c", "uri": "sip:nowhere.example"},
        ]
        answers: list[ServerAnswer] = []
        settings = load(
            config,
            {
                "VOICEGW__TRUNK": json.dumps(trunks),
                "VOICEGW__SIP__NAMESERVERS": f"127.0.0.1:{names.port}",
            },
        )
        found = {one.where: one async for one in find_problems(settings, answers)}
        server.close()
        await server.wait_closed()
    told = [str(answer) for answer in answers]
    assert told[0] == f"trunk a: tcp 127.0.0.61:{port} answers 486"
    assert told[1] == f"trunk b: tcp 127.0.0.61:{port} answers 486"
    assert "can't be reached" in told[2]
    assert told[3] == "trunk c: nowhere.example its name leads to no server"
    assert {where for where in found if where.startswith("trunk")} == {"trunk c"}


async def test_an_rtpengine_that_is_not_there_is_told(config: Path) -> None:
    found = await problems(
        config,
        VOICEGW__MEDIA__ENGINE="rtpengine",
        VOICEGW__MEDIA__RTPENGINE=f"127.0.0.1:{free_port()}",
        VOICEGW__MEDIA__RTPENGINE_DIGITS="192.0.2.1:2224",
        VOICEGW__RECORDING__ENABLED="false",
    )
    assert "nothing answers" in found["media.rtpengine"].what
    assert "can't be used" in found["media.rtpengine_digits"].what


def test_certificates_for_tls_are_tried(
    migrated: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    authority = Authority(tmp_path / "authority")
    made = authority.certificate("node", "IP:127.0.0.1", days=12)
    old = authority.certificate("old", "IP:127.0.0.1", days=-1)
    text = migrated.read_text()
    for one, code, said in ((made, 0, "ends in 12 day(s)"), (old, 1, "has expired")):
        keys = f'[sip]\ntls_cert = "{one.cert}"\ntls_key = "{one.key}"\n'
        migrated.write_text(text.replace("[sip]\n", keys))
        assert checked(migrated, capsys)[0] == code
        assert cli.run(["check", "--config", str(migrated)]) == code
        assert said in capsys.readouterr().out
    migrated.write_text(text)


def test_a_silent_trunk_is_told_once(migrated: Path, capsys: pytest.CaptureFixture[str]) -> None:
    text = migrated.read_text()
    migrated.write_text(f'{text}\n[[trunk]]\nname = "a"\nuri = "sip:127.0.0.62:9;transport=tcp"\n')
    assert cli.run(["check", "--config", str(migrated)]) == 1
    shown = capsys.readouterr().out
    assert shown.count("trunk a: tcp 127.0.0.62:9 can't be reached") == 1
    assert shown.endswith("; check uri, and that the carrier knows this address\n1 problem(s)\n")


async def test_a_damaged_signing_key(migrated: Path) -> None:
    key = load(migrated, {}).node.data_dir / "keys" / "seals.pem"
    key.parent.mkdir()
    key.write_bytes(b"damaged")
    found = await problems(migrated)
    assert found[str(key)].what == "can't be read"


def test_a_broker_that_is_away_is_a_problem_told_without_the_password(
    migrated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with migrated.open("a") as stream:
        stream.write('\n[mqtt]\nurl = "mqtt://gw:s3cret@127.0.0.1:1"\ngroup_id = "grp_none"\n')
    code, result = checked(migrated, capsys)
    assert code == 1
    away, group = result["problems"]
    assert away["where"] == "mqtt.url"
    assert away["what"].startswith("127.0.0.1:1: ")
    assert group["where"] == "mqtt.group_id"
    assert "s3cret" not in str(result)


def test_a_provider_that_is_away_and_a_missing_file_of_keys_are_problems(
    migrated: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))  # and does not listen
        text = migrated.read_text().replace(
            "[api]\n", '[api]\npublic_url = "https://gw.example.net"\nkey_file = "/no/such/file"\n'
        )
        issuer = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        oidc = f'[oidc]\nissuer = "{issuer}"\nclient_id = "gw"\nclient_secret = "s3cret"\n'
        migrated.write_text(text + oidc)
        code, result = checked(migrated, capsys)
    assert code == 1
    assert {problem["where"] for problem in result["problems"]} == {"api.key_file", "oidc.issuer"}
    assert "s3cret" not in json.dumps(result)
