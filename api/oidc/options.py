"""What is agreed with the OpenID provider."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from voicegw.model.directory import Role


@dataclass(frozen=True, slots=True)
class OidcOptions:
    """The provider, what this gateway is there, and what its claims mean here.

    `redirect_uri` is registered there. `roles` maps values of `role_claim`, the first that fits
    counts; an empty name of a claim means that there is none.
    """

    issuer: str
    client_id: str
    redirect_uri: str
    client_secret: str = ""
    scopes: Sequence[str] = ("openid", "profile")
    login_claim: str = "preferred_username"
    name_claim: str = "name"
    create_users: bool = False
    role_claim: str = ""
    roles: Sequence[tuple[str, Role]] = ()
    group_claim: str = ""
    manager_claim: str = ""
    after_login: str = "/"

    def __repr__(self) -> str:
        """Show no secret."""
        return f"OidcOptions({self.issuer!r}, {self.client_id!r})"
