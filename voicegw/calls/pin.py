"""Who a manager is who calls from an unknown telephone: staff number and PIN, by keypad.

What is pressed then reaches neither spool nor log nor event. An unknown staff number and a wrong
PIN are told apart by nobody, not even by a clock or by a lock. Failures are counted in the store,
by manager and by telephone, before a PIN is looked at: a restart unlocks nobody, and attempts made
at the same moment count all. A manager's own telephones are counted apart: strangers who lock the
manager's PIN do not lock those out.
"""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from voicegw.calls.keypad import Keypad
from voicegw.calls.leg import CallLeg
from voicegw.calls.live_call import LiveCall
from voicegw.calls.ports import DirectoryLookup
from voicegw.clock import Clock
from voicegw.errors import PolicyError
from voicegw.model.directory import Manager, ManagerStatus
from voicegw.store.dialling import manager_key, own_telephone_key

_log = logging.getLogger(__name__)

#: Stands for all telephones that tell no number.
_NO_NUMBER: Final = "withheld"


class PinRefused(PolicyError):  # noqa: N818 - a refusal by rule, named as its kin
    """Nobody was identified: `pin-wrong` or `pin-locked`."""


class PinLedger(Protocol):
    """Where failures are kept (:class:`voicegw.store.dialling.DiallingRepository`)."""

    async def begin_attempt(
        self, keys: Sequence[str], at: datetime, *, most: int, lock: timedelta
    ) -> bool:
        """Count an attempt; False, with nothing counted, when one of `keys` is locked."""
        ...

    async def forgive(self, keys: Sequence[str]) -> None:
        """Forget the failures of `keys`."""
        ...

    async def take_back(self, key: str) -> None:
        """Take the last attempt of `key` back."""
        ...

    async def locked(self, at: datetime) -> Sequence[str]:
        """Return the keys that are locked."""
        ...


@dataclass(frozen=True, slots=True)
class PinRules:
    """After how many failures, and for how long, a manager or a telephone is locked out."""

    failures: int = 5
    lock: timedelta = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Claim:
    """Who somebody claims to be: `key` is what attempts are counted by, besides the telephone.

    `manager` is None where nobody has the staff number that was given.
    """

    manager: Manager | None
    key: str

    @classmethod
    def by_staff_no(cls, staff_no: str, manager: Manager | None) -> Claim:
        """Return the claim of whoever gives `staff_no`, which is that of `manager`.

        One that nobody has is counted and locked as others are: a lock would tell them apart.
        """
        return cls(manager, f"staff:{staff_no}" if manager is None else manager_key(manager.id))

    @classmethod
    def by_telephone(cls, manager: Manager) -> Claim:
        """Return the claim of who calls from a telephone of `manager`."""
        return cls(manager, own_telephone_key(manager.id))


@dataclass(frozen=True, slots=True)
class PinDesk:
    """Tells managers by staff number and PIN.

    `verify` compares a hash (None: nobody's) with digits, in a thread; `on_locked` is told the
    manager whom a failure has locked, None: a telephone.
    """

    ledger: PinLedger
    directory: DirectoryLookup
    clock: Clock
    verify: Callable[[str | None, str], Awaitable[bool]]
    on_locked: Callable[[Manager | None], Awaitable[None]]
    rules: PinRules = PinRules()

    async def staff(self, staff_no: str) -> Manager | None:
        """Return the manager with this staff number, if that manager still works here."""
        manager = await self.directory.manager_by_staff_no(staff_no)
        if manager is None or manager.status is ManagerStatus.DEPARTED:
            return None
        return manager

    async def check(self, claim: Claim, pin: str, telephone: str | None) -> None:
        """Return when `pin` is that of who is claimed to call from `telephone`.

        Raises PinRefused, and StoreUnavailableError: who can't be counted is not let in.
        """
        manager = claim.manager
        keys = [f"telephone:{telephone or _NO_NUMBER}", claim.key]
        counted = await self.ledger.begin_attempt(
            keys, self.clock.now(), most=self.rules.failures, lock=self.rules.lock
        )
        if not counted:
            raise PinRefused("pin-locked", "too many wrong PINs")
        if await self.verify(None if manager is None else manager.pin_hash, pin):
            await self.ledger.forgive(keys[1:])
            # Not all of the telephone's: whoever knows one PIN must not try others for ever.
            await self.ledger.take_back(keys[0])
            return
        locked = set(await self.ledger.locked(self.clock.now())).intersection(keys)
        if locked:
            is_manager = manager is not None and claim.key in locked
            _log.warning("PIN locked", extra={"whom": "manager" if is_manager else "telephone"})
            await self.on_locked(manager if is_manager else None)
            raise PinRefused("pin-locked", "too many wrong PINs")
        raise PinRefused("pin-wrong", "no such staff number, or a wrong PIN")


async def identify(
    call: LiveCall, leg: CallLeg, desk: PinDesk, known: Manager | None, *, tries: int
) -> Manager:
    """Ask `leg` for staff number and PIN, of a `known` manager the PIN only, and return who it is.

    Raises PinRefused after `tries`, and what breaks into the call.
    """
    claim = None if known is None else Claim.by_telephone(known)
    async with Keypad(call, leg).listening() as keypad:
        wrong: tuple[str, ...] = ()
        for attempt in range(tries):
            if known is None:
                staff_no = await keypad.ask(*wrong, "enter_staff_number")
                if not staff_no:
                    continue
                claim, wrong = Claim.by_staff_no(staff_no, await desk.staff(staff_no)), ()
            async with keypad.secretly():
                pin = await keypad.ask(*wrong, "enter_pin")
                if not pin or claim is None:
                    continue
                try:
                    await desk.check(claim, pin, leg.record.number)
                except PinRefused as refused:
                    if refused.slug == "pin-locked" or attempt == tries - 1:
                        raise
                else:
                    if claim.manager is not None:
                        return claim.manager
            wrong = ("wrong_pin",)
    raise PinRefused("pin-wrong", "no such staff number, or a wrong PIN")
