"""What the folders of a node tell."""

from __future__ import annotations

import os
from datetime import UTC, datetime
from pathlib import Path

from voicegw.setup.folders import last_sign_of_life


def test_the_last_sign_of_life_is_the_newest_file(tmp_path: Path) -> None:
    spool, journal = tmp_path / "spool", tmp_path / "journal"
    assert last_sign_of_life(spool, journal) is None
    for folder, written_at in ((spool, 2000.0), (journal, 1000.0)):
        folder.mkdir()
        (folder / "file").touch()
        os.utime(folder / "file", (written_at, written_at))
    assert last_sign_of_life(spool, journal) == datetime.fromtimestamp(2000.0, UTC)
