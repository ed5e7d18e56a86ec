"""What a node tells of where its recordings lie."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

from config.settings import Settings
from recordings.storage.local import LocalStorage
from voicegw.clock import SystemClock
from voicegw.keyring import KeyRing, add_key
from voicegw.setup.storage import ALERT_KEY_FILE, StoragePart


class Noted:
    """The alerts that were set last."""

    def __init__(self) -> None:
        self.raised: dict[str, str] = {}

    def set(self, slug: str, raised: bool, detail: str = "", **_more: Any) -> None:
        self.raised.pop(slug, None)
        if raised:
            self.raised[slug] = detail


async def test_a_file_of_keys_that_goes_bad_is_told_while_the_node_runs(tmp_path: Path) -> None:
    path = tmp_path / "keys"
    add_key(path, date(2026, 11, 21))
    local, alerts = LocalStorage(tmp_path / "store", KeyRing(path)), Noted()
    part: Any = StoragePart(Settings(), local, Any, SystemClock(), alerts)  # type: ignore[arg-type]
    await part.watch()
    assert alerts.raised == {}
    path.chmod(0o644)
    await part.watch()
    assert list(alerts.raised) == [ALERT_KEY_FILE]
    path.chmod(0o600)
    await part.watch()
    assert alerts.raised == {}
