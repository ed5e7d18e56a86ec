"""What dialling from a telephone needs of the node: who is meant, who may still dial today."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol
from zoneinfo import ZoneInfo

from voicegw.calls.parts import CallParts
from voicegw.calls.pin import PinDesk
from voicegw.errors import PolicyError
from voicegw.model.directory import Customer, Manager
from voicegw.model.numbers import is_e164, normalise
from voicegw.store.dialling import LastDialled, Spent

_REMEMBERED: Final = timedelta(days=90)
"""How long ago the last call may be that is dialled again."""

Found = tuple[str, Customer | None]
"""A number to dial, and the customer who is meant, where that is known."""


class DialLedger(Protocol):
    """What was dialled before (:class:`voicegw.store.dialling.DiallingRepository`)."""

    async def last_dialled(self, manager_id: str, since: datetime) -> LastDialled | None:
        """Return whom the manager called outward last."""
        ...

    async def spent(self, manager_id: str, since: datetime) -> Spent:
        """Return what the manager dialled through from `since` on."""
        ...


@dataclass(frozen=True, slots=True)
class DialThroughRules:
    """What the configuration says of dialling through; 0 is no limit. Days begin in `timezone`."""

    enabled: bool = True
    always_ask_pin: bool = False
    ask_unasserted: bool = False
    """Whether the PIN is asked where a trunk does not assert the known number."""
    numbers: frozenset[str] = frozenset()
    """Hotlines at which unknown telephones are asked for a PIN, normalised."""
    calls_per_day: int = 0
    minutes_per_day: int = 0
    timezone: str = "Asia/Shanghai"


@dataclass(frozen=True, slots=True)
class DialDesk:
    """Serves managers who dial."""

    parts: CallParts
    ledger: DialLedger
    pins: PinDesk
    rules: DialThroughRules

    async def find(self, manager: Manager, entry: str) -> Found | None:
        """Return whom `entry` means: the customer of that code, else that number.

        None for what is neither: short codes that may not be dialled are mistyped codes. Raises
        StoreUnavailableError.
        """
        if not entry:
            return None
        customer = await self.parts.directory.customer_by_code(entry)
        if customer is not None and customer.numbers:
            return customer.numbers[0], customer
        area_code = await self.parts.directory.area_code(manager.group_id)
        settings = self.parts.settings
        number, rules = normalise(entry, settings.region, area_code), settings.rules
        if number is None:
            return None
        known = is_e164(number) or number in rules.allowed_short_codes | rules.emergency
        return (number, None) if known else None

    async def last_dialled(self, manager: Manager) -> Found | None:
        """Return whom the manager dialled last, at the same number.

        Raises StoreUnavailableError.
        """
        last = await self.ledger.last_dialled(manager.id, self.parts.clock.now() - _REMEMBERED)
        if last is None:
            return None
        customer = None
        if last.customer_id is not None:
            customer = await self.parts.directory.customer(last.customer_id)
        return last.number, customer

    async def time_left_s(self, manager: Manager) -> float:
        """Return how long the manager may still talk today.

        Raises PolicyError `dial-limit` when today's calls or minutes are used up, and
        StoreUnavailableError.
        """
        rules = self.rules
        if not (rules.calls_per_day or rules.minutes_per_day):
            return float("inf")
        local = self.parts.clock.now().astimezone(ZoneInfo(rules.timezone))
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        spent = await self.ledger.spent(manager.id, midnight)
        left_s = rules.minutes_per_day * 60 - spent.talk_s
        if rules.calls_per_day and spent.calls >= rules.calls_per_day:
            raise PolicyError("dial-limit", "the manager has dialled as often as allowed today")
        if not rules.minutes_per_day:
            return float("inf")
        if left_s <= 0:
            raise PolicyError("dial-limit", "the manager has talked as long as allowed today")
        return left_s
