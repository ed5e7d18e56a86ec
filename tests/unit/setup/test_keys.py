"""When keys were used comes to the store, late but surely."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime

from api.auth import Authenticator
from api.keys import generate_key
from voicegw.clock import SystemClock
from voicegw.errors import StoreUnavailableError
from voicegw.model.directory import ApiKey, Role
from voicegw.setup.background import Background
from voicegw.setup.keys import KeyUse


class Keys:
    """One key, and what was written of its use."""

    def __init__(self, key: ApiKey) -> None:
        self.key = key
        self.written: list[dict[str, datetime]] = []
        self.away = False

    async def get_by_secret_hash(self, secret_sha256: str) -> ApiKey | None:
        return self.key if secret_sha256 == self.key.secret_sha256 else None

    async def note_used(self, used: Mapping[str, datetime]) -> None:
        if self.away:
            raise StoreUnavailableError("away")
        self.written.append(dict(used))


async def test_use_is_written_at_once_in_turns_and_at_the_end() -> None:
    record, plaintext = generate_key(Role.ADMIN)
    keys = Keys(record)
    authenticator = Authenticator(keys, SystemClock())
    use = KeyUse(authenticator, keys)
    async with AsyncExitStack() as stack:
        use.start(Background(stack))
        before = datetime.now(UTC)
        await authenticator.principal(f"Bearer {plaintext}")
        await use.stop()
    last = keys.written[-1]
    assert list(last) == [record.id]
    assert before <= last[record.id] <= datetime.now(UTC)


async def test_a_store_that_is_away_at_the_end_stops_nothing() -> None:
    record, plaintext = generate_key(Role.ADMIN)
    keys = Keys(record)
    authenticator = Authenticator(keys, SystemClock())
    await authenticator.principal(f"Bearer {plaintext}")
    keys.away = True
    await KeyUse(authenticator, keys).stop()
    assert keys.written == []
