"""A dossier: which calls are its matter, and what is read for it."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from recordings.care.dossier import (
    CallFile,
    ChainPart,
    DossierItem,
    DossierWriter,
    Show,
    Vouchers,
)
from recordings.care.evidence_files import OpensFiles
from recordings.care.matter_tasks import MatterTasks, tasks_of
from recordings.care.recordings_request import exported
from recordings.integrity.signature import Signer
from voicegw.clock import Clock
from voicegw.model.call import Call
from voicegw.model.event import Event
from voicegw.model.event_filter import EventFilter
from voicegw.model.export import Export
from voicegw.model.recording import Recording
from voicegw.model.seal import SealHead
from voicegw.store.audit import AuditLog
from voicegw.store.calls import CallFilter, CallRepository
from voicegw.store.database import Database
from voicegw.store.events import EventRepository
from voicegw.store.evidence import EvidenceReader
from voicegw.store.paging import MAX_LIMIT
from voicegw.store.recordings import RecordingFilter, RecordingRepository
from voicegw.store.seals import SealRepository

PAGE: Final = 20
_SEALS: Final = 500


@dataclass(frozen=True, slots=True)
class DossierRequest:
    """The matter is what `wanted` leaves. `load_signer` gives the node's key and may block.

    `lists_tasks`: whoever asks may see the tasks of the matter, too.
    """

    export: Export
    wanted: CallFilter
    load_signer: Callable[[], Signer | None]
    show: Show
    lists_tasks: bool = True

    def writer(self, target: Path, files: OpensFiles) -> DossierWriter:
        """Begin the archive."""
        return DossierWriter(
            target,
            self.export,
            files,
            self.load_signer(),
            self.show,
            lists_tasks=self.lists_tasks,
        )

    async def pages(self, database: Database, clock: Clock) -> AsyncIterator[Sequence[DossierItem]]:
        """Yield the calls, newest first, the tasks, the seals that lead from them to signed heads.

        Recordings are noted before they are given out. Raises StoreUnavailableError.
        """
        calls, numbers, cursor = CallRepository(database), dict[str, set[int]](), None
        task_ids: set[str] = set()
        while True:
            page = await calls.list(self.wanted, limit=PAGE, cursor=cursor)
            for call in page.items:
                item = await self._call(database, call, clock)
                task_ids |= tasks_of(call)
                for evidence in item.recordings:
                    for seal in evidence.seals:
                        numbers.setdefault(seal.node, set()).add(seal.number)
                yield [item]
            cursor = page.next_cursor
            if cursor is None:
                break
        if self.lists_tasks:
            async for task in MatterTasks(database, self.wanted).files(task_ids):
                yield [task]
        seals = SealRepository(database)
        heads: dict[str, Sequence[SealHead]] = {}
        for node, wanted in sorted(numbers.items()):
            signed = await seals.heads(node, after=min(wanted) - 1)
            heads[node] = heads_for(wanted, signed)
            for first, last in stretches(wanted, [head.number for head in signed]):
                async for part in _stretch(seals, node, first, last):
                    yield [part]
        yield [Vouchers(heads, await seals.keys())]

    async def _call(self, database: Database, call: Call, clock: Clock) -> CallFile:
        recordings: list[Recording] = []
        cursor = None
        while True:
            page = await RecordingRepository(database).list(
                RecordingFilter(call_id=call.id), cursor=cursor
            )
            recordings += page.items
            cursor = page.next_cursor
            if cursor is None:
                break
        await AuditLog(database).note(*exported(self.export, recordings, clock))
        evidence = await EvidenceReader(database).of(recordings)
        return CallFile(call, await _events(database, call.id), evidence)


async def _events(database: Database, call_id: str) -> Sequence[Event]:
    repository, events, position = EventRepository(database), list[Event](), None
    while True:
        found = await repository.after(position, MAX_LIMIT, EventFilter(subject=call_id))
        events += [stored.event for stored in found]
        if len(found) < MAX_LIMIT:
            return events
        position = found[-1].position


async def _stretch(
    seals: SealRepository, node: str, first: int, last: int
) -> AsyncIterator[ChainPart]:
    after = first - 1
    while after < last:
        page = await seals.page(node, after, min(_SEALS, last - after))
        if not page:
            return
        yield ChainPart(node, page)
        after = page[-1].number


def heads_for(numbers: set[int], heads: Sequence[SealHead]) -> Sequence[SealHead]:
    """Return of `heads`, ordered by number, the first at or past each of `numbers`."""
    signed = [head.number for head in heads]
    places = {bisect_left(signed, number) for number in numbers}
    return [heads[place] for place in sorted(places) if place < len(heads)]


def stretches(numbers: set[int], signed: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Yield the stretches of a chain, both ends included, that lead from `numbers` to heads.

    `signed` are the numbers of the heads, in order. A number for which no head vouches yet is a
    stretch alone.
    """
    first = last = 0
    for number in sorted(numbers):
        place = bisect_left(signed, number)
        end = signed[place] if place < len(signed) else number
        if last and number <= last + 1:
            last = max(last, end)
            continue
        if last:
            yield first, last
        first, last = number, end
    if last:
        yield first, last
