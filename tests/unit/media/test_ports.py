from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.errors import NoMediaCapacityError
from voicegw.media.ports import PortPool, parse_range


def test_even_ports_with_room_for_the_odd_one() -> None:
    pool = PortPool(20001, 20006)
    assert [pool.acquire(0), pool.acquire(0)] == [20002, 20004]
    with pytest.raises(NoMediaCapacityError):
        pool.acquire(0)


def test_a_released_port_rests() -> None:
    pool = PortPool(20000, 20001, drain_s=30)
    port = pool.acquire(0)
    assert pool.in_use() == 1
    pool.release(port, 10)
    pool.release(port, 10)
    assert (pool.in_use(), pool.draining(39.9)) == (0, 1)
    with pytest.raises(NoMediaCapacityError):
        pool.acquire(39.9)
    assert pool.acquire(40) == port
    assert pool.draining(40) == 0


def test_what_was_never_given_out_can_not_be_released() -> None:
    pool = PortPool(20000, 20003)
    pool.release(20002, 0)
    assert (pool.in_use(), pool.draining(0)) == (0, 0)


def test_the_longest_free_comes_first() -> None:
    pool = PortPool(20000, 20005, drain_s=0)
    first = pool.acquire(0)
    pool.release(first, 0)
    assert [pool.acquire(1) for _ in range(3)] == [20002, 20004, 20000]


@pytest.mark.parametrize(
    "text", ["", "20000", "a-b", "20001-20001", "20001-20002", "9-8", "0-9", "1-70000"]
)
def test_bad_ranges_are_refused(text: str) -> None:
    with pytest.raises(ValueError):
        parse_range(text)


def test_ranges() -> None:
    assert parse_range("20000-29999") == (20000, 29999)
    assert parse_range("20001-20003") == (20001, 20003)


@given(st.lists(st.one_of(st.none(), st.integers(0, 9)), max_size=60))
def test_a_port_is_never_given_twice(steps: list[int | None]) -> None:
    pool = PortPool(20000, 20019, drain_s=3)
    held: list[int] = []
    resting: dict[int, float] = {}
    for now, step in enumerate(steps):
        if step is None:
            try:
                port = pool.acquire(now)
            except NoMediaCapacityError:
                assert len(held) + sum(until > now for until in resting.values()) == 10
                continue
            assert port not in held
            assert resting.pop(port, now) <= now
            held.append(port)
        elif held:
            port = held.pop(step % len(held))
            pool.release(port, now)
            resting[port] = now + 3
        assert pool.in_use() == len(held)
