"""People who log in, and their logins. Pure."""

from __future__ import annotations

import re
import unicodedata
from datetime import datetime
from enum import StrEnum
from typing import Final

import msgspec

from voicegw.errors import InvalidError
from voicegw.model.directory import Grant, Role

_LOGIN: Final = re.compile(r"[a-z0-9][a-z0-9._@+-]{1,63}")


class UserStatus(StrEnum):
    """Whether somebody may log in."""

    ACTIVE = "active"
    DISABLED = "disabled"


class LoginMethod(StrEnum):
    """How somebody has proven who it is."""

    PASSWORD = "password"  # noqa: S105 - the name of a method
    OIDC = "oidc"


class User(msgspec.Struct):
    """Somebody who may log in.

    `revision` rises with each change that administrators make. `credentials` rises with whatever
    ends all logins: another password, role or reach, a second factor taken away, being disabled. A
    session counts only as long as it was begun with the present one.
    """

    id: str
    login: str
    role: Role
    created_at: datetime
    name: str = ""
    group_id: str | None = None
    manager_id: str | None = None
    grants: list[Grant] = msgspec.field(default_factory=list)
    status: UserStatus = UserStatus.ACTIVE
    password_hash: str | None = None
    must_change: bool = False
    """Whether the password is a one-time one, to be changed before anything else."""
    password_expires_at: datetime | None = None
    """When a one-time password stops working."""
    totp_secret: str | None = None
    """As it is kept: sealed where there is a key."""
    totp_confirmed_at: datetime | None = None
    """Since when a second factor is asked for; None: not at all."""
    totp_step: int = 0
    """The time step of the last code used (RFC 6238 §5.2: none is taken twice)."""
    oidc_issuer: str | None = None
    oidc_subject: str | None = None
    """Who it is to that provider; both or none."""
    oidc_managed: bool = False
    """Whether the provider says what this user may do, at each login anew."""
    last_login_at: datetime | None = None
    revision: int = 1
    credentials: int = 1
    phone: str | None = None
    """Where short messages go that tell of what the own group does not do in time; E.164."""

    @property
    def is_active(self) -> bool:
        """Whether this user may log in."""
        return self.status is UserStatus.ACTIVE

    @property
    def has_second_factor(self) -> bool:
        """Whether a code is asked for besides the password."""
        return self.totp_confirmed_at is not None


class UserSession(msgspec.Struct):
    """A login, from its begin to its end. Only the SHA-256 of its token is kept."""

    id: str
    token_sha256: str
    user_id: str
    credentials: int
    method: LoginMethod
    created_at: datetime
    expires_at: datetime
    last_seen_at: datetime
    address: str = ""
    """From where it was begun."""


def normalised_login(text: str) -> str:
    """Return the one spelling of a login: width and case make no difference."""
    return unicodedata.normalize("NFKC", text).strip().casefold()


def checked_login(text: str) -> str:
    """Return the login that `text` spells. Raises InvalidError naming `login`."""
    login = normalised_login(text)
    if _LOGIN.fullmatch(login) is None:
        raise InvalidError(
            "login",
            "must be 2 to 64 letters a-z, digits and . _ @ + -, a letter or digit first",
            kind="pattern",
            example="zhang.san",
        )
    return login


def check_reach(role: Role, group_id: str | None, manager_id: str | None) -> None:
    """Return when somebody of `role` with this group and this manager would see something.

    Raises InvalidError naming the field: a `county_manager` needs the group, a `manager` the
    manager, whom nobody else has.
    """
    if role is Role.COUNTY_MANAGER and group_id is None:
        raise InvalidError("group_id", "a county_manager needs the group it is for", kind="missing")
    if role is Role.MANAGER and manager_id is None:
        raise InvalidError("manager_id", "a manager needs the manager it is", kind="missing")
    if role is not Role.MANAGER and manager_id is not None:
        raise InvalidError(
            "manager_id", f"a {role} is no single manager", kind="not-with", other="role"
        )
