"""`voicegw users`: people who log in, from the command line."""

from __future__ import annotations

import asyncio
import io
import json
from pathlib import Path

import pytest
from argon2 import PasswordHasher

from api import passwords
from api.passwords import is_password
from config import load
from tests.parts.empty_store import empty_store_for
from voicegw.cli import commands as cli
from voicegw.model.audit import AuditEntry
from voicegw.model.user import User, UserStatus
from voicegw.store.audit import AuditFilter, AuditLog
from voicegw.store.database import Database
from voicegw.store.users import UserRepository

PASSWORD = "seven geese on ice"


@pytest.fixture
def migrated(config: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the configuration of an empty store; passwords are hashed cheaply."""
    monkeypatch.setattr(passwords, "_HASHER", PasswordHasher(1, 8, 1))
    empty_store_for(config)
    return config


class Terminal(io.StringIO):
    """A standard input at which somebody sits."""

    def isatty(self) -> bool:
        return True


def run(
    config: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str, typed: str = PASSWORD + "\n"
) -> int:
    """Run a command with `typed` piped in."""
    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    return cli.run(["users", *arguments, "--config", str(config)])


def known(config: Path, login: str) -> tuple[User | None, list[AuditEntry]]:
    """Return a user of the store, and all entries of the audit log."""
    return asyncio.run(_known(config, login))


async def _known(config: Path, login: str) -> tuple[User | None, list[AuditEntry]]:
    database = await Database.open(load(config, {}).store.url)
    try:
        user = await UserRepository(database).get_by_login(login)
        return user, (await AuditLog(database).list(AuditFilter())).items
    finally:
        await database.close()


def test_a_user_is_added_with_a_password_that_is_piped_in(
    migrated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    code = run(migrated, monkeypatch, "add", "Wang.Li", "--role", "admin", "--json")
    out, err = capsys.readouterr()
    assert code == 0, err
    made = json.loads(out)
    assert set(made) == {"id", "login", "role", "group_id", "manager_id"}
    assert PASSWORD not in out + err
    user, entries = known(migrated, "wang.li")
    assert user is not None
    assert (user.id, user.must_change) == (made["id"], False)
    assert is_password(user.password_hash, PASSWORD)
    [entry] = entries
    assert (entry.principal, entry.subject) == ("command line", user.id)
    assert "wang" not in str(entry.detail)


def test_a_one_time_password_is_printed_and_must_be_changed(
    migrated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(migrated, monkeypatch, "add", "zhao", "--role", "qa_reviewer", "--one-time") == 0
    password = capsys.readouterr().out.strip()
    user, _ = known(migrated, "zhao")
    assert user is not None
    assert is_password(user.password_hash, password)
    assert user.must_change
    assert user.password_expires_at is not None
    assert run(migrated, monkeypatch, "password", "zhao", "--one-time") == 0
    other = capsys.readouterr().out.strip()
    assert other != password
    assert run(migrated, monkeypatch, "password", user.id, "--json") == 0
    assert json.loads(capsys.readouterr().out) == {"id": user.id, "login": "zhao"}
    changed, _ = known(migrated, "zhao")
    assert changed is not None
    assert is_password(changed.password_hash, PASSWORD)
    assert (changed.must_change, changed.credentials) == (False, user.credentials + 2)


def test_who_comes_from_a_provider_needs_no_password(
    migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    arguments = ["add", "wu@example.net", "--role", "admin", "--no-password"]
    assert run(migrated, monkeypatch, *arguments, typed="") == 0
    user, _ = known(migrated, "wu@example.net")
    assert user is not None
    assert user.password_hash is None
    assert run(migrated, monkeypatch, *arguments, "--one-time") == 2


def test_users_are_disabled_listed_and_let_in_again(
    migrated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    run(migrated, monkeypatch, "add", "wang", "--role", "admin", "--name", "Wang Li")
    assert run(migrated, monkeypatch, "disable", "WANG") == 0
    user, _ = known(migrated, "wang")
    assert user is not None
    assert user.status is UserStatus.DISABLED
    capsys.readouterr()
    assert run(migrated, monkeypatch, "list", "--json") == 0
    [shown] = json.loads(capsys.readouterr().out)["items"]
    assert (shown["login"], shown["status"]) == ("wang", "disabled")
    assert not {"password_hash", "totp_secret"} & set(shown)
    assert run(migrated, monkeypatch, "list") == 0
    assert "wang  admin  disabled  Wang Li" in capsys.readouterr().out
    assert run(migrated, monkeypatch, "enable", user.id) == 0
    again, entries = known(migrated, "wang")
    assert again is not None
    assert again.status is UserStatus.ACTIVE
    assert [entry.detail.get("how") for entry in entries] == ["replaced", "replaced", "created"]


def test_at_a_terminal_it_is_asked_for_twice(
    migrated: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[dict[str, object]] = []

    def prompt(_: str, **options: object) -> str:
        asked.append(options)
        return PASSWORD

    monkeypatch.setattr("typer.prompt", prompt)
    monkeypatch.setattr("sys.stdin", Terminal())
    assert cli.run(["users", "add", "li", "--role", "admin", "--config", str(migrated)]) == 0
    assert asked == [{"hide_input": True, "confirmation_prompt": True}]


@pytest.mark.parametrize(
    ("arguments", "typed", "told"),
    [
        (["add", "li", "--role", "admin"], "short\n", "password: must have at least 10"),
        (["add", "li", "--role", "admin"], "", "password: none came"),
        (["add", "li li", "--role", "admin"], PASSWORD, "login: must be"),
        (["add", "li", "--role", "county_manager"], PASSWORD, "--group: a county_manager needs"),
        (["add", "li", "--role", "manager"], PASSWORD, "--manager: a manager needs"),
        (["add", "li", "--role", "admin", "--group", "g9"], PASSWORD, "--group: there is no"),
        (["add", "li", "--role", "admin", "--grant", "handover"], PASSWORD, "--grant: the role"),
        (["disable", "nobody"], "", "user: there is nobody"),
        (["password", "nobody"], PASSWORD, "user: there is nobody"),
    ],
)
def test_what_is_wrong_is_told_in_one_line(
    migrated: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    arguments: list[str],
    typed: str,
    told: str,
) -> None:
    capsys.readouterr()
    assert run(migrated, monkeypatch, *arguments, typed=typed) == 1
    [line] = capsys.readouterr().err.splitlines()
    assert told in line
    assert PASSWORD not in line


def test_a_login_is_added_once(
    migrated: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(migrated, monkeypatch, "add", "li", "--role", "admin") == 0
    assert run(migrated, monkeypatch, "add", "LI", "--role", "admin") == 1
    assert "already" in capsys.readouterr().err
