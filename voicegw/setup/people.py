"""What people who log in need: how long they stay, who needs a second factor, what seals it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final, TypedDict

from api.login import FORGET_AFTER
from api.oidc.options import OidcOptions
from api.oidc.provider import Provider
from api.services import ApiServices
from api.sessions import SessionRules
from config.settings import Settings
from voicegw.clock import Clock
from voicegw.keyring import KeyRing
from voicegw.model.directory import Role
from voicegw.secret_box import SecretBox
from voicegw.setup.background import Background

_USES_S: Final = 30.0
_TIDY_S: Final = 600.0
_WATCH_S: Final = 30.0
ALERT_LOCKED: Final = "login-locked"
"""The alert while a login, or an address, is locked."""


class PeopleOptions(TypedDict):
    """The fields of :class:`api.services.ApiOptions` that are about people."""

    public_url: str
    sessions: SessionRules
    require_totp_for: frozenset[Role]


def people_options(settings: Settings) -> PeopleOptions:
    """Return what is configured of them."""
    api = settings.api
    return {
        "public_url": api.public_url,
        "sessions": SessionRules(
            timedelta(hours=api.session_hours), timedelta(minutes=api.session_idle_min)
        ),
        "require_totp_for": frozenset(Role(name) for name in api.require_totp_for),
    }


def secret_box(settings: Settings) -> SecretBox:
    """Return what seals second factors. Raises ConfigError when the key file can't be used."""
    file = settings.api.key_file
    return SecretBox(KeyRing(Path(file).expanduser(), "api.key_file") if file else None)


def openid_provider(settings: Settings, clock: Clock) -> Provider | None:
    """Return the OpenID provider that people log in by; None where there is none."""
    oidc = settings.oidc
    if not oidc.issuer:
        return None
    options = OidcOptions(
        issuer=oidc.issuer,
        client_id=oidc.client_id,
        redirect_uri=settings.api.public_url.rstrip("/") + "/v1/session/oidc/callback",
        client_secret=oidc.client_secret.get_secret_value(),
        scopes=tuple(oidc.scopes),
        login_claim=oidc.login_claim,
        name_claim=oidc.name_claim,
        create_users=oidc.create_users,
        role_claim=oidc.role_claim,
        roles=tuple((claimed, Role(name)) for claimed, name in oidc.role_names),
        group_claim=oidc.group_claim,
        manager_claim=oidc.manager_claim,
        after_login=oidc.after_login,
    )
    return Provider(options, clock)


@dataclass(frozen=True, slots=True)
class PeopleWatch:
    """Looks after sessions and failed logins; `tell` raises and clears the alert."""

    services: ApiServices
    tell: Callable[[bool], None]

    def start(self, background: Background) -> None:
        """Begin. Each work that the store can't be asked for is put off."""
        background.every(_USES_S, "session-uses", self.services.sessions.write_uses)
        background.every(_WATCH_S, "login-locks", self.look)
        background.every(_TIDY_S, "sessions", self.tidy)

    async def look(self) -> None:
        """Tell operators whether anybody is locked out."""
        now = self.services.clock.now()
        self.tell(bool(await self.services.repositories.login_failures.locked(now, most=1)))

    async def tidy(self) -> None:
        """Forget sessions that are over, and failures that count no more."""
        now, repositories = self.services.clock.now(), self.services.repositories
        await repositories.sessions.purge(now, self.services.sessions.rules.idle)
        await repositories.login_failures.purge(now - FORGET_AFTER)
