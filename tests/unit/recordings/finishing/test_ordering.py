from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from recordings.finishing import ordering
from recordings.finishing.ordering import PacketOrder


def push(order: PacketOrder, sequence: int, arrival: int = 0, timestamp: int | None = None) -> None:
    order.push(sequence, sequence * 160 if timestamp is None else timestamp, arrival, b"", None)


def drain(order: PacketOrder) -> list[int]:
    return [packet.order for packet in iter(lambda: order.pop_before(1 << 40), None)]


def test_a_packet_older_than_what_was_released_is_late() -> None:
    order = PacketOrder()
    for sequence in (10, 12, 13):
        push(order, sequence, arrival=sequence)
    assert [order.pop_before(13), order.pop_before(13)][1] is not None
    push(order, 11, arrival=14)
    assert order.late == 1
    assert drain(order) == [3]


def test_a_packet_before_the_first_is_taken() -> None:
    order = PacketOrder()
    push(order, 10)
    push(order, 9)
    assert drain(order) == [-1, 0]


def test_nothing_is_released_before_its_time() -> None:
    order = PacketOrder()
    assert order.pop_before(1) is None
    push(order, 1, arrival=5)
    assert order.pop_before(5) is None
    assert order.pop_before(6) is not None


def test_a_flood_is_passed_on_early() -> None:
    order = PacketOrder()
    for sequence in range(ordering.MAX_WAITING + 5):
        push(order, sequence)
    assert [order.pop_before(0) is not None for _ in range(6)] == [True] * 5 + [False]


def test_a_new_stream_is_believed_with_its_second_packet() -> None:
    order = PacketOrder()
    for sequence in (1, 2, 40_000, 40_001, 40_002):
        push(order, sequence)
    assert drain(order) == [0, 1, 2, 3, 4]
    assert order.strays == 0


def test_a_step_back_with_a_foreign_time_is_a_new_stream() -> None:
    order = PacketOrder()
    push(order, 500, timestamp=0)
    for sequence in (450, 451):
        push(order, sequence, timestamp=1 << 31)
    assert drain(order) == [0, 1, 2]


def test_a_doubt_gives_way_to_the_next() -> None:
    order = PacketOrder()
    push(order, 1)
    push(order, 20_000)
    push(order, 40_000)
    push(order, 2)
    assert drain(order) == [0, 1]
    assert order.strays == 2


@given(st.integers(0, 65535), st.randoms(use_true_random=False), st.integers(2, 300))
def test_any_order_within_the_window_is_mended(start: int, chance: object, count: int) -> None:
    numbers = list(range(count))
    for place in range(0, count - 8, 8):
        part = numbers[place : place + 8]
        chance.shuffle(part)  # type: ignore[attr-defined]
        numbers[place : place + 8] = part
    order = PacketOrder()
    for number in numbers:
        order.push((start + number) & 0xFFFF, number * 160, number, bytes([number & 0xFF]), None)
        order.push((start + number) & 0xFFFF, number * 160, number, b"again", None)
    released = list(iter(lambda: order.pop_before(1 << 40), None))
    assert [packet.payload[0] for packet in released] == [number & 0xFF for number in range(count)]
    orders = [packet.order for packet in released]
    assert orders == list(range(orders[0], orders[0] + count))
    assert order.duplicates == count
