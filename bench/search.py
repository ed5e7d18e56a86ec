"""How long a search in transcripts takes, on both databases.

    python bench/search.py [--transcripts N] [--characters N] [--queries N] [--only DIALECT]

Fills a store with transcripts whose characters are as unequally frequent as in Chinese (Zipf), then
searches for terms of 2 to 4 characters, half of them words of the texts, common and rare, half of
them characters that never stood together, and prints how long that took through the repository that
the API uses. PostgreSQL's index is built when all but the last transcripts are there, as after a
restore: one by one, the random places of an index larger than its buffers take hours. Printed is
also what one more transcript costs then, and the CPU of program and server a search, which other
work on the machine moves less. Exit code 1 when the 95th percentile of a database is 200 ms or
more.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Final

import asyncpg
import sqlalchemy as sa

from tests.parts.postgres import PostgresMissingError, PostgresServer
from voicegw.model.ids import IdKind, new_id
from voicegw.model.recording import Channel, Recording, RecordingKind, RecordingStatus
from voicegw.model.transcript import Segment, Transcript, TranscriptStatus
from voicegw.store import schema
from voicegw.store.database import Database, migrate
from voicegw.store.search import RecordingSearch

TARGET_P95_MS: Final = 200.0
_CHARACTERS: Final = [chr(0x4E00 + place) for place in range(3000)]
_WEIGHTS: Final = [1 / (place + 10) for place in range(3000)]
_SEGMENT: Final = 20
_ROWS: Final = 500
_TOLD: Final = 10_000
_INDEX: Final = "ix_transcripts_grams"
_AFTER: Final = 200
"""So many transcripts are written once the index is there."""
_BEGIN: Final = datetime(2026, 1, 1, tzinfo=UTC)


def _texts(count: int, characters: int, rng: random.Random) -> Iterator[str]:
    words = ["".join(rng.choices(_CHARACTERS, _WEIGHTS, k=rng.choice((2, 2, 2, 3, 4))))
             for _ in range(20_000)]  # fmt: skip
    weights = [1 / (place + 10) for place in range(len(words))]
    pool = rng.choices(words, weights, k=500_000)
    for _ in range(count):
        start = rng.randrange(len(pool) - characters)
        yield "".join(pool[start : start + characters])[:characters]


def _rows(number: int, text: str) -> tuple[dict[str, Any], dict[str, Any]]:
    created_at = _BEGIN + timedelta(minutes=number)
    call_id = new_id(IdKind.CALL)
    recording = Recording(
        new_id(IdKind.RECORDING), call_id, RecordingKind.TALK, RecordingStatus.COMPLETED, "bench",
        created_at, group_id=f"grp_{number % 50}", manager_id=f"mgr_{number % 500}",
    )  # fmt: skip
    segments = [
        Segment(Channel.CUSTOMER, at * 0.3, (at + _SEGMENT) * 0.3, text[at : at + _SEGMENT])
        for at in range(0, len(text), _SEGMENT)
    ]
    transcript = Transcript(
        recording.id, call_id, TranscriptStatus.COMPLETED, created_at, segments=segments
    )
    common = {"call_id": call_id, "created_at": created_at, "group_id": recording.group_id,
              "manager_id": recording.manager_id}  # fmt: skip
    return (
        common
        | {"id": recording.id, "kind": "talk", "status": "completed", "node": "bench",
           "document": recording},
        common
        | {"recording_id": recording.id, "status": "completed", "text": transcript.search_text(),
           "document": transcript},
    )  # fmt: skip


async def _fill(
    database: Database, texts: list[str], *, begin: int = 0, at_once: int = _ROWS
) -> float:
    """Write the texts from number `begin` on, `at_once` a transaction; return the seconds."""
    began = time.monotonic()
    for start in range(begin, len(texts), at_once):
        rows = [_rows(start + at, text) for at, text in enumerate(texts[start : start + at_once])]

        def write(connection: sa.Connection, rows: Any = rows) -> None:
            connection.execute(schema.recordings.insert(), [row[0] for row in rows])
            connection.execute(schema.transcripts.insert(), [row[1] for row in rows])

        async with database.write() as connection:
            if database.dialect == "postgresql":
                # Nobody else looks, and the usual bound on a statement is for calls.
                await connection.execute(sa.text("SET LOCAL synchronous_commit = off"))
            await connection.run_sync(write)
        if (start + len(rows)) % _TOLD == 0:
            _tell(f"{start + len(rows)} transcripts: {time.monotonic() - began:.0f} s")
    return time.monotonic() - began


def _terms(texts: list[str], count: int, rng: random.Random) -> list[str]:
    terms = []
    for number in range(count):
        length = rng.choice((2, 3, 4))
        if number % 2:
            text = rng.choice(texts)
            start = rng.randrange(len(text) - length)
            terms.append(text[start : start + length])
        else:
            terms.append("".join(rng.choices(_CHARACTERS, k=length)))
    return terms


def _tell(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


async def _build_index(url: str) -> float:
    """Build the index of a filled PostgreSQL; return the seconds."""
    began = time.monotonic()
    connection = await asyncpg.connect(url)
    try:
        await connection.execute("SET maintenance_work_mem = '1GB'")
        for statement in (
            f"REINDEX INDEX {_INDEX}",
            "VACUUM ANALYZE recordings",
            "VACUUM ANALYZE transcripts",
        ):
            await connection.execute(statement)
            _tell(f"{statement}: {time.monotonic() - began:.0f} s")
    finally:
        await connection.close()
    return time.monotonic() - began


async def _put_index_off(url: str) -> None:
    """Have PostgreSQL write rows without their place in the index until it is built."""
    connection = await asyncpg.connect(url)
    try:
        await connection.execute(
            "UPDATE pg_index SET indisready = false, indisvalid = false "
            f"WHERE indexrelid = '{_INDEX}'::regclass"
        )
    finally:
        await connection.close()


def _cpu_ms(server: PostgresServer | None) -> float:
    """Return the CPU that this program and the server's processes have used."""
    used_ms = time.process_time() * 1000
    for pid in [] if server is None else server.backends():
        with suppress(OSError):
            used_ms += int(Path(f"/proc/{pid}/schedstat").read_text().split()[0]) / 1e6
    return used_ms


async def _measure(
    url: str, texts: list[str], terms: list[str], server: PostgresServer | None = None
) -> bool:
    await migrate(url)
    database = await Database.open(url)
    is_postgresql = database.dialect == "postgresql"
    try:
        if is_postgresql:
            await _put_index_off(url)
        filled_s = await _fill(database, texts[:-_AFTER])
        built_s = await _build_index(url) if is_postgresql else 0.0
        each_s = await _fill(database, texts, begin=len(texts) - _AFTER, at_once=1) / _AFTER
        search = RecordingSearch(database)
        for term in terms[:5]:
            await search.find((term,))
        took_ms, cpu_ms, hits = [], [], 0
        for term in terms:
            used_ms, began = _cpu_ms(server), time.perf_counter()
            page = await search.find((term,))
            took_ms.append((time.perf_counter() - began) * 1000)
            cpu_ms.append(_cpu_ms(server) - used_ms)
            hits += bool(page.items)
    finally:
        await database.close()
    cuts, spent = (statistics.quantiles(one, n=100) for one in (took_ms, cpu_ms))
    print(
        f"{database.dialect}: {len(texts)} transcripts of {len(texts[0])} characters, filled in "
        f"{filled_s:.0f} s, index built in {built_s:.0f} s, one more {each_s * 1000:.1f} ms; "
        f"{len(terms)} terms, {hits} found: p50 {cuts[49]:.1f} ms, "
        f"p95 {cuts[94]:.1f} ms, max {max(took_ms):.1f} ms; of CPU p50 {spent[49]:.1f} ms, "
        f"p95 {spent[94]:.1f} ms"
    )
    return cuts[94] < TARGET_P95_MS


def main() -> int:
    """Measure both databases; return the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--transcripts", type=int, default=100_000)
    parser.add_argument("--characters", type=int, default=1000)
    parser.add_argument("--queries", type=int, default=200)
    parser.add_argument("--only", choices=["sqlite", "postgresql"])
    asked = parser.parse_args()
    rng = random.Random(1)
    texts = list(_texts(asked.transcripts, asked.characters, rng))
    terms = _terms(texts, asked.queries, rng)
    reached = []
    if asked.only != "postgresql":
        with tempfile.TemporaryDirectory() as folder:
            url = f"sqlite:///{Path(folder)}/voicegw.db"
            reached.append(asyncio.run(_measure(url, texts, terms)))
    if asked.only != "sqlite":
        try:
            server = PostgresServer()
        except PostgresMissingError as error:
            print(f"postgresql: not measured: {error}")
            return 0 if all(reached) and asked.only is None else 1
        try:
            server.start()
            url = server.create_database("bench")
            reached.append(asyncio.run(_measure(url, texts, terms, server)))
            server.stop()
        finally:
            server.remove()
    return 0 if all(reached) else 1


if __name__ == "__main__":
    sys.exit(main())
