"""Recordings by what was said in them, and by everything else, on both databases."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa

from tests.contract.conftest import NOW
from tests.contract.records import a_call, a_recording
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.finding import FindingKind, Severity
from voicegw.model.recording import Channel, RecordingStatus
from voicegw.model.search_text import search_terms
from voicegw.model.transcript import Segment, Transcript, TranscriptStatus
from voicegw.store import schema
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.recordings import RecordingFilter, RecordingRepository
from voicegw.store.search import MAX_MATCHES, RecordingSearch

#: 0: the index alone; the other: the walk alone, for so few recordings.
WAYS = pytest.mark.parametrize("walk", [0, 2000], ids=["index", "walk"])


def said(*texts: str) -> list[Segment]:
    """Return what the customer said, a segment a second."""
    return [
        Segment(Channel.CUSTOMER, float(second), second + 0.9, text)
        for second, text in enumerate(texts)
    ]


async def add(database: Database, key: str, *texts: str, age_s: float = 0, **call: Any) -> None:
    """Add a recording of a call with its transcript."""
    the_call = a_call(key, age_s=age_s, ended=True, **call)
    recording = a_recording(key, the_call.id, RecordingStatus.COMPLETED, the_call.created_at)
    recording.group_id = the_call.group_id
    await BatchWriter(database, "node-1").apply_entries(
        [CallChanged(the_call, []), RecordingChanged(recording)], 1
    )
    transcript = Transcript(
        recording.id, the_call.id, TranscriptStatus.COMPLETED, NOW, segments=said(*texts)
    )
    async with database.write() as connection:
        await connection.execute(schema.transcripts.insert(), transcript_row(transcript))


def transcript_row(transcript: Transcript) -> dict[str, Any]:
    """Return the row of a transcript."""
    return {
        "recording_id": transcript.recording_id,
        "call_id": transcript.call_id,
        "status": transcript.status,
        "created_at": transcript.created_at,
        "text": transcript.search_text(),
        "document": transcript,
    }


async def found(database: Database, query: str, walk: int, **wanted: Any) -> list[str]:
    """Return the keys of the recordings that a query finds."""
    search = RecordingSearch(database, walk=walk)
    page = await search.find(search_terms(query), RecordingFilter(**wanted))
    return [one.id.removeprefix("rec_") for one in page.items]


@WAYS
async def test_any_part_of_a_text_is_found(database: Database, walk: int) -> None:
    await add(database, "old", "我们保证收益", "十五天", age_s=10)
    await add(database, "new", "不保证", "收益是ＡＢＣ Plan-B", age_s=5)
    for query, keys in (
        ("保证", ["new", "old"]),
        ("保证收益", ["old"]),
        ("证", ["new", "old"]),
        ("益", ["new", "old"]),
        ("天", ["old"]),
        ("五天", ["old"]),
        ("十五天", ["old"]),
        ("收益 保证", ["new", "old"]),
        ("不保 益", ["new"]),
        ("不保 益 天", []),
        ("abc plan", ["new"]),
        ("plan-b", ["new"]),
        ("-b", ["new"]),
        ("b", ["new"]),
        ("益十", []),
        ('"', []),
        ("%", []),
        ("_", []),
        ("没有", []),
    ):
        assert await found(database, query, walk) == keys, query


@WAYS
async def test_it_finds_what_a_look_at_every_text_finds(database: Database, walk: int) -> None:
    rng = random.Random(7)
    alphabet = "甲乙丙丁 ab\n😀"
    texts = {
        f"{number:02}": "".join(rng.choices(alphabet, k=rng.randrange(0, 30)))
        for number in range(40)
    }
    for key, text in texts.items():
        await add(database, key, *text.split("\n"), age_s=100 - int(key))
    for _ in range(60):
        query = "".join(rng.choices(alphabet[:8] + "😀", k=rng.randrange(1, 5))).strip()
        terms = search_terms(query)
        if not terms:
            continue
        stored = {key: "\n".join(search_line(line) for line in text.split("\n"))
                  for key, text in texts.items()}  # fmt: skip
        expected = [
            key for key in sorted(texts, reverse=True) if all(term in stored[key] for term in terms)
        ]
        assert await found(database, query, walk) == expected, query


def search_line(line: str) -> str:
    """Return a line of a text as it is searched."""
    return " ".join(line.split())


@WAYS
async def test_what_is_changed_and_deleted_is_found_no_more(database: Database, walk: int) -> None:
    await add(database, "1", "保证收益")
    column = schema.transcripts.c
    async with database.write() as connection:
        await connection.execute(
            schema.transcripts.update().where(column.recording_id == "rec_1").values(text="退保")
        )
    assert await found(database, "保证", walk) == []
    assert await found(database, "退保", walk) == ["1"]
    async with database.write() as connection:
        await connection.execute(schema.transcripts.update().values(status="running"))
    assert await found(database, "退保", walk) == ["1"]
    async with database.write() as connection:
        await connection.execute(schema.transcripts.delete())
    assert await found(database, "退保", walk) == []
    if database.dialect == "sqlite":
        async with database.read() as connection:
            left = await connection.execute(sa.text("SELECT count(*) FROM transcript_terms"))
            assert left.scalar_one() == 0


@WAYS
async def test_the_segments_that_hold_a_term_come_with_it(database: Database, walk: int) -> None:
    await add(database, "1", "您好", "保证", "收益", *["保证"] * 9)
    page = await RecordingSearch(database, walk=walk).find(search_terms("保证 收益"))
    matches = page.items[0].matches
    assert [(one.start_s, one.text) for one in matches[:2]] == [(1.0, "保证"), (2.0, "收益")]
    assert len(matches) == MAX_MATCHES


@WAYS
async def test_pages_and_the_other_filters(database: Database, walk: int) -> None:
    for number in range(7):
        await add(database, f"{number}", "保证", age_s=number, group_id=f"grp_{number % 2}")
    search, cursor, seen = RecordingSearch(database, walk=walk), None, []
    while True:
        page = await search.find(("保证",), limit=3, cursor=cursor)
        seen += [one.id for one in page.items]
        cursor = page.next_cursor
        if cursor is None:
            break
    assert seen == [f"rec_{number}" for number in range(7)]
    assert await found(database, "保证", walk, group_ids=["grp_1"]) == ["1", "3", "5"]
    assert await found(database, "保证", walk, until=NOW - timedelta(seconds=5)) == ["6"]


async def test_a_page_is_filled_from_both_ways(database: Database) -> None:
    for number in range(10):
        await add(database, f"{number}", "保证" if number in {0, 8} else "您好", age_s=number)
    assert await found(database, "保证", 3) == ["0", "8"]
    assert await found(database, "没有", 3) == []


async def test_filters_by_number_finding_score_and_transcript(database: Database) -> None:
    await add(database, "0", "您好", customer_number="+8613700137000")
    await add(database, "1", "您好", age_s=1)
    await add(database, "2", "您好", age_s=2)
    async with database.write() as connection:
        for key, kind, severity in (
            ("0", FindingKind.PHRASE_FORBIDDEN, Severity.CRITICAL),
            ("0", FindingKind.STATEMENT_SAID, Severity.INFO),
            ("1", FindingKind.PHRASE_FORBIDDEN, Severity.MINOR),
        ):
            await connection.execute(schema.findings.insert(), _finding(key, kind, severity))
        for key, score in (("0", 55.0), ("1", 100.0), ("2", None)):
            await connection.execute(schema.quality_results.insert(), _result(key, score))
        await connection.execute(
            schema.transcripts.update()
            .where(schema.transcripts.c.recording_id == "rec_2")
            .values(status=TranscriptStatus.FAILED)
        )
    repository = RecordingRepository(database)
    forbidden = FindingKind.PHRASE_FORBIDDEN
    for wanted, keys in (
        ({"number": "+8613700137000"}, ["0"]),
        ({"number": "+8613700137001"}, []),
        ({"finding": forbidden}, ["0", "1"]),
        ({"finding": forbidden, "severity": Severity.MAJOR}, ["0"]),
        ({"severity": Severity.INFO}, ["0", "1"]),
        ({"finding": FindingKind.MEASURE}, []),
        ({"min_score": 55.0}, ["0", "1"]),
        ({"max_score": 99.5}, ["0"]),
        ({"min_score": 56.0, "max_score": 99.0}, []),
        ({"has_transcript": True}, ["0", "1"]),
        ({"has_transcript": False}, ["2"]),
        ({"ids": ["rec_2", "rec_0"]}, ["0", "2"]),
        ({"ids": []}, []),
    ):
        page = await repository.list(RecordingFilter(**wanted))
        assert [one.id.removeprefix("rec_") for one in page.items] == keys, wanted


def _finding(key: str, kind: FindingKind, severity: Severity) -> dict[str, Any]:
    return {
        "id": f"fnd_{key}_{kind}",
        "recording_id": f"rec_{key}",
        "kind": kind,
        "severity": severity,
        "created_at": NOW,
        "document": {},
    }


def _result(key: str, score: float | None) -> dict[str, Any]:
    return {
        "recording_id": f"rec_{key}",
        "call_id": f"call_{key}",
        "created_at": NOW,
        "score": score,
        "document": {},
    }


async def test_no_statistics_are_gathered_of_what_the_index_computes(database: Database) -> None:
    """They would cost a minute of CPU whenever the table is analysed."""
    if database.dialect != "postgresql":
        return
    query = sa.text(
        "SELECT attstattarget FROM pg_attribute "
        "WHERE attrelid = 'ix_transcripts_grams'::regclass AND attnum = 1"
    )
    async with database.read() as connection:
        assert (await connection.execute(query)).scalar_one() == 0
