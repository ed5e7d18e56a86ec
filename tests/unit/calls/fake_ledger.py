"""What a dial-through asks of the store, in memory: who was dialled last, what was spent, PINs."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta

from voicegw.errors import StoreUnavailableError
from voicegw.model.directory import Manager
from voicegw.store.dialling import LastDialled, Spent


class FakeLedger:
    """Keeps failures as the store does; a PIN is right when its hash is `hash of PIN`."""

    def __init__(self) -> None:
        self.last: dict[str, LastDialled] = {}
        self.spent_: Spent = Spent()
        self.failures: Counter[str] = Counter()
        self.until: dict[str, datetime] = {}
        self.verified: list[str] = []
        self.locked_managers: list[Manager | None] = []
        self.away = False

    def _reach(self) -> None:
        if self.away:
            raise StoreUnavailableError("the store is away")

    async def last_dialled(self, manager_id: str, since: datetime) -> LastDialled | None:
        self._reach()
        return self.last.get(manager_id)

    async def spent(self, manager_id: str, since: datetime) -> Spent:
        self._reach()
        return self.spent_

    async def begin_attempt(
        self, keys: Sequence[str], at: datetime, *, most: int, lock: timedelta
    ) -> bool:
        self._reach()
        if any(self.until.get(key, at) > at for key in keys):
            return False
        for key in keys:
            self.failures[key] += 1
            if self.failures[key] >= most:
                self.until[key] = at + lock
        return True

    async def forgive(self, keys: Sequence[str]) -> None:
        for key in keys:
            self.failures.pop(key, None)
            self.until.pop(key, None)

    async def take_back(self, key: str) -> None:
        self.failures[key] -= 1
        self.until.pop(key, None)

    async def locked(self, at: datetime) -> Sequence[str]:
        return [key for key, until in self.until.items() if until > at]

    async def verify(self, pin_hash: str | None, pin: str) -> bool:
        self.verified.append(pin)
        return pin_hash == f"hash of {pin}"

    async def told(self, manager: Manager | None) -> None:
        self.locked_managers.append(manager)
