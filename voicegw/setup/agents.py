"""What a node knows of its managers before their first call."""

from __future__ import annotations

from voicegw.calls.agents import AgentBook, TalksToday
from voicegw.calls.slots import Slots
from voicegw.clock import Clock
from voicegw.store.calls import CallRepository


async def agent_book(slots: Slots, clock: Clock, timezone: str, calls: CallRepository) -> AgentBook:
    """Return the book of managers, with what the store knows of today's talks."""
    book = AgentBook(slots, clock, timezone)
    talks = await calls.talks_since(book.midnight())
    book.remember(TalksToday(*one) for one in talks)
    return book
