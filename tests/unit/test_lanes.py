"""The order in which several processes take the tests."""

from __future__ import annotations

from itertools import pairwise

from tests.parts.lanes import interleaved, lane_of


def files_of(tests: list[str]) -> list[str]:
    """Return the files in the order of `tests`, each once."""
    return list(dict.fromkeys(test.partition("::")[0] for test in tests))


def test_what_waits_is_spread_among_what_computes_in_whole_files() -> None:
    waiting = [f"tests/{folder}/test_{n}.py" for folder in ("faults", "peer") for n in range(3)]
    computing = [f"tests/unit/test_{number}.py" for number in range(12)]
    given = [f"{file}::{test}" for file in waiting + computing for test in ("one", "two")]
    ordered = interleaved(given, lambda test: test.partition("::")[0])
    assert sorted(ordered) == sorted(given)
    files = files_of(ordered)
    assert [test for file in files for test in given if test.startswith(f"{file}::")] == ordered
    assert [file for file in files if file in waiting] == waiting
    assert [file for file in files if file in computing] == computing
    places = [files.index(file) for file in waiting]
    assert max(later - place for place, later in pairwise(places)) <= 4
    assert places[0] <= 2
    assert files[-1] in computing


def test_one_kind_alone_keeps_its_order() -> None:
    given = ["tests/unit/b.py::x", "tests/unit/a.py::y"]
    assert interleaved(given, lambda test: test.partition("::")[0]) == given
    assert interleaved([], str) == []


def test_what_shares_a_browser_is_two_halves_that_come_first() -> None:
    given = [
        "tests/api/test_a.py::x",
        "tests/console/test_b.py::x",
        "tests/console/test_county.py::y",
        "tests/console/test_frame.py::z",
        "tests/console/test_review.py::z",
        "tests/peer/test_d.py::x",
    ]
    assert [lane_of(test) for test in given] == [
        "tests/api/test_a.py",
        "tests/console/1",
        "tests/console/1",
        "tests/console/2",
        "tests/console/2",
        "tests/peer/test_d.py",
    ]
    assert interleaved(given, lane_of)[:4] == given[1:5]
