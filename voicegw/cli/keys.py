"""`voicegw keys`: API keys made, listed, rotated and revoked."""

from __future__ import annotations

import json
from typing import Annotated, Any

import typer

from voicegw.cli.options import ConfigOption, JsonOption, settings_of, tell, time_of
from voicegw.model.directory import Grant, Role

keys = typer.Typer(help="API keys.", no_args_is_help=True)

KeyArgument = Annotated[str, typer.Argument(metavar="ID_OR_PREFIX", help="Which key.")]


@keys.command("create")
def create_key(
    *,
    role: Annotated[Role, typer.Option(help="What the key may do.")],
    group: Annotated[
        str | None,
        typer.Option(metavar="ID_OR_EXTERNAL_ID", help="Group that the key is limited to."),
    ] = None,
    manager: Annotated[
        str | None,
        typer.Option(metavar="ID_OR_EXTERNAL_ID", help="Whose customers a manager's key sees."),
    ] = None,
    grant: Annotated[
        list[Grant] | None,
        typer.Option(help="What it may do beyond its role; may be repeated."),
    ] = None,
    name: Annotated[str, typer.Option(help="What the key is for.")] = "",
    scope: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PERMISSION",
            help="Limits the key to this, such as calls.read; may be repeated.",
        ),
    ] = None,
    expires: Annotated[
        str | None, typer.Option(metavar="TIME", help="When it stops working, RFC 3339.")
    ] = None,
    requests_per_s: Annotated[
        float | None,
        typer.Option(min=0.001, help="Its own rate, in place of [api] requests_per_s."),
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Make an API key and print it: this once, for only its hash is kept."""
    expires_at = time_of("--expires", expires)
    settings = settings_of(config)
    from voicegw.cli.keeping_keys import WantedKey, create_api_key

    wanted = WantedKey(
        role, group, manager, grant or (), name, scope or None, expires_at, requests_per_s
    )
    tell(create_api_key(settings, wanted), as_json, "{key}")


@keys.command("list")
def list_keys(
    *,
    role: Annotated[Role | None, typer.Option(help="Only of this role.")] = None,
    state: Annotated[
        str | None, typer.Option(metavar="STATE", help="Only valid, revoked or expired ones.")
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List API keys, the oldest first; never their secrets."""
    from voicegw.store.keys import KeyState

    if state is not None and state not in set(KeyState):
        raise typer.BadParameter(f"one of {', '.join(KeyState)}", param_hint="--state")
    settings = settings_of(config)
    from voicegw.cli.keeping_keys import list_api_keys

    found = list_api_keys(settings, role, None if state is None else KeyState(state))
    if as_json:
        typer.echo(json.dumps({"items": found}, ensure_ascii=False))
        return
    for key in found:
        typer.echo(_line(key))


@keys.command("rotate")
def rotate_key(
    key: KeyArgument,
    *,
    overlap_s: Annotated[
        int,
        typer.Option(
            min=0, max=30 * 24 * 3600, help="Seconds for which the present secret stays valid."
        ),
    ] = 24 * 3600,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Give a key another secret and print it, this once."""
    settings = settings_of(config)
    from voicegw.cli.keeping_keys import rotate_api_key

    tell(rotate_api_key(settings, key, overlap_s), as_json, "{key}")


@keys.command("revoke")
def revoke_key(
    key: KeyArgument, *, config: ConfigOption = None, as_json: JsonOption = False
) -> None:
    """Make a key worthless; running nodes know within five seconds."""
    settings = settings_of(config)
    from voicegw.cli.keeping_keys import revoke_api_key

    tell(revoke_api_key(settings, key), as_json, "{id} is revoked")


def _line(key: dict[str, Any]) -> str:
    facts = [str(key["id"]), str(key["role"])]
    facts += [str(key[name]) for name in ("group_id", "manager_id") if key[name]]
    for name, words in (
        ("expires_at", "expires"),
        ("revoked_at", "revoked"),
        ("last_used_at", "last used"),
    ):
        if key[name]:
            facts.append(f"{words} {key[name]}")
    if key["name"]:
        facts.append(str(key["name"]))
    return "  ".join(facts)
