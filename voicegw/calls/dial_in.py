"""Managers who call: which calls that come in are a manager's, and what becomes of them.

A known telephone on a trunk that dials a hotline, a telephone that registers here and dials
anything, and whoever calls a number where a PIN is asked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from voicegw.calls.dial_desk import DialDesk
from voicegw.calls.dial_gate import DialGate
from voicegw.calls.dial_through import DialThrough
from voicegw.calls.emergency import EmergencyCall, own_number
from voicegw.calls.live_call import LiveCall
from voicegw.calls.outcome import Ending
from voicegw.calls.parts import CallParts
from voicegw.errors import StoreUnavailableError
from voicegw.model.call import EMERGENCY_STEP, Call, CallStatus, Direction, PlanStepRecord
from voicegw.model.directory import Hotline, Manager, ManagerStatus
from voicegw.model.ids import IdKind, new_id
from voicegw.model.numbers import normalise
from voicegw.sip.caller import failed_verification, is_asserted
from voicegw.sip.message import Request
from voicegw.sip.session_uas import UasSession
from voicegw.sip.telephone_uri import called_numbers


@dataclass(frozen=True, slots=True)
class DialledIn:
    """The call that a manager's session becomes."""

    record: Call
    flow: Callable[[LiveCall], Awaitable[Ending]]
    parts: CallParts


@dataclass(frozen=True, slots=True)
class NotDialled:
    """Why a telephone is refused before there is a call: SIP status and reason."""

    status: int
    why: str


class DialDoor:
    """Decides about sessions of managers."""

    def __init__(self, parts: CallParts, desk: DialDesk, gate: DialGate) -> None:
        """Let in those whom `desk` serves; what they dial passes `gate`."""
        self._parts = parts
        self._desk = desk
        self._gate = gate

    def is_emergency(self, session: UasSession) -> bool:
        """Whether a registered telephone dials an emergency number: nothing may hold that up."""
        return self._emergency(session) is not None

    def _emergency(self, session: UasSession) -> str | None:
        dialled = (
            normalise(one, self._parts.settings.region) for one in called_numbers(session.invite)
        )
        return next((one for one in dialled if one in self._parts.settings.rules.emergency), None)

    async def emergency(self, session: UasSession, user: str) -> DialledIn | None:
        """Return the emergency call of the telephone registered as `user`; None: it is none.

        Whoever the directory, which may be away, does not know calls for help all the same.
        """
        number = self._emergency(session)
        if number is None:
            return None
        manager, hotline = None, None
        with contextlib.suppress(StoreUnavailableError):
            manager, hotline = await self._owner_of(user)
        shown = own_number(user, manager, hotline)
        record = self._record(hotline, manager)
        record.customer_number = number
        record.display_number = shown.number
        # From the first event on: it says that the number shown is no hotline's.
        record.plan.append(PlanStepRecord(EMERGENCY_STEP, number))
        return DialledIn(record, EmergencyCall(session, number, shown), self._parts.unrecorded())

    async def _owner_of(self, user: str) -> tuple[Manager | None, Hotline | None]:
        """Return the manager with this telephone, who still works here, and the own hotline."""
        manager = await self._parts.directory.manager_by_user(user)
        if manager is None or manager.status is ManagerStatus.DEPARTED:
            return None, None
        return manager, await self._own_hotline(manager)

    async def by_trunk(
        self, session: UasSession, number: str | None, hotline: Hotline
    ) -> DialledIn | None:
        """Return what a call from `number` to `hotline` becomes; None: it is no manager's.

        A manager's telephone is a manager's, also where a customer has the same number. Raises
        StoreUnavailableError.
        """
        rules = self._desk.rules
        if not rules.enabled:
            return None
        manager = None
        if number is not None:
            manager = await self._parts.directory.manager_by_number(number)
        if manager is not None and manager.status is ManagerStatus.DEPARTED:
            manager = None
        asks = hotline.number in rules.numbers
        if manager is None and not asks:
            return None
        if manager is not None and (asks or not await self._may_show(manager, hotline)):
            hotline = await self._own_hotline(manager) or hotline
        flow = DialThrough(
            session,
            hotline,
            self._desk,
            self._gate,
            manager,
            needs_pin=manager is None or self._is_doubtful(session.invite),
        )
        return DialledIn(self._record(hotline, manager), flow, self._parts)

    def _is_doubtful(self, invite: Request) -> bool:
        """Whether a known number is not enough to be believed."""
        rules = self._desk.rules
        return (
            rules.always_ask_pin
            or failed_verification(invite)
            or (rules.ask_unasserted and not is_asserted(invite))
        )

    async def by_phone(
        self, session: UasSession, user: str, hotline: Hotline | None
    ) -> DialledIn | NotDialled:
        """Return what a call of the telephone registered as `user` becomes.

        `hotline` is the one that was dialled, if it is one: then the customer is asked for. Raises
        StoreUnavailableError.
        """
        if not self._desk.rules.enabled:
            return NotDialled(403, "dial-through-off")
        manager, own = await self._owner_of(user)
        if manager is None:
            return NotDialled(403, "phone-without-manager")
        entry = None if hotline is not None else next(iter(called_numbers(session.invite)), "")
        refused = None if entry is None else await self._why_not(entry)
        shown = hotline if hotline and await self._may_show(manager, hotline) else own
        if refused is not None or shown is None:
            return refused or NotDialled(403, "no-hotline")
        flow = DialThrough(session, shown, self._desk, self._gate, manager, entry=entry)
        return DialledIn(self._record(shown, manager), flow, self._parts)

    async def _why_not(self, entry: str) -> NotDialled | None:
        """Return why nobody is asked about what a telephone has dialled directly."""
        if not entry:
            return NotDialled(404, "nobody-dialled")
        return NotDialled(403, "colleague-dialled") if await self._is_colleague(entry) else None

    async def _is_colleague(self, name: str) -> bool:
        """Whether `name` is an extension of a manager, and no customer's code: managers talk with
        each other by other ways, and a call between two of them is no customer's.
        """
        if await self._parts.directory.customer_by_code(name) is not None:
            return False
        return await self._parts.directory.manager_by_extension(name) is not None

    async def _may_show(self, manager: Manager, hotline: Hotline) -> bool:
        """Whether customers of `manager` may be shown `hotline`: of the own group, of those above
        and below it. Another county's is not for this one's calls, though it can be called.
        """
        directory = self._parts.directory
        above = {group.id for group in await directory.groups_above(manager.group_id)}
        if hotline.group_id in above:
            return True
        below = await directory.groups_above(hotline.group_id)
        return any(group.id == manager.group_id for group in below)

    async def _own_hotline(self, manager: Manager) -> Hotline | None:
        return await self._parts.directory.default_hotline(manager.group_id)

    def _record(self, hotline: Hotline | None, manager: Manager | None) -> Call:
        group_id = None if hotline is None else hotline.group_id
        return Call(
            id=new_id(IdKind.CALL),
            direction=Direction.DIAL_THROUGH,
            status=CallStatus.INITIATED,
            node=self._parts.settings.node,
            created_at=self._parts.clock.now(),
            hotline_id=None if hotline is None else hotline.id,
            display_number=None if hotline is None else hotline.shown,
            group_id=group_id if manager is None else manager.group_id,
            manager_id=None if manager is None else manager.id,
        )
