"""Whom the provider has sent: the user that is meant, or made."""

from __future__ import annotations

import logging
import secrets
from dataclasses import dataclass

import msgspec

from api.access import GRANTABLE
from api.login import NOBODY, Asked, LoginDesk
from api.oidc.claims import Claimed, TokenRefusedError, claimed, verified
from api.oidc.handshake import Handshake
from api.oidc.provider import Provider
from api.problems import ApiProblem
from voicegw.clock import Clock
from voicegw.errors import ConflictError, InvalidError
from voicegw.model.audit import AuditAction
from voicegw.model.directory import Role
from voicegw.model.ids import IdKind, new_id
from voicegw.model.user import LoginMethod, User, check_reach, checked_login, normalised_login
from voicegw.store.directory import DirectoryRepository
from voicegw.store.sessions import SignedIn
from voicegw.store.users import UserRepository

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class OidcDesk:
    """Lets users in whom the provider vouches for. Raises StoreUnavailableError."""

    provider: Provider
    logins: LoginDesk
    users: UserRepository
    directory: DirectoryRepository
    clock: Clock

    async def begin(self) -> tuple[Handshake, str]:
        """Return a new handshake, whose secret the browser keeps, and where to send it.

        Raises ApiProblem `oidc-unavailable`.
        """
        handshake = Handshake(secrets.token_urlsafe(32))
        return handshake, await self.provider.address(handshake)

    async def finish(self, handshake: Handshake, code: str, asked: Asked) -> tuple[SignedIn, str]:
        """Return a new session of the one whom `code` stands for, and its token.

        Raises ApiProblem `oidc-refused` and `oidc-unavailable`.
        """
        id_token = await self.provider.id_token(code, handshake)
        try:
            who = await self._who(id_token, handshake)
            user = await self._user(who, asked)
        except (TokenRefusedError, InvalidError, ConflictError) as error:
            # Not a word of the token: it names somebody.
            why = error.field if isinstance(error, InvalidError) else type(error).__name__
            _log.warning("login by the OpenID provider refused", extra={"why": why})
            user = None
        if user is None or not user.is_active:
            principal = NOBODY if user is None else user.id
            await self.logins.note(
                principal,
                user,
                AuditAction.LOGIN_FAILED,
                asked,
                method=LoginMethod.OIDC.value,
                from_=asked.client.address,
            )
            raise ApiProblem("oidc-refused", "The provider's user may not log in here.")
        return await self.logins.let_in(user, LoginMethod.OIDC, asked)

    async def _who(self, id_token: str, handshake: Handshake) -> Claimed:
        options, now = self.provider.options, self.clock.now()
        try:
            keys = await self.provider.keys()
            claims = verified(id_token, keys, options, nonce=handshake.nonce, now=now)
        except TokenRefusedError as refused:
            if not refused.unknown_key:
                raise
            keys = await self.provider.keys(again=True)
            claims = verified(id_token, keys, options, nonce=handshake.nonce, now=now)
        return claimed(claims, options)

    async def _user(self, who: Claimed, asked: Asked) -> User | None:
        """Return the user that is meant, linked or made at the first login; None for nobody.

        A user with a password here is nobody's to take over by the same login there.
        """
        issuer = self.provider.options.issuer
        user = await self.users.get_by_subject(issuer, who.subject)
        if user is None and who.login is not None:
            user = await self.users.get_by_login(normalised_login(who.login))
            if user is not None:
                may_link = user.password_hash is None and user.oidc_subject is None
                if not may_link or not await self.users.link(user.id, issuer, who.subject):
                    return None
        if user is None:
            return await self._made(who, asked) if self.provider.options.create_users else None
        return await self._kept_up(user, who, asked) if user.oidc_managed else user

    async def _made(self, who: Claimed, asked: Asked) -> User | None:
        if who.login is None or who.role is None:
            return None
        user = await self._as_claimed(
            User(
                id=new_id(IdKind.USER),
                login=checked_login(who.login),
                role=who.role,
                created_at=self.clock.now(),
                name=who.name[:200],
                oidc_issuer=self.provider.options.issuer,
                oidc_subject=who.subject,
                oidc_managed=True,
            ),
            who,
        )
        entry = self.logins.entry(
            user.id, user, AuditAction.USER, asked, how="created", by=LoginMethod.OIDC.value
        )
        await self.users.create(user, entry)
        return user

    async def _kept_up(self, user: User, who: Claimed, asked: Asked) -> User | None:
        """Return the user with what the provider says today; None when it says no role."""
        if who.role is None:
            return None
        wanted = await self._as_claimed(msgspec.structs.replace(user, role=who.role), who)
        if wanted == user:
            return user
        entry = self.logins.entry(
            user.id, user, AuditAction.USER, asked, how="replaced", by=LoginMethod.OIDC.value
        )
        changed = await self.users.replace(wanted, entry, expected_revision=user.revision)
        self.logins.sessions.forget_user(user.id)
        return changed

    async def _as_claimed(self, user: User, who: Claimed) -> User:
        """Return `user` with group and manager as claimed. Raises InvalidError naming the field."""
        group_id = manager_id = None
        if who.group is not None:
            group = await self.directory.groups.get_by_external_id(who.group)
            if group is None:
                raise InvalidError("group_id", "no such group", kind="not-found")
            group_id = group.id
        if who.manager is not None and user.role is Role.MANAGER:
            manager = await self.directory.managers.get_by_external_id(who.manager)
            if manager is None:
                raise InvalidError("manager_id", "no such manager", kind="not-found")
            manager_id = manager.id
        check_reach(user.role, group_id, manager_id)
        taken = GRANTABLE.get(user.role, frozenset())
        grants = [grant for grant in user.grants if grant in taken]
        return msgspec.structs.replace(
            user, group_id=group_id, manager_id=manager_id, grants=grants
        )
