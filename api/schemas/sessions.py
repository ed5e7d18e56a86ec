"""Logging in, on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import AfterValidator, Field, StringConstraints

from api.schemas.base import TIME_DESCRIPTION, OptionalTime, RequestModel, ViewModel, storable
from voicegw.model.directory import Grant, Role
from voicegw.model.user import LoginMethod

#: Blanks at the ends belong to a password.
Password = Annotated[
    str,
    StringConstraints(strip_whitespace=False, min_length=1, max_length=1024),
    AfterValidator(storable),
]
Code = Annotated[str, StringConstraints(min_length=1, max_length=64), AfterValidator(storable)]


class LoginBody(RequestModel):
    """Who logs in."""

    login: Annotated[
        str, StringConstraints(min_length=1, max_length=256), AfterValidator(storable)
    ] = Field(examples=["wang.li"])
    password: Password
    totp: Code | None = Field(
        None,
        description="Six digits of the second factor, or a recovery code; needed once it is set up",
        examples=["492039"],
    )


class PasswordBody(RequestModel):
    """Another password for oneself."""

    current: Password
    new: Password = Field(description="At least 10 characters, without the login")


class ConfirmedBody(RequestModel):
    """That it is still the same person at the keyboard."""

    password: Password


class CodeBody(RequestModel):
    """A code of the second factor that is being set up."""

    totp: Code = Field(description="Six digits", examples=["492039"])


class RemovalBody(ConfirmedBody):
    """Password and code, to go on without the second factor."""

    totp: Code = Field(description="Six digits, or a recovery code", examples=["492039"])


class ScopeView(ViewModel):
    """What part of everything is seen."""

    group_ids: list[str] | None = Field(description="These groups; null: all of them")
    manager_id: str | None = Field(description="Only this manager's own calls and customers")


class WhoView(ViewModel):
    """Who asks, and what that principal may do. What only logins have is null for a key."""

    principal: str = Field(description="Id of the user or key", examples=["usr_0jb6"])
    role: Role
    grants: list[Grant] = Field(description="What it may do beyond the role")
    permissions: list[str] = Field(examples=[["calls.read", "calls.start"]])
    scope: ScopeView
    login: str | None
    name: str | None
    session_id: str | None = Field(
        description="Of this login, as `GET /v1/sessions` lists it", examples=["ses_0jb6"]
    )
    method: LoginMethod | None = Field(description="How the user logged in")
    csrf_token: str | None = Field(
        description="To be sent as `X-CSRF-Token` with every request that is no GET"
    )
    duty: str | None = Field(
        description="What has to be done before anything else: `password-change-needed` or"
        " `second-factor-missing`"
    )
    has_second_factor: bool | None
    recovery_codes_left: int | None
    created_at: OptionalTime = Field(description=f"When the login was; {TIME_DESCRIPTION}")
    expires_at: OptionalTime = Field(description=f"When it ends at the latest; {TIME_DESCRIPTION}")
    idle_s: int | None = Field(description="Seconds without a request after which it ends earlier")


class SessionView(ViewModel):
    """A login of one's own."""

    id: str = Field(examples=["ses_0jb6"])
    method: LoginMethod
    created_at: datetime = Field(description=TIME_DESCRIPTION)
    last_seen_at: datetime = Field(description=f"Within half a minute; {TIME_DESCRIPTION}")
    expires_at: datetime = Field(description=TIME_DESCRIPTION)
    address: str = Field(description="From where it was begun", examples=["192.0.2.7"])


class SessionListView(ViewModel):
    """All logins that have not ended, the newest first; there are never more than 32."""

    items: list[SessionView]


class LoginMethodsView(ViewModel):
    """How somebody may log in at this node."""

    methods: list[LoginMethod] = Field(
        description="`oidc`: `GET /v1/session/oidc` leads to the provider",
        examples=[["password", "oidc"]],
    )


class TotpView(ViewModel):
    """A second factor to be confirmed; shown this once."""

    secret: str = Field(description="Base32, for typing it in")
    otpauth_uri: str = Field(description="For a QR code that authenticator apps read")


class RecoveryCodesView(ViewModel):
    """Codes for when the second factor is lost, each good once; shown this once."""

    recovery_codes: list[str] = Field(examples=[["abcd-efgh-ijkl-mnop"]])
