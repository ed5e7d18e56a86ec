"""Reports tell what a separate program counts from `/calls`, `/tasks` and `/events` alone.

Random histories: several time zones, midnights and changed clocks, calls that go on past midnight,
what comes late, tasks that go to others, days summed at any moment in between.
"""

from __future__ import annotations

import asyncio
import importlib.util
import random
import shutil
import tempfile
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from functools import partial
from pathlib import Path
from types import ModuleType
from typing import Any, Final

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.parts.postgres import PostgresServer
from tests.unit.api.conftest import World, make_world
from voicegw.clock import SystemClock
from voicegw.journal.entries import CallChanged, RecordingChanged
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.call import (
    AnsweredBy,
    Call,
    CallOutcome,
    CallStatus,
    Direction,
    Leg,
    LegReason,
    LegRole,
    final_status,
)
from voicegw.model.directory import Group, Manager
from voicegw.model.finding import Finding, FindingKind, QualityResult, Severity
from voicegw.model.recording import Recording, RecordingKind, RecordingRef, RecordingStatus
from voicegw.model.review import (
    AppealDecision,
    Review,
    ReviewPart,
    ReviewState,
    ReviewTotal,
    Scorecard,
)
from voicegw.model.survey import Disposition, DispositionSource, SurveyAnswer
from voicegw.model.task import (
    Attempt,
    Task,
    TaskResult,
    TaskState,
    TaskType,
)
from voicegw.model.work import WorkKind
from voicegw.reports.rollup import Rollup
from voicegw.store.groups import GroupRepository
from voicegw.store.report_facts import ReportFacts
from voicegw.store.report_rollups import RollupRepository
from voicegw.store.schema import metadata

ROOT = Path(__file__).parents[2]
FROM: Final = date(2026, 3, 4)
UNTIL: Final = date(2026, 4, 7)
BEGIN: Final = datetime(2026, 3, 3, tzinfo=UTC)
HOURS: Final = 24 * 36
#: New York puts its clocks forward on 8 March; Kathmandu is a quarter of an hour from everybody.
ZONES: Final = ("Asia/Shanghai", "America/New_York", "Asia/Kathmandu")
GROUPS: Final = ("grp_a", "grp_b", "grp_c", None)
MANAGERS: Final = {"grp_a": ("mgr_1", "mgr_2"), "grp_b": ("mgr_3",), "grp_c": ("mgr_4",)}
BY: Final[tuple[list[str], ...]] = (
    [],
    ["day"],
    ["week"],
    ["month"],
    ["day", "manager"],
    ["month", "group", "manager"],
    ["group"],
)


def load_recount() -> ModuleType:
    """Return the program, which is no part of the package."""
    spec = importlib.util.spec_from_file_location("recount", ROOT / "bench" / "recount.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


recount = load_recount()


class History:
    """A random history, written as nodes, people and checks would, in an order of its own."""

    def __init__(self, world: World, seed: int) -> None:
        self.world = world
        self.random = random.Random(seed)
        self.calls: list[Call] = []
        self.recordings: dict[str, Recording] = {}
        self.reviews: list[str] = []
        self.tasks: list[str] = []
        self.rollup = Rollup(
            RollupRepository(world.database),
            ReportFacts(world.database),
            GroupRepository(world.database),
            SystemClock(),
            owner="test",
            timezone="Asia/Shanghai",
        )

    async def populate(self) -> None:
        """Make groups in several time zones, and their managers."""
        directory = self.world.services.repositories.directory
        for group_id, zone in zip(GROUPS, ZONES, strict=False):
            assert group_id is not None
            await directory.groups.create(Group(group_id, group_id, timezone=zone))
            for manager_id in MANAGERS[group_id]:
                await directory.managers.create(Manager(manager_id, manager_id, group_id))

    def moment(self) -> datetime:
        """Return a moment, rather near to some midnight than not."""
        at = BEGIN + timedelta(hours=self.random.randrange(HOURS))
        near = self.random.choice([-1, 0, 1]) * self.random.choice([1, 1_000_000, 600_000_000])
        return at + timedelta(microseconds=near)

    def somebody(self) -> dict[str, Any]:
        """Return whose a call or task is."""
        group_id = self.random.choice(GROUPS)
        managers = MANAGERS.get(group_id or "", ())
        number = self.random.choice([None, "+8613800000001", "+8613800000002", "+8613800000003"])
        return {
            "group_id": group_id,
            "manager_id": self.random.choice([*managers, None]),
            "hotline_id": self.random.choice(["hot_1", "hot_2", None]),
            "customer_id": self.random.choice([None, "cus_1", "cus_2"]),
            "customer_number": number,
        }

    def call(self) -> tuple[Call, Recording | None]:
        """Return a call that is over, or still rings."""
        key = f"{len(self.calls):04d}"
        at = self.moment()
        whose = self.somebody()
        outcome = self.random.choice([*CallOutcome, *[CallOutcome.CONNECTED] * 20, None])
        in_vain = [one for one in self.calls if one.bridged_at is None]
        if in_vain and self.random.random() < 0.5:
            # Somebody calls, or is called, back: at the last moment that counts, or just after.
            earlier = self.random.choice(in_vain)
            at = earlier.created_at + timedelta(
                hours=self.random.choice([1, 24, 24, 168, 168]),
                microseconds=self.random.choice([0, 0, 1]),
            )
            whose |= {
                "customer_id": earlier.customer_id,
                "customer_number": earlier.customer_number,
            }
            outcome = CallOutcome.CONNECTED
        talked = outcome is CallOutcome.CONNECTED
        ended = at + timedelta(milliseconds=self.random.choice([1, 20_000, 4_000_000, 90_000_000]))
        rings = at + timedelta(milliseconds=self.random.choice([0, 999, 1000, 1001, 20_000]))
        call = Call(
            id=f"call_{key}",
            direction=self.random.choice(list(Direction)),
            status=CallStatus.RINGING if outcome is None else final_status(outcome),
            outcome=outcome,
            node="node-1",
            created_at=at,
            sequence=1,
            ringing_at=self.random.choice([None, rings]),
            bridged_at=rings + timedelta(seconds=self.random.choice([0, 3, 20, 400]))
            if talked
            else None,
            ended_at=ended,
            talk_s=self.random.choice([None, 0.4, 10.0, 61.234, 5000.0]) if talked else None,
            legs=self.legs(at, talked=talked),
            survey=self.survey(ended),
            **whose,
        )
        if not talked or self.random.random() < 0.5:
            return call, None
        recording = Recording(
            id=f"rec_{key}",
            call_id=call.id,
            kind=RecordingKind.TALK,
            status=RecordingStatus.COMPLETED,
            node="node-1",
            created_at=at,
            group_id=call.group_id,
            manager_id=call.manager_id,
        )
        call.recordings = [RecordingRef(recording.id, recording.kind, recording.status)]
        call.recording_id = recording.id
        return call, recording

    def legs(self, at: datetime, *, talked: bool) -> list[Leg]:
        """Return legs: a customer's may be answered by a person, a machine or nobody."""
        answered = talked or self.random.random() < 0.1
        customer = Leg(
            "leg_1",
            LegRole.CUSTOMER,
            started_at=self.random.choice([at, at, at, None]),
            answered_at=at if answered else None,
            answered_by=self.random.choice([None, *AnsweredBy]) if answered else None,
            reason=self.random.choice([None, *LegReason]) if not answered else None,
        )
        return [Leg("leg_0", LegRole.MANAGER, started_at=at), customer]

    def survey(self, at: datetime) -> list[SurveyAnswer]:
        """Return what a customer has answered, if asked."""
        if self.random.random() < 0.6:
            return []
        keys = (self.random.choice([*"12345", None]), self.random.choice(["1", "2", None]))
        return [
            SurveyAnswer("satisfaction_and_solved", question, key, at)
            for question, key in zip(("satisfaction", "solved"), keys, strict=True)
        ]

    async def ring(self) -> None:
        """Have some calls end at once."""
        entries: list[CallChanged | RecordingChanged] = []
        for _ in range(self.random.randrange(1, 12)):
            call, recording = self.call()
            self.calls.append(call)
            entries.append(CallChanged(call))
            if recording is not None:
                self.recordings[call.id] = recording
                entries.append(RecordingChanged(recording))
        await self.world.write(*entries)

    async def tell(self) -> None:
        """Tell what came of a talk, late."""
        call = self.one_over()
        if call is not None:
            at = (call.ended_at or call.created_at) + timedelta(
                seconds=self.random.choice([-5, 0, 60, 301, 90_000])
            )
            source = self.random.choice(list(DispositionSource))
            told = Disposition(f"code-{self.random.randrange(3)}", source, "key_1", at)
            await self.world.services.repositories.calls.dispose(call.id, told)
            call.disposition = told

    async def classify(self) -> None:
        """Learn who has answered, long after the call; or write the same call again."""
        call = self.one_over()
        if call is not None:
            leg = call.legs[1]
            leg.answered_by = leg.answered_by and self.random.choice(list(AnsweredBy))
            await self.world.write(CallChanged(call))

    async def check(self) -> None:
        """Check a recording."""
        if not self.recordings:
            return
        recording = self.random.choice(list(self.recordings.values()))
        repositories = self.world.services.repositories
        now = datetime.now(UTC)
        await repositories.work.put(WorkKind.CHECK, recording.id, now)
        await repositories.work.again(WorkKind.CHECK, recording.id, now)
        item = await repositories.work.lease([WorkKind.CHECK], now, 60.0)
        assert item is not None
        result = QualityResult(
            recording.id,
            recording.call_id,
            recording.created_at,
            group_id=recording.group_id,
            manager_id=recording.manager_id,
            score=self.random.choice([None, 100.0, 66.6666666]),
        )
        event = self.world_events().quality(result)
        findings = [
            Finding(
                f"fnd_{recording.id}_{number}_{now.timestamp()}",
                recording.id,
                recording.call_id,
                self.random.choice(list(FindingKind)),
                Severity.MINOR,
                now,
                group_id=recording.group_id,
            )
            for number in range(self.random.choice([0, 0, 1, 4]))
        ]
        assert await repositories.checks.conclude(item, result, findings, event, now)

    async def review(self) -> None:
        """Have a talk reviewed, by one or by two who don't see each other's points."""
        if not self.recordings:
            return
        recording = self.random.choice(list(self.recordings.values()))
        made = len(self.reviews)
        blind = [ReviewPart.BLIND_FIRST, ReviewPart.BLIND_SECOND]
        one = a_review(f"rev_{made:04d}", recording)
        reviews = self.random.choice(
            [
                [one],
                [
                    msgspec.structs.replace(
                        one, id=f"{one.id}_{part}", part=part, sample_id=f"smp_{made}"
                    )
                    for part in self.random.choice([blind, [*blind, ReviewPart.ARBITRATION]])
                ],
            ]
        )
        await self.world.services.repositories.reviews.add(reviews)
        self.reviews += [review.id for review in reviews]

    async def judge(self) -> None:
        """Have something become of a review: points, an appeal, what is decided; or its end."""
        if not self.reviews:
            return
        review_id = self.random.choice(self.reviews)
        repository = self.world.services.repositories.reviews
        if self.random.random() < 0.1:
            self.reviews.remove(review_id)
            entry = AuditEntry(
                datetime.now(UTC),
                "key_1",
                "admin",
                AuditAction.REVIEW_WITHDRAWN,
                SubjectKind.REVIEW,
                review_id,
            )
            await repository.remove(review_id, lambda _: None, expected_revision=None, entry=entry)
            return
        await repository.change(review_id, lambda review, _: self.judged(review))

    def judged(self, review: Review) -> Review:
        """Return what a review may be next."""
        at = self.moment()
        share = self.random.choice([0.0, 0.33333, 0.85, 1.0])
        total = ReviewTotal(share * 100, 100.0, share, passed=share > 0.5)
        if review.scored_at is None:
            # Points that were given before all were, are nobody's yet.
            state = self.random.choice([ReviewState.IN_PROGRESS, *[ReviewState.SCORED] * 2])
            scored_at = at if state is ReviewState.SCORED else None
            return msgspec.structs.replace(review, state=state, total=total, scored_at=scored_at)
        if review.state is not ReviewState.APPEALED:
            return msgspec.structs.replace(review, state=ReviewState.APPEALED)
        upheld = self.random.random() < 0.5
        return msgspec.structs.replace(
            review,
            state=ReviewState.DECIDED,
            total=total if upheld else review.total,
            decision=AppealDecision("key_1", at, upheld=upheld, text="heard again"),
        )

    def world_events(self) -> Any:
        """Return what builds events."""
        from voicegw.events.factory import EventFactory  # noqa: PLC0415 - one use

        return EventFactory(SystemClock())

    async def give(self) -> None:
        """Have a task made."""
        about = self.somebody()
        own = self.random.random() < 0.3
        task = Task(
            id=f"tsk_{len(self.tasks):04d}",
            type=TaskType.OWN if own else self.random.choice([TaskType.REVISIT, TaskType.SURVEY]),
            own_type="birthday" if own else None,
            created_at=self.moment(),
            due_at=self.random.choice([None, self.moment()]),
            requested_at=self.random.choice([None, self.moment()]),
            **about,
        )
        await self.world.services.repositories.task_changes.create(task)
        self.tasks.append(task.id)

    async def work(self) -> None:
        """Have something become of a task."""
        if not self.tasks:
            return
        at = self.moment()
        task_id = self.random.choice(self.tasks)
        result = TaskResult("done", self.random.choice(["gateway", "key_1"]), at)
        whose = self.somebody()
        changes: list[dict[str, Any]] = [
            {"state": TaskState.DONE, "closed_at": at, "result": result},
            {"state": TaskState.CANCELLED, "closed_at": at, "result": result},
            {"state": TaskState.OVERDUE, "overdue_at": at},
            {"state": TaskState.NEW, "closed_at": None},
            {"contacted_at": at},
            {"attempts": [Attempt("call_1", at), Attempt("call_2", at)]},
            {"manager_id": whose["manager_id"]},
            {"manager_id": whose["manager_id"], "group_id": whose["group_id"]},
        ]
        how = partial(_with, changes=self.random.choice(changes))
        await self.world.services.repositories.task_changes.change(task_id, how, at)

    async def move(self) -> None:
        """Have a group live in another time zone."""
        groups = self.world.services.repositories.directory.groups
        group = await groups.get("grp_b")
        assert group is not None
        zone = self.random.choice(ZONES)
        await groups.update(msgspec.structs.replace(group, timezone=zone))

    async def sum(self) -> None:
        """Have some of what is written summed, and sometimes be broken off."""
        await self.rollup.round()

    def one_over(self) -> Call | None:
        """Return a call that is over, if there is one."""
        over = [call for call in self.calls if call.outcome is not None]
        return self.random.choice(over) if over else None

    async def live(self, steps: int) -> None:
        """Do so many things in random order."""
        does = [self.ring] * 3 + [self.tell] * 4 + [self.classify] * 2 + [self.check] * 2
        does += [self.give] * 4 + [self.work] * 5 + [self.move, self.sum, self.sum]
        does += [self.review] + [self.judge] * 4
        for _ in range(steps):
            await self.random.choice(does)()
        while await self.rollup.round():
            pass


def a_review(review_id: str, recording: Recording) -> Review:
    """Return an open review of a talk."""
    return Review(
        id=review_id,
        recording_id=recording.id,
        call_id=recording.call_id,
        scorecard=Scorecard("scd_1", "Talks", []),
        created_at=recording.created_at,
        created_by="key_1",
        group_id=recording.group_id,
        manager_id=recording.manager_id,
    )


def _with(task: Task, changes: dict[str, Any]) -> Task:
    return msgspec.structs.replace(task, **changes)


async def differences(url: str, folder: Path, seed: int, steps: int) -> tuple[list[str], int]:
    """Return what reports of a random history tell wrong, and how many rows they had."""
    async with make_world(folder, url) as world:
        history = History(world, seed)
        await history.populate()
        await history.live(steps)
        key = await world.key()
        loop = asyncio.get_running_loop()

        def get(path: str, query: dict[str, Any]) -> dict[str, Any]:
            asked = world.client.get(path, params=query, headers=key)
            answer = asyncio.run_coroutine_threadsafe(asked, loop).result()
            assert answer.status_code == 200, answer.text
            found: dict[str, Any] = answer.json()
            return found

        def compare() -> tuple[list[str], int]:
            counted = recount.Recount(get, FROM, UNTIL, "Asia/Shanghai")
            found: list[str] = []
            rows = 0
            for kind in recount.REPORTS:
                by = history.random.choice(BY)
                by = [one for one in by if not (kind == "hotlines" and one == "manager")]
                span = {"from": str(FROM), "until": str(UNTIL), "by": by}
                report = get(f"/v1/reports/{kind}", span)
                assert report["as_of"] is not None
                rows += len(report["rows"])
                found += counted.differences(report)
            return found, rows

        return await asyncio.to_thread(compare)


@pytest.fixture(params=["sqlite", "postgresql"])
def empty(request: pytest.FixtureRequest, tmp_path: Path) -> Callable[[], str]:
    """What returns the URL of an empty store, each time it is called."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")

        def copied() -> str:
            file = Path(tempfile.mkdtemp(dir=tmp_path)) / "voicegw.db"
            shutil.copy(template, file)
            return f"sqlite:///{file}"

        return copied
    url: str = request.getfixturevalue("postgres_url")
    server: PostgresServer = request.getfixturevalue("postgres")

    def emptied() -> str:
        kept = {"directory_state"}
        names = [table.name for table in metadata.sorted_tables if table.name not in kept]
        tables = ", ".join(f'"{name}"' for name in names)
        server.execute("voicegw", f"TRUNCATE {tables} RESTART IDENTITY CASCADE")
        return url

    return emptied


@settings(
    max_examples=4,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(seed=st.integers(0, 2**32), steps=st.integers(20, 60))
def test_a_separate_program_counts_the_same(
    empty: Callable[[], str], tmp_path: Path, seed: int, steps: int
) -> None:
    found, _ = asyncio.run(differences(empty(), Path(tempfile.mkdtemp(dir=tmp_path)), seed, steps))
    assert found == []
