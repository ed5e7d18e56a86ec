from __future__ import annotations

from voicegw.distribution import Distribution, Distributions


def test_bounds_include_their_value() -> None:
    one = Distribution((0.0, 1, 2))
    for value in (0.0, 1.0, 1.5, 2.0, 2.0001, 99):
        one.observe(value)
    assert list(one.cumulative()) == [("0.0", 1), ("1.0", 2), ("2.0", 4), ("+Inf", 6)]
    assert one.count == 6
    assert one.total == 0 + 1 + 1.5 + 2 + 2.0001 + 99


def test_each_combination_of_labels_is_counted_apart_and_told_in_order() -> None:
    book = Distributions((1,))
    book.observe(5, "b", "x")
    book.observe(0.5, "a", "x")
    book.observe(3, "b", "x")
    assert [(labels, one.count) for labels, one in book.items()] == [
        (("a", "x"), 1),
        (("b", "x"), 2),
    ]
