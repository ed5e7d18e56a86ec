"""The section of logging in by an OpenID Connect provider."""

from __future__ import annotations

from typing import Annotated, Final, get_args

from pydantic import Field, SecretStr

from config.sections import RoleName, Secret, Section, checked

_ROLES: Final = get_args(RoleName)


def parse_role(text: str) -> tuple[str, str]:
    """Return claim and role of a text such as "voicegw-admins=admin". Raises ValueError."""
    claimed, equals, role = text.rpartition("=")
    if not equals or not claimed or role not in _ROLES:
        raise ValueError(f"expected CLAIM=ROLE, the role one of {', '.join(_ROLES)}")
    return claimed, role


class OidcSettings(Section):
    """Logging in by an OpenID Connect provider."""

    issuer: str = Field(
        default="",
        pattern=r"^(https://[^\s?#]+|http://(127\.0\.0\.1|\[::1\]|localhost)(:\d+)?[^\s?#]*)?$",
        description="The provider's issuer, as it names itself. Empty: people log in by password "
        "only.",
    )
    client_id: str = Field(default="", description="What this gateway is called there.")
    client_secret: Secret = Field(
        default=SecretStr(""),
        description="Its secret there; better client_secret_file, a file that holds it. Empty: a "
        "public client.",
    )
    scopes: list[str] = Field(
        default=["openid", "profile"],
        description="What is asked of the provider; openid is always.",
    )
    login_claim: str = Field(
        default="preferred_username",
        min_length=1,
        description="Claim that is the login of a user here.",
    )
    name_claim: str = Field(default="name", description="Claim with the name of a new user.")
    create_users: bool = Field(
        default=False,
        description="Whether whoever has one of roles becomes a user at the first login, and gets "
        "role, group and manager anew at each. Else only users without a password here come in.",
    )
    role_claim: str = Field(
        default="",
        description="Claim with the roles or groups of a person; dots lead into it, as in "
        "realm_access.roles.",
    )
    roles: list[Annotated[str, checked(parse_role)]] = Field(
        default=[],
        description="What they mean here, such as voicegw-admins=admin; the first that fits "
        "counts.",
    )
    group_claim: str = Field(
        default="", description="Claim with the external id of the group that a new user is of."
    )
    manager_claim: str = Field(
        default="", description="Claim with the external id of the manager that a new user is."
    )
    after_login: str = Field(
        default="/",
        pattern=r"^/([^/\\\s][^\\\s]*)?$",
        description="Page of this gateway that people see after the login.",
    )

    @property
    def role_names(self) -> list[tuple[str, str]]:
        """`roles`, parsed."""
        return [parse_role(text) for text in self.roles]
