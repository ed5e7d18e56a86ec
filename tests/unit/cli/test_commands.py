from __future__ import annotations

import asyncio
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import voicegw.running
from config import Settings, load
from tests.parts.empty_store import empty_store_for
from voicegw import __version__
from voicegw.cli import commands as cli
from voicegw.errors import Problem, StartError
from voicegw.model.audit import AuditAction, AuditEntry
from voicegw.store.audit import AuditLog
from voicegw.store.database import Database


def test_help_tells_the_commands_and_is_quick(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--help"]) == 0
    told = capsys.readouterr().out
    for command in ("serve", "demo", "check", "migrate", "import", "keys"):
        assert command in told
    code = "import sys, voicegw.cli.commands; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert not {"pydantic", "sqlalchemy", "fastapi", "numpy", "voicegw.app"} & set(loaded)


def test_the_version_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["--version"]) == 0
    assert capsys.readouterr().out.strip() == __version__


@pytest.mark.parametrize(
    "arguments",
    [["nonsense"], ["serve", "--nonsense"], ["keys", "create"], ["import", "frogs", "x.csv"], []],
)
def test_wrong_usage_is_2(arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(arguments) == 2
    shown = capsys.readouterr()
    assert "Traceback" not in shown.err


@pytest.mark.parametrize("command", [["serve"], ["migrate"], ["keys", "create", "--role", "admin"]])
def test_a_bad_configuration_is_one_line_a_problem(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.toml"
    path.write_text("[node]\ndrain_s = 'x'\nfoo = 1\n")
    assert cli.run([*command, "--config", str(path)]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert lines[0].startswith(f"voicegw: {path}:2: ")
    assert "known here" in lines[1]


def test_nobody_else_may_read_what_is_written(config: Path, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "voicegw.cli", "migrate", "--config", str(config)]
    subprocess.run(command, check=True, capture_output=True, umask=0o022)
    written = [tmp_path / "data", *(tmp_path / "data").rglob("*")]
    assert any(path.suffix == ".db" for path in written)
    assert [path for path in written if path.stat().st_mode & 0o077] == []


def test_serve_needs_a_migrated_store(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["serve", "--config", str(config)]) == 1
    assert "voicegw migrate" in capsys.readouterr().err


def test_serve_hands_its_settings_to_the_node_and_returns_its_code(
    config: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given: list[Settings] = []

    async def run(settings: Settings, **_more: object) -> int:
        given.append(settings)
        return 0

    monkeypatch.setattr(voicegw.running, "run", run)
    assert cli.run(["serve", "--config", str(config)]) == 0
    assert given[0].media.bind == "127.0.0.1"


def test_a_node_that_can_not_start_is_one_line(
    config: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    async def run(settings: Settings, **_more: object) -> int:
        raise StartError(Problem("sip.listen", "port 5060 is in use", "choose another"))

    monkeypatch.setattr(voicegw.running, "run", run)
    assert cli.run(["serve", "--config", str(config)]) == 1
    told = capsys.readouterr().err
    assert told == "voicegw: sip.listen: port 5060 is in use; choose another\n"


def test_the_unforeseen_is_one_line_and_a_crash_log_without_numbers(
    config: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    async def run(settings: Settings, **_more: object) -> int:
        raise ZeroDivisionError("calling +8613800138000")

    monkeypatch.setattr(voicegw.running, "run", run)
    assert cli.run(["serve", "--config", str(config)]) == 1
    (line,) = capsys.readouterr().err.splitlines()
    (log,) = (tmp_path / "data").glob("crash-*.log")
    assert line == f"voicegw: unexpected ZeroDivisionError; details are in {log}; please report it"
    text = log.read_text()
    assert "Traceback" in text
    assert "138****8000" in text
    assert "13800138000" not in text
    assert log.stat().st_mode & 0o077 == 0


def test_a_store_is_migrated_and_a_key_made_for_it(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.run(["migrate", "--config", str(config), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["revision"]
    assert cli.run(["migrate", "--config", str(config)]) == 0
    assert "store has schema" in capsys.readouterr().out
    arguments = ["keys", "create", "--role", "integrator", "--config", str(config)]
    assert cli.run([*arguments, "--json"]) == 0
    key = json.loads(capsys.readouterr().out)
    assert set(key) == {"id", "key", "role", "group_id"}
    assert key["key"].startswith("vgw_")
    assert key["role"] == "integrator"
    assert cli.run(arguments) == 0
    assert capsys.readouterr().out.startswith("vgw_")


def test_a_key_for_a_group_that_is_not_there_is_refused(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty_store_for(config)
    arguments = ["keys", "create", "--role", "county_manager", "--group", "grp_x"]
    assert cli.run([*arguments, "--config", str(config)]) == 1
    assert "--group: there is no group with this id" in capsys.readouterr().err


def test_a_key_names_its_group_and_manager_by_either_id(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end = ["--config", str(config)]
    empty_store_for(config)
    rows = {"groups": "external_id,name\ng1,Chongming\n"}
    rows["managers"] = "external_id,name,group\nm1,Zhang,g1\n"
    for kind, text in rows.items():
        path = tmp_path / f"{kind}.csv"
        path.write_text(text)
        assert cli.run(["import", kind, str(path), *end]) == 0
    capsys.readouterr()

    def made(*options: str) -> dict[str, str | None]:
        assert cli.run(["keys", "create", "--json", *options, *end]) == 0
        key: dict[str, str | None] = json.loads(capsys.readouterr().out)
        return key

    first = made("--role", "manager", "--manager", "m1", "--group", "g1")
    assert first["manager_id"] is not None
    assert first["group_id"] is not None
    again = made("--role", "manager", "--manager", first["manager_id"])
    assert (again["manager_id"], again["group_id"]) == (first["manager_id"], None)
    county = made("--role", "county_manager", "--group", first["group_id"])
    assert county["group_id"] == first["group_id"]


@pytest.mark.parametrize(
    ("options", "told"),
    [
        (["--role", "manager"], "--manager: a key of role manager needs the manager"),
        (["--role", "manager", "--manager", "m9"], "--manager: there is no manager"),
        (["--role", "admin", "--manager", "m1"], "--manager: a key of role admin is for no"),
        (["--role", "county_manager"], "--group: a key of role county_manager needs the group"),
    ],
)
def test_a_key_that_would_see_nothing_or_nobody_is_refused(
    config: Path, options: list[str], told: str, capsys: pytest.CaptureFixture[str]
) -> None:
    empty_store_for(config)
    capsys.readouterr()
    assert cli.run(["keys", "create", *options, "--config", str(config)]) == 1
    shown = capsys.readouterr()
    assert shown.err.startswith(f"voicegw: {told}")
    assert not shown.out


def test_keys_are_made_with_all_that_they_may_have(
    config: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end = ["--config", str(config), "--json"]
    empty_store_for(config)
    capsys.readouterr()

    def told(*arguments: str) -> Any:
        assert cli.run(["keys", *arguments, *end]) == 0
        return json.loads(capsys.readouterr().out)

    options = ["--name", "CRM", "--scope", "calls.read", "--expires", "2127-01-01T00:00:00Z"]
    key = told("create", "--role", "integrator", *options, "--requests-per-s", "5")
    (listed,) = told("list")["items"]
    assert (listed["name"], listed["scopes"]) == ("CRM", ["calls.read"])
    assert listed["requests_per_s"] == 5
    assert listed["expires_at"].startswith("2127-01-01T00:00:00")
    assert not any("sha256" in name for name in listed)
    rotated = told("rotate", listed["prefix"], "--overlap-s", "60")
    assert rotated["id"] == key["id"]
    assert rotated["key"] not in {key["key"], None}
    assert told("list", "--state", "valid")["items"][0]["version"] == 2
    assert told("revoke", key["id"]) == {"id": key["id"], "revoked": True}
    assert told("list", "--state", "valid") == {"items": []}
    assert cli.run(["keys", "list", "--config", str(config)]) == 0
    shown = capsys.readouterr().out
    assert key["id"] in shown
    assert "revoked" in shown
    assert [entry.detail["how"] for entry in audited(config)] == ["revoked", "rotated", "created"]
    assert {entry.principal for entry in audited(config)} == {"command line"}


@pytest.mark.parametrize(
    ("arguments", "told", "code"),
    [
        (["create", "--role", "integrator", "--scope", "keys"], "--scope: the role", 1),
        (["create", "--role", "admin", "--grant", "assign"], "--grant: the role", 1),
        (["create", "--role", "admin", "--expires", "2020-01-01T00:00:00Z"], "--expires: is", 1),
        (["create", "--role", "admin", "--expires", "soon"], "--expires: expected", 1),
        (["list", "--state", "lost"], "one of valid, revoked, expired", 2),
        (["revoke", "key_none"], "key", 1),
        (["rotate", "key_none"], "key", 1),
    ],
)
def test_what_makes_no_sense_of_a_key_is_refused(
    config: Path, arguments: list[str], told: str, code: int, capsys: pytest.CaptureFixture[str]
) -> None:
    empty_store_for(config)
    capsys.readouterr()
    assert cli.run(["keys", *arguments, "--config", str(config)]) == code
    shown = capsys.readouterr()
    assert told in shown.err
    assert not shown.out


def audited(config: Path) -> list[AuditEntry]:
    """Return the entries of the audit log, the newest first."""

    async def entries() -> list[AuditEntry]:
        database = await Database.open(load(config, {}).store.url)
        try:
            return (await AuditLog(database).list()).items
        finally:
            await database.close()

    return asyncio.run(entries())


def test_rows_are_imported_and_bad_ones_named(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    empty_store_for(config)
    good = tmp_path / "good.csv"
    good.write_text("external_id,name\ng1,Chongming\n")
    bad = tmp_path / "bad.csv"
    bad.write_text("external_id,name\ng2,Baoshan\ng3,\n")
    arguments = ["--config", str(config)]
    capsys.readouterr()
    assert cli.run(["import", "groups", str(good), "--dry-run", *arguments]) == 0
    assert "1 would be written" in capsys.readouterr().out
    assert cli.run(["import", "groups", str(good), *arguments]) == 0
    assert "1 written" in capsys.readouterr().out
    assert cli.run(["import", "groups", str(bad), *arguments]) == 1
    shown = capsys.readouterr()
    assert "1 bad" in shown.out
    assert shown.err.startswith(f"{bad}:3: name: ")
    assert cli.run(["import", "groups", str(bad), "--json", *arguments]) == 1
    result = json.loads(capsys.readouterr().out)
    assert result["rows_unchanged"] == 1
    assert result["problems"][0]["line"] == 3
    noted = [(entry.principal, entry.action, entry.detail) for entry in audited(config)]
    written = ("command line", AuditAction.IMPORT, {"kind": "groups", "dry_run": False})
    tried = ("command line", AuditAction.IMPORT, {"kind": "groups", "dry_run": True})
    assert noted == [written] * 3 + [tried]


def test_a_file_that_is_not_there_is_told(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    empty_store_for(config)
    assert cli.run(["import", "groups", "/nowhere.csv", "--config", str(config)]) == 1
    assert "can't be read" in capsys.readouterr().err


def test_what_titles_mean_is_kept_for_the_next_import(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    end = ["--config", str(config)]
    empty_store_for(config)
    rows = tmp_path / "rows.csv"
    rows.write_text("单位,编号,备注\n甲,G1,x\n")
    mapped = ["--map", "单位=name", "--map", "备注="]
    assert cli.run(["import", "groups", str(rows), *end]) == 1
    assert cli.run(["import", "groups", str(rows), "--map", "单位", *end]) == 1
    assert cli.run(["import", "groups", str(rows), "--map", "单位=nowhere", *end]) == 1
    assert cli.run(["import", "groups", str(rows), *mapped, "--dry-run", *end]) == 0
    capsys.readouterr()
    assert cli.run(["import", "groups", str(rows), "--json", *end]) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["rows_read"], told["rows_new"], told["rows_bad"]) == (1, 1, 0)
