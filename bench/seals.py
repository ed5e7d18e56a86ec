"""How fast recordings are sealed and chains are verified, on SQLite.

    python bench/seals.py [--seals 100000]

Recordings are written as a node writes them, sealed as its sealer does, and the chain with all its
records is verified, without files. Ends with exit code 1 when sealing does not keep up with five
recordings a second, or verifying 100,000 seals takes a minute or more.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from recordings.integrity.keys import KeyFolder
from recordings.integrity.sealer import Sealer
from recordings.integrity.verifier import Verifier, VerifyOptions
from recordings.storage.files import RecordingFiles
from recordings.storage.local import LocalStorage
from voicegw.clock import SystemClock
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import RecordingChanged
from voicegw.model.recording import (
    FileKind,
    MarkKind,
    Recording,
    RecordingFile,
    RecordingKind,
    RecordingMark,
    RecordingStatus,
)
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database, migrate
from voicegw.store.recordings import RecordingRepository
from voicegw.store.seals import SealRepository

NODE = "bench"
A_SECOND = 5.0
"""18,000 recordings an hour."""
VERIFY_S_A_HUNDRED_THOUSAND = 60.0
GROUP = 1000


def a_recording(number: int) -> Recording:
    """Return a recording as the finisher leaves it: three files, a few marks."""
    made_at = datetime(2026, 1, 1, tzinfo=UTC) + timedelta(seconds=number)
    digest = f"{number:064x}"
    files = [
        RecordingFile(kind, f"{number}.{kind}", "audio/flac", 9, digest, 9, digest)
        for kind in (FileKind.MASTER, FileKind.LISTENING, FileKind.PEAKS)
    ]
    marks = [RecordingMark(kind, 1.5) for kind in (MarkKind.NOTICE_HEARD, MarkKind.BRIDGE)]
    return Recording(
        id=f"rec_{number:09}",
        call_id=f"call_{number:09}",
        kind=RecordingKind.TALK,
        # Absent: their files are not looked for.
        status=RecordingStatus.ABSENT,
        node=NODE,
        created_at=made_at,
        completed_at=made_at,
        duration_s=63.4,
        files=files,
        marks=marks,
    )


async def measure(folder: Path, count: int) -> int:
    """Print the figures; return the exit code."""
    url = f"sqlite:///{folder / 'voicegw.db'}"
    await migrate(url)
    database = await Database.open(url)
    writer, seals = BatchWriter(database, NODE), SealRepository(database)
    for start in range(0, count, GROUP):
        numbers = range(start, min(start + GROUP, count))
        await writer.apply_entries(
            [RecordingChanged(a_recording(number)) for number in numbers], start + 1
        )
    print(f"{count:,} recordings written")
    clock = SystemClock()
    sealer = Sealer(seals, KeyFolder(folder / "keys"), NODE, clock, EventFactory(clock))
    began_s, cpu_s = time.perf_counter(), time.process_time()
    await sealer.seal_all()
    await sealer.sign_head()
    sealing_s, sealing_cpu_s = time.perf_counter() - began_s, time.process_time() - cpu_s
    rate = count / sealing_s
    print(
        f"sealed in {sealing_s:.1f} s: {rate:,.0f}/s, {1e3 * sealing_cpu_s / count:.2f} ms CPU each"
    )
    files = RecordingFiles(LocalStorage(folder / "recordings"))
    verifier = Verifier(seals, RecordingRepository(database), files, VerifyOptions())
    began_s = time.perf_counter()
    report = await verifier.run()
    verifying_s = time.perf_counter() - began_s
    print(f"verified {report.seals[NODE]:,} seals and their records in {verifying_s:.1f} s")
    await database.close()
    limit_s = VERIFY_S_A_HUNDRED_THOUSAND * max(count / 100_000, 0.1)
    is_right = not report.findings and report.seals == {NODE: count}
    return 0 if is_right and rate >= A_SECOND and verifying_s < limit_s else 1


def main() -> int:
    """Measure; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seals", type=int, default=100_000)
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        return asyncio.run(measure(Path(folder), options.seals))


if __name__ == "__main__":
    sys.exit(main())
