"""Which part of a chain goes into a dossier."""

from __future__ import annotations

import pytest

from recordings.care.dossier_request import heads_for, stretches
from tests.unit.api.fakes import START
from voicegw.model.seal import SealHead


@pytest.mark.parametrize(
    ("numbers", "signed", "expected"),
    [
        ({5}, [10], [(5, 10)]),
        ({5}, [5, 10], [(5, 5)]),
        ({5, 7}, [10], [(5, 10)]),
        ({5, 12}, [10, 20], [(5, 10), (12, 20)]),
        ({5, 11}, [10, 20], [(5, 20)]),
        ({5, 30}, [10, 20], [(5, 10), (30, 30)]),
        ({30, 31}, [], [(30, 31)]),
        ({1, 2, 3}, [1, 2, 3], [(1, 3)]),
        (set(), [10], []),
    ],
)
def test_a_chain_leads_from_each_seal_to_the_next_head(
    numbers: set[int], signed: list[int], expected: list[tuple[int, int]]
) -> None:
    assert list(stretches(numbers, signed)) == expected


def test_heads_are_the_first_past_each_seal() -> None:
    heads = [SealHead("n", number, START, {}) for number in (10, 20, 30)]
    assert [one.number for one in heads_for({5, 10, 25, 31}, heads)] == [10, 30]
    assert heads_for({5}, []) == []
