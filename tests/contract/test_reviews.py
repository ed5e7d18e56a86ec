"""Scorecards, reviews and samples in both stores."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import msgspec
import pytest

from recordings.quality import review as core
from recordings.quality.review import Person
from recordings.quality.review_service import ReviewService
from tests.contract.conftest import NOW
from tests.unit.recordings.quality.cards import make_review, make_scorecard
from voicegw.clock import SystemClock
from voicegw.errors import ConflictError, NotFoundError, PolicyError
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.call import Call, CallStatus, Direction
from voicegw.model.finding import FindingKind, Severity
from voicegw.model.recording import (
    MarkKind,
    Recording,
    RecordingKind,
    RecordingMark,
    RecordingStatus,
)
from voicegw.model.review import Review, ReviewPart, ReviewState, Sample, SampleRule
from voicegw.store import schema
from voicegw.store.audit import AuditLog
from voicegw.store.batch import BatchWriter
from voicegw.store.checks import CheckRepository
from voicegw.store.database import Database
from voicegw.store.paging import DEFAULT_LIMIT
from voicegw.store.recordings import RecordingRepository
from voicegw.store.reviews import ReviewFilter, ReviewRepository
from voicegw.store.samples import SampleRepository
from voicegw.store.scorecards import ScorecardRepository

ANN = Person("key_ann")
BEN = Person("key_ben")


@pytest.fixture
def reviews(database: Database) -> ReviewRepository:
    """The reviews."""
    return ReviewRepository(database)


async def test_a_scorecard_is_kept_versioned_and_found(database: Database) -> None:
    repository = ScorecardRepository(database)
    card = make_scorecard(external_id="revisit", group_id="grp_1")
    await repository.create(card)
    assert await repository.get(card.id) == card
    assert await repository.get_by_external_id("revisit") == card
    changed = await repository.replace(
        msgspec.structs.replace(card, name="Visit"), expected_version=1
    )
    assert (changed.version, changed.name) == (2, "Visit")
    with pytest.raises(ConflictError):
        await repository.replace(card, expected_version=1)
    with pytest.raises(NotFoundError):
        await repository.replace(msgspec.structs.replace(card, id="crd_x"), expected_version=None)
    with pytest.raises(ConflictError):
        await repository.create(make_scorecard(id="crd_2", external_id="revisit"))
    everybodys = make_scorecard(id="crd_3")
    await repository.create(everybodys)
    assert [one.id for one in (await repository.list(group_ids=["grp_2"])).items] == ["crd_3"]
    page = await repository.list(limit=1)
    assert [one.id for one in page.items] == ["crd_1"]
    rest = await repository.list(limit=1, cursor=page.next_cursor)
    assert ([one.id for one in rest.items], rest.next_cursor) == (["crd_3"], None)
    await repository.delete("crd_1")
    with pytest.raises(NotFoundError):
        await repository.delete("crd_1")


async def test_a_review_is_kept_listed_and_changed(reviews: ReviewRepository) -> None:
    first = make_review()
    second = make_review(
        id="rev_2", recording_id="rec_2", manager_id="mgr_2", created_at=NOW + timedelta(hours=1)
    )
    await reviews.add([first, second])
    assert await reviews.get("rev_1") == first
    assert [one.id for one in (await reviews.list()).items] == ["rev_2", "rev_1"]
    for wanted, expected in (
        (ReviewFilter(manager_id="mgr_2"), ["rev_2"]),
        (ReviewFilter(recording_id="rec_1"), ["rev_1"]),
        (ReviewFilter(group_ids=["grp_9"]), []),
        (ReviewFilter(state=ReviewState.FINAL), []),
        (ReviewFilter(until=NOW + timedelta(minutes=1)), ["rev_1"]),
    ):
        assert [one.id for one in (await reviews.list(wanted)).items] == expected
    changed = await reviews.change(
        "rev_1", lambda one, _: core.assign(one, ANN, "key_lead", NOW), expected_revision=1
    )
    assert await reviews.get("rev_1") == changed
    with pytest.raises(ConflictError):
        await reviews.change("rev_1", lambda one, _: one, expected_revision=1)
    with pytest.raises(NotFoundError):
        await reviews.change("rev_9", lambda one, _: one)
    assert await reviews.next_of("key_ann") == changed
    assert await reviews.next_of("key_ben") is None
    assert await reviews.waiting_for("key_ben", None) == [second]
    assert await reviews.waiting_for("key_ben", "mgr_2") == []
    assert await reviews.open_for(["rec_1", "rec_3"]) == {"rec_1"}


async def test_two_people_never_take_the_same_review_nor_one_both_of_a_pair(
    reviews: ReviewRepository,
) -> None:
    await reviews.add(
        [
            make_review(part=ReviewPart.BLIND_FIRST, sample_id="smp_1"),
            make_review(id="rev_2", part=ReviewPart.BLIND_SECOND, sample_id="smp_1"),
        ]
    )

    def take(person: Person) -> Any:
        def change(review: Review, others: Sequence[Review]) -> Review:
            if review.state is not ReviewState.OPEN:
                raise ConflictError("taken", "")
            taken = [one.reviewer for one in others if one.reviewer is not None]
            return core.assign(review, person, person.id, NOW, taken=taken)

        return change

    results = await asyncio.gather(
        *(
            reviews.change(review_id, take(person))
            for review_id in ("rev_1", "rev_2")
            for person in (ANN, BEN)
        ),
        return_exceptions=True,
    )
    won = [one for one in results if isinstance(one, Review)]
    assert {one.reviewer for one in won} == {"key_ann", "key_ben"} or len(won) == 1
    assert all(isinstance(one, Review | ConflictError | PolicyError) for one in results)
    stored = await reviews.all_of_sample("smp_1")
    taken = [one.reviewer for one in stored if one.reviewer is not None]
    assert len(taken) == len(set(taken))


async def talk(
    database: Database,
    number: int,
    *,
    direction: Direction = Direction.INBOUND,
    status: RecordingStatus = RecordingStatus.COMPLETED,
    group_id: str = "grp_1",
) -> str:
    """Write a call and its recording; return the recording's id."""
    at = NOW + timedelta(minutes=number)
    call = Call(f"call_{number}", direction, CallStatus.COMPLETED, "node", at, group_id=group_id)
    recording = Recording(
        f"rec_{number}", call.id, RecordingKind.TALK, status, "node", at, group_id=group_id,
        manager_id="mgr_1", hotline_id=f"hot_{number % 2}", duration_s=float(number * 10),
    )  # fmt: skip
    await BatchWriter(database, "node").apply_entries(
        [CallChanged(call), RecordingChanged(recording)], number
    )
    return recording.id


async def test_a_sample_is_drawn_from_completed_talks_nobody_reviewed(
    database: Database, reviews: ReviewRepository
) -> None:
    samples = SampleRepository(database)
    for number in range(1, 6):
        await talk(database, number)
    await talk(database, 6, direction=Direction.CLICK_TO_DIAL)
    await talk(database, 7, status=RecordingStatus.ABSENT)
    await talk(database, 8, group_id="grp_2")
    await reviews.add([make_review(recording_id="rec_1")])
    async with database.write() as connection:
        await connection.execute(
            schema.findings.insert(),
            {
                "id": "fnd_1", "recording_id": "rec_3", "kind": FindingKind.PHRASE_FORBIDDEN,
                "severity": Severity.MAJOR, "created_at": NOW, "document": {},
            },
        )  # fmt: skip

    async def ids(group_ids: Sequence[str] | None = None, **changes: Any) -> list[str]:
        rule = SampleRule(**({"from_": NOW, "until": NOW + timedelta(days=1)} | changes))
        return [one.recording_id for one in await samples.population(rule, group_ids)]

    assert await ids() == ["rec_2", "rec_3", "rec_4", "rec_5", "rec_6", "rec_8"]
    assert await ids(["grp_1"], direction="inbound") == ["rec_2", "rec_3", "rec_4", "rec_5"]
    assert await ids(min_duration_s=60) == ["rec_6", "rec_8"]
    assert await ids(hotline_id="hot_1") == ["rec_3", "rec_5"]
    assert await ids(until=NOW + timedelta(minutes=4)) == ["rec_2", "rec_3"]
    assert await ids(findings=[FindingKind.PHRASE_FORBIDDEN]) == ["rec_3"]
    assert await ids(severities=[Severity.MINOR]) == []


async def test_who_talked_is_known_of_each_recording(database: Database) -> None:
    samples = SampleRepository(database)
    for number in (1, 2):
        await talk(database, number)
    bridges: list[dict[str, Any]] = [
        {"manager": "mgr_0"}, {"manager": "mgr_2", "third": None}, {"manager": "mgr_0"}
    ]  # fmt: skip
    marks = [RecordingMark(MarkKind.BRIDGE, 0.0, detail=detail) for detail in bridges]
    await RecordingRepository(database).change(
        "rec_2", lambda before: msgspec.structs.replace(before, marks=marks)
    )
    found = await samples.talkers(["rec_1", "rec_2", "rec_9"])
    assert found == {"rec_1": ["mgr_1"], "rec_2": ["mgr_0", "mgr_2", "mgr_1"]}


def make_sample(**changes: Any) -> Sample:
    """A sample of one talk."""
    rule = SampleRule(NOW, NOW + timedelta(days=1), count=1, seed="s")
    sample = Sample("smp_1", "crd_1", rule, "grp_1", NOW, "key_lead", 1, "00", ["rec_1"])
    return msgspec.structs.replace(sample, **changes)


def entry(sample: Sample) -> AuditEntry:
    """What is noted of a draw."""
    return AuditEntry(
        NOW, "key_lead", "admin", AuditAction.SAMPLE_DRAWN, SubjectKind.SAMPLE, sample.id
    )


async def test_a_sample_is_kept_with_its_reviews_or_not_at_all(
    database: Database, reviews: ReviewRepository
) -> None:
    samples = SampleRepository(database)
    sample = make_sample()
    await samples.add(sample, [make_review(sample_id="smp_1")], entry(sample))
    assert await samples.get("smp_1") == sample
    assert (await samples.list(group_ids=["grp_1"])).items == [sample]
    assert (await samples.list(group_ids=["grp_2"])).items == []
    assert await samples.counts_by_manager() == {"mgr_1": 1}
    again = make_sample(id="smp_2")
    with pytest.raises(ConflictError) as caught:
        await samples.add(again, [make_review(id="rev_2", sample_id="smp_2")], entry(again))
    assert caught.value.slug == "sample-outdated"
    assert await samples.get("smp_2") is None
    assert [one.id for one in (await reviews.list()).items] == ["rev_1"]
    assert [one.subject for one in (await AuditLog(database).list()).items] == ["smp_1"]


async def test_two_samples_at_once_never_share_a_talk(database: Database) -> None:
    samples = SampleRepository(database)
    for number in (1, 2):
        await talk(database, number)

    async def draw(number: int) -> None:
        sample = make_sample(id=f"smp_{number}", recording_ids=["rec_1", "rec_2"])
        reviews = [
            make_review(id=f"rev_{number}{one}", recording_id=f"rec_{one}", sample_id=sample.id)
            for one in ((1, 2) if number % 2 else (2, 1))
        ]
        await samples.add(sample, reviews, entry(sample))

    results = await asyncio.gather(*(draw(number) for number in range(6)), return_exceptions=True)
    lost = [one for one in results if isinstance(one, ConflictError)]
    assert (len(lost), {one.slug for one in lost}) == (5, {"sample-outdated"})
    assert results.count(None) == 1


async def test_a_talk_that_was_deleted_meanwhile_is_not_reviewed(
    database: Database, reviews: ReviewRepository
) -> None:
    await talk(database, 1, status=RecordingStatus.DELETED)
    with pytest.raises(ConflictError) as caught:
        await reviews.add([make_review()])
    assert caught.value.slug == "recording-not-ready"
    assert (await reviews.list()).items == []


async def test_a_population_of_many_pages_is_read_whole(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("voicegw.store.samples._AT_ONCE", 2)
    wanted = [await talk(database, number) for number in range(1, 6)]
    rule = SampleRule(NOW, NOW + timedelta(days=1), count=1)
    found = await SampleRepository(database).population(rule, None)
    assert [one.recording_id for one in found] == wanted
    assert {(one.group_id, one.manager_id) for one in found} == {("grp_1", "mgr_1")}


async def test_the_second_half_of_a_pair_does_not_wait_for_who_has_the_first(
    reviews: ReviewRepository,
) -> None:
    pair: dict[str, Any] = {"sample_id": "smp_1", "part": ReviewPart.BLIND_SECOND}
    halves = [make_review(**pair | {"reviewer": ANN.id, "state": ReviewState.SCORED})]
    halves.append(make_review(**pair, id="rev_2"))
    await reviews.add([*halves, make_review(id="rev_3", created_at=NOW + timedelta(hours=1))])
    assert [one.id for one in await reviews.waiting_for(ANN.id, None, limit=1)] == ["rev_3"]
    assert [one.id for one in await reviews.waiting_for(BEN.id, None, limit=1)] == ["rev_2"]
    assert await reviews.waiting_for(BEN.id, None, group_ids=["grp_2"]) == []
    assert await reviews.waiting_for(BEN.id, None, sample_id="smp_2") == []


async def test_whoever_handed_many_talks_on_is_given_those_behind_them(
    database: Database, reviews: ReviewRepository
) -> None:
    service = ReviewService(
        reviews, CheckRepository(database), SystemClock(), appeal_within=timedelta(days=7)
    )
    cid = Person("key_cid", "mgr_0")
    handed_on = [
        make_review(
            id=f"rev_{number:03}",
            recording_id=f"rec_{number}",
            talkers=["mgr_0", "mgr_1"],
            # More of one moment than a page holds, then some of later ones.
            created_at=NOW + timedelta(microseconds=max(0, number - 60)),
        )
        for number in range(2 * DEFAULT_LIMIT)
    ]
    await reviews.add(handed_on)
    tried: list[str] = []

    async def take(person: Person) -> str | None:
        taken = await service.take_next(
            person, sample_id=None, group_ids=None, entry_of=lambda one: tried.append(one.id)
        )
        return None if taken is None else taken.id

    assert (await take(cid), tried) == (None, [])
    later = NOW + timedelta(hours=1)
    fitting = make_review(id="rev_0", recording_id="rec_x", talkers=["mgr_1"], created_at=later)
    await reviews.add([fitting])
    assert (await take(cid), tried) == ("rev_0", ["rev_0"])
    assert await take(ANN) == "rev_000"


async def test_what_waits_is_read_in_pages(reviews: ReviewRepository) -> None:
    ids = [f"rev_{number}" for number in range(6)]
    await reviews.add(
        [
            make_review(id=one, created_at=NOW + timedelta(microseconds=number // 4))
            for number, one in enumerate(ids)
        ]
    )
    seen: list[str] = []
    last = None
    while page := await reviews.waiting_for(BEN.id, None, limit=3, after=last):
        last = page[-1]
        seen += [one.id for one in page]
    assert seen == ids


async def test_many_are_changed_at_once_each_after_those_before(reviews: ReviewRepository) -> None:
    await reviews.add(
        [
            make_review(id="rev_1", sample_id="smp_1"),
            make_review(id="rev_2", sample_id="smp_1"),
            make_review(id="rev_3", recording_id="rec_2", sample_id="smp_1"),
        ]
    )

    def unless_taken(review: Review, others: Sequence[Review]) -> Review | None:
        if any(one.reviewer is not None for one in others):
            return None
        return core.assign(review, ANN, "key_lead", NOW)

    done = await reviews.change_many(["rev_1", "rev_2", "rev_3", "rev_9"], unless_taken)
    assert done == {"rev_1", "rev_3"}
    stored = await reviews.all_of_sample("smp_1")
    assert [one.reviewer for one in stored] == [ANN.id, None, ANN.id]


async def test_a_review_is_removed_with_an_entry_unless_refused(
    database: Database, reviews: ReviewRepository
) -> None:
    await reviews.add([make_review()])
    noted = AuditEntry(
        NOW, ANN.id, "admin", AuditAction.REVIEW_WITHDRAWN, SubjectKind.REVIEW, "rev_1"
    )

    def refuse(_review: Review) -> None:
        raise ConflictError("review-state", "")

    with pytest.raises(ConflictError):
        await reviews.remove("rev_1", refuse, expected_revision=None, entry=noted)
    with pytest.raises(ConflictError):
        await reviews.remove("rev_1", lambda _: None, expected_revision=2, entry=noted)
    await reviews.remove("rev_1", lambda _: None, expected_revision=1, entry=noted)
    assert await reviews.get("rev_1") is None
    with pytest.raises(NotFoundError):
        await reviews.remove("rev_1", lambda _: None, expected_revision=None, entry=noted)
    assert len((await AuditLog(database).list()).items) == 1
