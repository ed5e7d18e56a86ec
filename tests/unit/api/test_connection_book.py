"""Who gets a connection when there are many, and who loses one."""

from __future__ import annotations

from dataclasses import dataclass

from hypothesis import given
from hypothesis import strategies as st

from api.connection_book import ConnectionBook, ConnectionLimits


@dataclass(eq=False)
class Line:
    """A connection."""

    unsent_bytes: int = 0


def book(most: int = 4, of_one: int = 2) -> ConnectionBook[Line]:
    return ConnectionBook(ConnectionLimits(most, of_one))


def test_the_longest_waiting_of_the_same_client_makes_room() -> None:
    found, lines = book(), [Line() for _ in range(3)]
    assert [found.arrive(line, "a") for line in lines[:2]] == [(True, None)] * 2
    found.works(lines[0])
    found.waits(lines[0])  # so that the other has waited longer
    assert found.arrive(lines[2], "a") == (True, lines[1])
    assert len(found) == found.waiting == 2
    assert found.closed == {"idle": 1}


def test_a_client_at_work_with_all_of_its_own_is_refused_and_nobody_else() -> None:
    found, lines = book(), [Line() for _ in range(4)]
    for line in lines[:2]:
        found.arrive(line, "a")
        found.works(line)
    assert found.arrive(lines[2], "a") == (False, None)
    assert found.arrive(lines[3], "b") == (True, None)
    assert found.closed == {"refused": 1}
    found.leave(lines[0])
    assert found.arrive(lines[2], "a") == (True, None)


def test_in_all_anybody_who_waits_makes_room() -> None:
    found, lines = book(), [Line() for _ in range(6)]
    for index, line in enumerate(lines[:4]):
        assert found.arrive(line, str(index)) == (True, None)
    assert found.arrive(lines[4], "x") == (True, lines[0])
    for line in lines[1:5]:
        found.works(line)
    assert found.arrive(lines[5], "y") == (False, None)


def test_a_proxy_has_as_many_as_there_are() -> None:
    found, lines = book(), [Line() for _ in range(5)]
    assert all(found.arrive(line, None) == (True, None) for line in lines[:4])
    assert found.arrive(lines[4], None) == (True, lines[0])


def test_who_takes_nothing_is_found_and_who_takes_a_little_is_not() -> None:
    found, still, slow, done = book(), Line(9), Line(9), Line(0)
    for line in (still, slow, done):
        found.arrive(line, None)
    for now_s in range(0, 30, 5):
        assert found.stuck(now_s, 30) == []
        slow.unsent_bytes -= 1
    assert found.stuck(30, 30) == [still]
    found.leave(still)
    assert found.stuck(55, 30) == []
    assert found.closed == {"unread": 1}


def test_more_to_send_is_not_taken_for_progress_and_taking_much_is() -> None:
    found, line = book(), Line(5)
    found.arrive(line, None)
    assert found.stuck(0, 30) == []
    line.unsent_bytes = 50
    assert found.stuck(29, 30) == []
    found.reads(line)  # and as much came again at once
    assert found.stuck(31, 30) == []
    assert found.stuck(61, 30) == [line]


@given(st.lists(st.tuples(st.integers(0, 9), st.sampled_from("abc"), st.integers(0, 3))))
def test_no_bound_is_ever_passed(steps: list[tuple[int, str, int]]) -> None:
    found, lines = book(5, 3), [Line() for _ in range(10)]
    here: dict[Line, str] = {}
    for index, address, what in steps:
        line = lines[index]
        if what == 0 and line not in here:
            room, evicted = found.arrive(line, address)
            if evicted is not None:
                del here[evicted]
            if room:
                here[line] = address
        elif what == 1:
            found.leave(line)
            here.pop(line, None)
        else:
            (found.works if what == 2 else found.waits)(line)
        assert len(found) == len(here) <= 5
        assert all(list(here.values()).count(one) <= 3 for one in "abc")
        assert found.waiting <= len(found)
