"""What happens at a login: who is let in, who is sent away, and what is noted of it.

A wrong login, a wrong password, somebody disabled and a password that has run out are told apart by
nobody: not by the answer, nor by the time it takes, nor by a lock. Failures are counted in the
store before anything is compared, so a restart forgives nobody, all nodes agree, and attempts made
at the same moment count all.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from api.client import Client
from api.known_devices import device_of
from api.passwords import PasswordDesk
from api.problems import ApiProblem
from api.sessions import Sessions
from api.totp import matching_step, recovery_code_hash
from voicegw.clock import Clock
from voicegw.errors import InvalidError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.lockout import LockRules
from voicegw.model.user import LoginMethod, User, normalised_login
from voicegw.secret_box import SecretBox
from voicegw.store.audit import AuditLog
from voicegw.store.login_failures import Counted, LoginFailureRepository
from voicegw.store.sessions import SignedIn
from voicegw.store.users import UserRepository

#: One login from one address: mistyping costs little, guessing soon costs hours.
PAIR_RULES: Final = LockRules(5, timedelta(seconds=30), timedelta(hours=4))
#: One login from everywhere: what one address alone may fail in a day doesn't lock others out.
LOGIN_RULES: Final = LockRules(50, timedelta(seconds=30), timedelta(minutes=15))
#: One address with all logins: an office behind one address mistypes, too.
ADDRESS_RULES: Final = LockRules(30, timedelta(seconds=30), timedelta(hours=1))
FORGET_AFTER: Final = timedelta(days=1)
NOBODY: Final = "nobody"
"""The principal of entries about logins that nobody has."""
_ADDRESS: Final = "address:"
_CHALLENGE: Final = {"WWW-Authenticate": 'Bearer realm="voicegw"'}


@dataclass(frozen=True, slots=True)
class Asked:
    """From where something is asked, and the id of the request.

    `device` is the cookie of a browser that somebody has logged in from before.
    """

    client: Client
    request_id: str | None = None
    device: str = ""


@dataclass(frozen=True, slots=True)
class LoginDesk:
    """Lets users in. Each method raises StoreUnavailableError: who can't be counted stays out."""

    users: UserRepository
    sessions: Sessions
    failures: LoginFailureRepository
    passwords: PasswordDesk
    box: SecretBox
    audit: AuditLog
    clock: Clock

    async def by_password(
        self, login: str, password: str, code: str | None, asked: Asked
    ) -> tuple[SignedIn, str]:
        """Return a new session of the one with this login, and its token.

        `code` is of the second factor, or a recovery code. Raises ApiProblem `login-failed`,
        `second-factor-needed` (the password is right), `login-locked` and `overloaded`.
        """
        login = normalised_login(login)
        user = await self.users.get_by_login(login)
        rules = _rules(login, asked, user)
        counted = await self._count(rules)
        right = await self._is_right(rules, None if user is None else user.password_hash, password)
        if user is None or not right or not self._may_use_password(user):
            raise await self._failed(user, counted, asked)
        if user.has_second_factor and code is None:
            await self.failures.take_back(rules)
            detail = "Send a code of the second factor, too."
            raise ApiProblem("second-factor-needed", detail, headers=_CHALLENGE)
        if code is not None and not await self.takes_code(user, code):
            raise await self._failed(user, counted, asked)
        # Not all of the address's: whoever knows one password must not try others for ever.
        of_address = {key: rule for key, rule in rules.items() if key.startswith(_ADDRESS)}
        await self.failures.forgive([key for key in rules if key not in of_address])
        await self.failures.take_back(of_address)
        return await self.let_in(user, LoginMethod.PASSWORD, asked)

    async def let_in(self, user: User, method: LoginMethod, asked: Asked) -> tuple[SignedIn, str]:
        """Return a new session of `user`, who has proven it, and its token.

        Raises ApiProblem `login-failed` when the user was disabled or got another password since.
        """
        await self.note(
            user.id, user, AuditAction.LOGIN, asked, method=method.value, from_=asked.client.address
        )
        begun = await self.sessions.begin(user, method, asked.client.address)
        if begun is None:
            raise _login_failed()
        return begun

    async def confirm_password(
        self, user: User, password: str, asked: Asked, *, code: str | None = None
    ) -> None:
        """Return when `password` is that of `user`, who is logged in; failures count as at logins.

        So do those of `code`, where one of the second factor is asked for, too. Raises ApiProblem
        `no-password`, `wrong-password`, `login-locked` and `overloaded`; InvalidError for `totp`.
        """
        if user.password_hash is None:
            raise ApiProblem("no-password", "You log in without a password.")
        rules = _rules(user.login, asked, user)
        counted = await self._count(rules)
        if not await self._is_right(rules, user.password_hash, password):
            await self._failed(user, counted, asked)
            raise ApiProblem("wrong-password", "The password is wrong.")
        if code is not None and not await self.takes_code(user, code):
            await self._failed(user, counted, asked)
            raise InvalidError(
                "totp", "is not the code of this moment, or was used before", kind="wrong-code"
            )
        await self.failures.take_back(rules)

    async def takes_code(self, user: User, code: str) -> bool:
        """Whether `code` is the second factor's of `user`, or a recovery code; it is used then.

        Where there is no second factor there is nothing to be wrong about.
        """
        if not user.has_second_factor or user.totp_secret is None:
            return True
        recovery = recovery_code_hash(code)
        if recovery is not None:
            return await self.users.use_recovery_code(user.id, recovery)
        secret = self.box.open(user.totp_secret, user.id)
        step = matching_step(secret, code, self.clock.now())
        return step is not None and await self.users.use_step(user.id, step)

    async def unlock(self, login: str) -> None:
        """Forgive all failures of a login, wherever they were made."""
        await lift_locks(self.failures, login)

    async def note(
        self, principal: str, user: User | None, action: AuditAction, asked: Asked, **detail: str
    ) -> None:
        """Write an entry about `user`; None where nobody has the login."""
        await self.audit.note(self.entry(principal, user, action, asked, **detail))

    def entry(
        self, principal: str, user: User | None, action: AuditAction, asked: Asked, **detail: str
    ) -> AuditEntry:
        """Return an entry about `user`, to be written with what it tells of."""
        return AuditEntry(
            at=self.clock.now(),
            principal=principal,
            role="" if user is None else user.role.value,
            action=action,
            subject_kind=SubjectKind.USER,
            subject="" if user is None else user.id,
            group_id=None if user is None else user.group_id,
            request_id=asked.request_id,
            detail={name.rstrip("_"): value for name, value in detail.items()},
        )

    def _may_use_password(self, user: User) -> bool:
        until = user.password_expires_at
        return user.is_active and (until is None or self.clock.now() < until)

    async def _count(self, rules: dict[str, LockRules]) -> Counted:
        now = self.clock.now()
        counted = await self.failures.begin_attempt(rules, now)
        if counted.locked_until is not None:
            wait_s = max(1, int((counted.locked_until - now).total_seconds()) + 1)
            raise ApiProblem(
                "login-locked",
                "Too many logins have failed; wait.",
                headers={"Retry-After": str(wait_s)},
            )
        return counted

    async def _is_right(
        self, rules: dict[str, LockRules], password_hash: str | None, password: str
    ) -> bool:
        """Whether `password` is right. Who is sent away uncompared has not failed."""
        try:
            return await self.passwords.verify(password_hash, password)
        except ApiProblem:
            await self.failures.take_back(rules)
            raise

    async def _failed(self, user: User | None, counted: Counted, asked: Asked) -> ApiProblem:
        """Note a failure and return what it is answered with."""
        principal = NOBODY if user is None else user.id
        from_ = asked.client.address
        await self.note(principal, user, AuditAction.LOGIN_FAILED, asked, from_=from_)
        for key in counted.locks:
            what = "address" if key.startswith(_ADDRESS) else "login"
            locked = None if what == "address" else user
            await self.note(
                principal, locked, AuditAction.LOGIN_LOCKED, asked, what=what, from_=from_
            )
        return _login_failed()


async def lift_locks(failures: LoginFailureRepository, login: str) -> None:
    """Forgive all failures of a login, wherever they were made. Raises StoreUnavailableError."""
    digest = _digest(login)
    await failures.forgive([f"login:{digest}"])
    await failures.forgive_below(f"pair:{digest}:")
    await failures.forgive_below(f"device:{digest}:")


def _login_failed() -> ApiProblem:
    return ApiProblem(
        "login-failed", "Login, password or code is wrong, or out of use.", headers=_CHALLENGE
    )


def _rules(login: str, asked: Asked, user: User | None) -> dict[str, LockRules]:
    """Return by what an attempt is counted: login and address, login alone, address alone.

    From a browser that `user` has logged in from: by login and browser, and nothing that others
    can have locked. A login stands there as its SHA-256 only: some type their password in that
    field.
    """
    digest, source = _digest(login), asked.client.source
    device = device_of(user, asked.device)
    if device is not None:
        return {f"device:{digest}:{device}": PAIR_RULES}
    return {
        f"pair:{digest}:{source}": PAIR_RULES,
        f"login:{digest}": LOGIN_RULES,
        f"{_ADDRESS}{source}": ADDRESS_RULES,
    }


def _digest(login: str) -> str:
    return hashlib.sha256(login.encode("utf-8", "surrogatepass")).hexdigest()
