"""Users on the wire."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from api.schemas.base import (
    TIME_DESCRIPTION,
    Id,
    Label,
    NumberText,
    NumberView,
    OptionalTime,
    RequestModel,
    Text,
    ViewModel,
    time_field,
)
from voicegw.model.directory import Grant, Role
from voicegw.model.user import UserStatus


class UserBody(RequestModel):
    """Somebody who may log in; fields that are not given take their defaults."""

    login: Annotated[Text, Field(min_length=2, max_length=64)] = Field(
        description="a-z, digits and . _ @ + -; case makes no difference", examples=["wang.li"]
    )
    name: Label = Field("", description="How colleagues know this person")
    role: Annotated[Role, Field(strict=False)]
    group_id: Id | None = Field(
        None, description="Sees this group and those below it only; a `county_manager` needs it"
    )
    manager_id: Id | None = Field(None, description="Who a `manager` is; that role needs it")
    grants: list[Annotated[Grant, Field(strict=False)]] = Field(
        default_factory=list,
        max_length=10,
        description="What the role may do besides: a `county_manager` `handover` and `assign`, a"
        " `manager` `dial_any`",
        examples=[["handover"]],
    )
    status: Annotated[UserStatus, Field(strict=False)] = UserStatus.ACTIVE
    phone: NumberText | None = Field(
        None,
        description="Where short messages go; a `county_manager` is told of what the group does not"
        " do in time",
        examples=["13900139000"],
    )


class NewUserBody(UserBody):
    """A new user."""

    with_password: bool = Field(
        True, description="False for who will only come from the OpenID provider"
    )


class UserView(ViewModel):
    """Somebody who may log in. No secret is ever shown."""

    id: str = Field(examples=["usr_0jb6"])
    login: str = Field(examples=["wang.li"])
    name: str
    role: Role
    group_id: str | None
    manager_id: str | None
    grants: list[Grant]
    status: UserStatus
    has_password: bool
    must_change: bool = Field(description="Whether the password is a one-time one")
    password_expires_at: OptionalTime = time_field("When a one-time password stops working")
    has_second_factor: bool
    has_oidc: bool = Field(description="Whether the OpenID provider knows this user")
    oidc_managed: bool = Field(description="Whether it says what the user may do")
    created_at: datetime = Field(description=TIME_DESCRIPTION)
    last_login_at: OptionalTime = time_field("When the user logged in last")
    phone: NumberView | None = Field(description="Where short messages go; null: nowhere")


class OneTimePasswordView(ViewModel):
    """A password to be told to the user, shown this once; it must be changed at the first login."""

    password: str | None = Field(examples=["k7wq2-mm8ra-x3fhc-9tzdp"])
    expires_at: OptionalTime = time_field("When it stops working")


class NewUserView(UserView):
    """A new user, with the one-time password that is shown this once."""

    password: str | None = Field(
        description="Null where none was wanted", examples=["k7wq2-mm8ra-x3fhc-9tzdp"]
    )
