"""Commands that work on the store and end."""

from __future__ import annotations

import asyncio

from config import Settings
from voicegw.store.database import migrate


def migrate_store(settings: Settings) -> dict[str, object]:
    """Bring the store to this program's schema; return `{"revision": …}`."""
    return {"revision": asyncio.run(migrate(settings.store.url))}
