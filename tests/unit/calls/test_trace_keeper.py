from __future__ import annotations

import asyncio

from voicegw.calls.parts import CallCounters
from voicegw.calls.trace_keeper import TraceKeeper
from voicegw.journal.entries import CallTraced, Entry
from voicegw.model.call import LegRole
from voicegw.model.trace import unpack
from voicegw.sip.trace import TraceBook, TracedLeg
from voicegw.sip.wire import Peer

PEER = Peer("udp", "192.0.2.1", 5060)


class Journal:
    def __init__(self) -> None:
        self.entries: list[Entry] = []
        self.full = False

    def append(self, entry: Entry) -> int:
        if self.full:
            raise OSError(28, "No space left on device")
        self.entries.append(entry)
        return len(self.entries)


def book_with(*calls: str) -> TraceBook:
    book = TraceBook()
    for call in calls:
        book.session_begun(call)
        book.belongs(call, call, TracedLeg("leg_1", LegRole.CUSTOMER, "carrier"))
        book.received(call, b"BYE sip:a@b SIP/2.0\r\n\r\n", PEER, 1.0)
        book.call_ended(call, 1.0)
    return book


async def test_traces_are_written_once_they_have_settled() -> None:
    now, journal = [2.0], Journal()
    keeper = TraceKeeper(book_with("a", "b"), journal.append, lambda: now[0], CallCounters())
    await keeper.keep_settled()
    assert journal.entries == []
    now[0] = 10.0
    await keeper.keep_settled()
    await keeper.keep_settled()
    kept = [entry for entry in journal.entries if isinstance(entry, CallTraced)]
    assert [entry.call_id for entry in kept] == ["a", "b"]
    assert unpack(kept[0].data).messages[0].text.startswith("BYE")


async def test_a_full_disk_costs_the_trace_only() -> None:
    journal = Journal()
    counters = CallCounters()
    keeper = TraceKeeper(book_with("a"), journal.append, lambda: 10.0, counters)
    journal.full = True
    await keeper.keep_settled()
    assert (counters.journal_failures, journal.entries) == (1, [])


def test_a_node_that_stops_writes_what_has_not_settled() -> None:
    journal = Journal()
    TraceKeeper(book_with("a"), journal.append, lambda: 1.0, CallCounters()).keep_all()
    assert len(journal.entries) == 1


async def test_a_node_that_stops_meanwhile_loses_none() -> None:
    journal = Journal()
    calls = [f"call_{index:02}" for index in range(20)]
    keeper = TraceKeeper(book_with(*calls), journal.append, lambda: 10.0, CallCounters())
    task = asyncio.create_task(keeper.keep_settled())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    keeper.keep_all()
    kept = [entry.call_id for entry in journal.entries if isinstance(entry, CallTraced)]
    assert kept == calls
