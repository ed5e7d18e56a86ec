"""The room of a node: rests and their ends, places given back, what is shown of queues."""

from __future__ import annotations

from dataclasses import dataclass, field

from tests.unit.calls.rig import FakeClock
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.agents import AgentBook
from voicegw.calls.slots import Slots
from voicegw.calls.waiting_room import Place, WaitingRoom
from voicegw.model.routing import QueueRouting
from voicegw.routing.queue import Departure, QueueKey

KEY = QueueKey("hot_1", "grp_1")
ROUTING = QueueRouting(rest_s=30, wrap_up_s=5)


@dataclass
class Call:
    """A call with places of managers, as LiveCall keeps them."""

    room: WaitingRoom
    slots: Slots
    id: str
    has: set[str] = field(default_factory=set)
    woken: int = 0

    def occupy(self, manager_id: str) -> bool:
        self.has.add(manager_id)
        return self.slots.take(manager_id)

    def vacate(self, manager_id: str) -> None:
        if manager_id in self.has:
            self.has.remove(manager_id)
            self.slots.give_back(manager_id)
            self.room.freed(manager_id, self.id)

    def wake(self) -> None:
        self.woken += 1


class House:
    """A room, and callers who enter it."""

    def __init__(self) -> None:
        clock = FakeClock()
        self.slots = Slots(1)
        self.room = WaitingRoom(AgentBook(self.slots, clock), clock)
        self.calls: list[Call] = []

    def enter(self, *managers: str, routing: QueueRouting = ROUTING) -> tuple[Call, Place]:
        call = Call(self.room, self.slots, f"call_{len(self.calls)}")
        self.calls.append(call)
        place = self.room.enter(call, call.id, KEY, managers, routing)
        assert place is not None
        return call, place


def rung(place: Place) -> list[str]:
    """Return who is to be rung for a caller."""
    return list(place.offered)


@virtual
async def test_who_misses_a_call_rests_and_then_is_offered_the_same_caller() -> None:
    house = House()
    call, place = house.enter("a")
    assert (rung(place), call.has, call.woken) == (["a"], {"a"}, 1)
    place.missed("a")
    place.again()
    assert (rung(place), call.has) == ([], set())
    await elapse(29)
    assert rung(place) == []
    await elapse(1.1)
    assert (rung(place), call.woken) == (["a"], 2)


@virtual
async def test_of_two_rests_the_longer_holds() -> None:
    house = House()
    house.room.rest("a", 10)
    house.room.rest("a", 5)
    house.room.rest("a", 0)
    _, place = house.enter("a")
    await elapse(9)
    assert rung(place) == []
    house.room.rest("a", 20)
    await elapse(19)
    assert rung(place) == []
    await elapse(2)
    assert rung(place) == ["a"]


@virtual
async def test_a_manager_who_has_served_writes_something_down_first() -> None:
    house = House()
    first, place = house.enter("a")
    _, other = house.enter("a")
    place.answered("a")
    assert (first.has, other.ahead) == ({"a"}, 0)
    await elapse(60)
    first.vacate("a")
    assert rung(other) == []
    assert [round(one) for one in house.room.line.figures[KEY].service_s] == [60]
    await elapse(5.1)
    assert rung(other) == ["a"]


@virtual
async def test_who_leaves_frees_whoever_was_offered_for_the_next() -> None:
    house = House()
    first, place = house.enter("a")
    second, other = house.enter("a")
    place.leave(Departure.ABANDONED)
    place.leave(Departure.ENDED)
    assert (first.has, second.has, rung(other)) == (set(), {"a"}, ["a"])
    assert house.room.line.figures[KEY].departed == {Departure.ABANDONED: 1}


@virtual
async def test_what_is_shown_of_a_queue() -> None:
    house = House()
    assert house.room.states() == []
    house.enter("a", "b")
    house.enter("a", "b")
    house.enter("a", "b")
    await elapse(12)
    house.room.rest("c", 30)
    [state] = house.room.states()
    assert (state.key, state.waiting, state.managers, state.free) == (KEY, 3, 2, 0)
    assert 12 <= state.longest_wait_s < 12.1
