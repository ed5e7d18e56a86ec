"""`voicegw users`: people who log in. Passwords come by prompt or standard input, never as an
argument, which every program of the machine can read.
"""

from __future__ import annotations

import json
import sys
from typing import Annotated, Any

import typer

from voicegw.cli.options import ConfigOption, JsonOption, settings_of, tell
from voicegw.errors import InvalidError
from voicegw.model.directory import Grant, Role

users = typer.Typer(help="People who log in.", no_args_is_help=True)

UserArgument = Annotated[str, typer.Argument(metavar="LOGIN_OR_ID", help="Who.")]
OneTime = Annotated[
    bool,
    typer.Option(
        "--one-time", help="Make a password that must be changed, and print it, this once."
    ),
]


@users.command("add")
def add_user(
    login: Annotated[str, typer.Argument(metavar="LOGIN", help="What the user logs in as.")],
    *,
    role: Annotated[Role, typer.Option(help="What the user may do.")],
    name: Annotated[str, typer.Option(help="How colleagues know this person.")] = "",
    group: Annotated[
        str | None,
        typer.Option(metavar="ID_OR_EXTERNAL_ID", help="Group that the user is limited to."),
    ] = None,
    manager: Annotated[
        str | None,
        typer.Option(metavar="ID_OR_EXTERNAL_ID", help="Which manager the user is."),
    ] = None,
    grant: Annotated[
        list[Grant] | None,
        typer.Option(help="What the user may do beyond the role; may be repeated."),
    ] = None,
    one_time: OneTime = False,
    no_password: Annotated[
        bool,
        typer.Option("--no-password", help="For who will only come from the OpenID provider."),
    ] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Add a user. The password is asked for, or read from standard input."""
    if one_time and no_password:
        raise typer.BadParameter("contradicts --one-time", param_hint="--no-password")
    settings = settings_of(config)
    from voicegw.cli.keeping_users import WantedUser, add

    given = None if one_time or no_password else _password()
    wanted = WantedUser(login, role, name, group, manager, grant or ())
    made = add(settings, wanted, password=given, one_time=one_time)
    tell(made, as_json, "{password}" if one_time else "{login} is {id}")


@users.command("list")
def list_users(*, config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List users, the oldest first; never their secrets."""
    settings = settings_of(config)
    from voicegw.cli.keeping_users import list_all

    found = list_all(settings)
    if as_json:
        typer.echo(json.dumps({"items": found}, ensure_ascii=False))
        return
    for user in found:
        typer.echo(_line(user))


@users.command("disable")
def disable_user(
    user: UserArgument, *, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Let a user in no more, and end all logins; running nodes know within five seconds."""
    settings = settings_of(config)
    from voicegw.cli.keeping_users import set_status
    from voicegw.model.user import UserStatus

    tell(set_status(settings, user, UserStatus.DISABLED), as_json, "{login} is disabled")


@users.command("enable")
def enable_user(
    user: UserArgument, *, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Let a user in again, and lift the locks that failed logins have made."""
    settings = settings_of(config)
    from voicegw.cli.keeping_users import set_status
    from voicegw.model.user import UserStatus

    tell(set_status(settings, user, UserStatus.ACTIVE), as_json, "{login} may log in")


@users.command("password")
def set_password(
    user: UserArgument,
    *,
    one_time: OneTime = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a user another password, which ends all logins."""
    settings = settings_of(config)
    from voicegw.cli.keeping_users import change_password

    changed = change_password(settings, user, None if one_time else _password())
    tell(changed, as_json, "{password}" if one_time else "{login} has another password")


def _password() -> str:
    """Return a password that is typed twice, or the first line of what is piped in."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        return typed
    line = sys.stdin.readline().rstrip("\r\n")
    if not line:
        raise InvalidError("password", "none came: pipe it in as the first line, or use --one-time")
    return line


def _line(user: dict[str, Any]) -> str:
    facts = [str(user["id"]), str(user["login"]), str(user["role"]), str(user["status"])]
    facts += [str(user[name]) for name in ("group_id", "manager_id") if user[name]]
    if user["last_login_at"]:
        facts.append(f"last login {user['last_login_at']}")
    if user["name"]:
        facts.append(str(user["name"]))
    return "  ".join(facts)
