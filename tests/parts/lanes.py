"""The order of tests that run in several processes: what waits beside what computes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import groupby
from typing import Final, TypeVar

T = TypeVar("T")

#: Folders whose tests mostly wait: for telephones to ring, for peers and processes to start.
WAITING: Final = ("tests/peer/", "tests/faults/")
#: Folders whose tests share a node and a browser: one process runs a half of them, and early.
SHARING: Final = ("tests/console/",)
#: Where the second half of the alphabet begins; each half has a node and a browser of its own.
_SECOND_HALF: Final = "f"
#: In which part of the order they are; a long one that is begun last would be waited for alone.
_WAITING_SHARE: Final = 0.8


def lane_of(test: str) -> str:
    """Return what is handed to one process as a whole: the test's file, or half of its folder."""
    file = test.partition("::")[0]
    folder = next((folder for folder in SHARING if file.startswith(folder)), None)
    if folder is None:
        return file
    name = file.rpartition("/")[2].removeprefix("test_")
    return f"{folder}{1 if name < _SECOND_HALF else 2}"


def interleaved(tests: Sequence[T], path: Callable[[T], str]) -> list[T]:
    """Return `tests` with the files that wait spread among those that compute.

    Whole files, because the tests of a file may share a node; within a kind their order stays. Of
    several processes that are handed the next file whenever they have ended one, some then wait
    while the others compute. What shares more than a file comes first: it takes the longest.
    """
    files = [list(group) for _, group in groupby(tests, path)]
    sharing = [file for file in files if path(file[0]).startswith(SHARING)]
    files = [file for file in files if file not in sharing]
    waiting = [file for file in files if path(file[0]).startswith(WAITING)]
    computing = [file for file in files if not path(file[0]).startswith(WAITING)]
    places = [
        (share * (index + 0.5) / len(kind), file)
        for share, kind in ((_WAITING_SHARE, waiting), (1.0, computing))
        for index, file in enumerate(kind)
    ]
    ordered = sharing + [file for _, file in sorted(places, key=lambda one: one[0])]
    return [test for file in ordered for test in file]
