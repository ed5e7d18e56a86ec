"""What the configuration says of people, and who looks after their sessions."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path

import pytest

from config.settings import Settings
from voicegw.clock import SystemClock
from voicegw.errors import ConfigError
from voicegw.keyring import add_key
from voicegw.model.directory import Role
from voicegw.setup.people import openid_provider, people_options, secret_box


def test_sessions_are_as_configured() -> None:
    api = {"session_hours": 2, "session_idle_min": 10, "require_totp_for": ["admin"]}
    options = people_options(Settings.model_validate({"api": api}))
    assert options["sessions"].lasts == timedelta(hours=2)
    assert options["sessions"].idle == timedelta(minutes=10)
    assert options["require_totp_for"] == {Role.ADMIN}


def test_secrets_are_sealed_with_the_key_that_is_named(tmp_path: Path) -> None:
    assert secret_box(Settings()).seal("x", "usr_1") == "plain.x"
    path = tmp_path / "keys"
    settings = Settings.model_validate({"api": {"key_file": str(path)}})
    with pytest.raises(ConfigError) as missing:
        secret_box(settings)
    assert missing.value.problems[0].where == "api.key_file"
    key = add_key(path, date(2026, 1, 5))
    assert f".{key.id}." in secret_box(settings).seal("x", "usr_1")


def test_the_provider_is_as_configured() -> None:
    assert openid_provider(Settings(), SystemClock()) is None
    oidc = {"issuer": "https://id.example.net", "client_id": "gw", "client_secret": "s"}
    more = {"create_users": True, "role_claim": "groups", "roles": ["admins=admin"]}
    settings = Settings.model_validate(
        {"api": {"public_url": "https://gw.example.net/"}, "oidc": {**oidc, **more}}
    )
    provider = openid_provider(settings, SystemClock())
    assert provider is not None
    options = provider.options
    assert options.redirect_uri == "https://gw.example.net/v1/session/oidc/callback"
    assert (options.client_secret, options.create_users) == ("s", True)
    assert options.roles == (("admins", Role.ADMIN),)
    provider.close()
