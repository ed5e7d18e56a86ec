"""Archiving as a process of its own: `python -m voicegw.events.archive_job`.

The order comes as one JSON object on standard input, because a store's URL may hold a password and
command lines can be read by everyone. A day of events is read, compressed and removed here, beside
the node; the exit code is 0 when all that was due is archived.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import timedelta
from pathlib import Path
from typing import Final

import msgspec

from voicegw.clock import SystemClock
from voicegw.encryption import Key
from voicegw.errors import VoicegwError
from voicegw.events.archive import Archiver
from voicegw.keyring import open_key_ring
from voicegw.store.database import Database
from voicegw.store.event_archives import EventArchiveRepository
from voicegw.store.events import EventRepository

NICENESS: Final = 10


class ArchiveOrder(msgspec.Struct, frozen=True):
    """What to archive, and where to. `key_file` is empty where nothing is encrypted."""

    store_url: str
    node: str
    folder: str
    retention_days: int
    key_file: str = ""


async def carry_out(order: ArchiveOrder) -> int:
    """Archive what is due; return how many files were written.

    Raises VoicegwError when store or key can't be used, OSError when the folder refuses.
    """
    keys = open_key_ring(order.key_file)

    def key() -> Key | None:
        return None if keys is None else keys.current

    database = await Database.open(order.store_url, node=order.node, gives_way=True)
    try:
        # The thread that writes is begun before this process gives way: whoever holds the store's
        # one write lock while waiting for a processor has calls wait, too.
        await database.do_write(lambda _connection: None)
        os.nice(NICENESS)
        return await Archiver(
            EventRepository(database),
            EventArchiveRepository(database),
            SystemClock(),
            node=order.node,
            folder=Path(order.folder),
            retention=timedelta(days=order.retention_days),
            key=key,
        ).run()
    finally:
        await database.close()


def main() -> int:
    """Read the order from standard input and carry it out; return the exit code."""
    order = msgspec.json.decode(sys.stdin.buffer.read(), type=ArchiveOrder)
    try:
        files = asyncio.run(carry_out(order))
    except VoicegwError as error:
        print(f"events not archived: {error}", file=sys.stderr)
        return 1
    except OSError as error:
        print(f"events not archived: {error.strerror}", file=sys.stderr)
        return 1
    print(f"{files} files of events", file=sys.stderr)
    return 0


if __name__ == "__main__":
    sys.exit(main())
