from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest

from recordings.storage import free_space
from recordings.storage.free_space import FreeSpace


class Disk:
    """A file system that can be made to hang or to refuse."""

    def __init__(self) -> None:
        self.free = 1000
        self.refuses = False
        self.answers = threading.Event()
        self.answers.set()
        self.asked = threading.Semaphore(0)

    def ask(self) -> int:
        self.asked.release()
        self.answers.wait(5)
        if self.refuses:
            raise OSError(5, "Input/output error")
        return self.free

    def ask_again(self) -> None:
        """Wait until a question that began after now has been answered."""
        while self.asked.acquire(blocking=False):
            pass
        for _ in range(2):
            assert self.asked.acquire(timeout=5)


@pytest.fixture
def disk() -> Iterator[Disk]:
    made = Disk()
    yield made
    made.answers.set()


@pytest.fixture
def space(disk: Disk) -> Iterator[FreeSpace]:
    made = FreeSpace(disk.ask, every_s=0.005)
    made.start()
    assert made.wait_for_first(5)
    yield made
    made.stop()


def test_the_figure_is_followed(disk: Disk, space: FreeSpace) -> None:
    assert space.bytes == 1000
    disk.free = 7
    disk.ask_again()
    assert space.bytes == 7


def test_a_disk_that_refuses_has_no_room(
    disk: Disk, space: FreeSpace, caplog: pytest.LogCaptureFixture
) -> None:
    disk.refuses = True
    disk.ask_again()
    assert space.bytes == 0
    assert not space.is_stale
    disk.ask_again()
    assert caplog.text.count("free space can't be told") == 1


def test_a_disk_that_hangs_keeps_its_figure_and_grows_stale(
    disk: Disk, space: FreeSpace, monkeypatch: pytest.MonkeyPatch
) -> None:
    disk.answers.clear()
    disk.free = 7
    while disk.asked.acquire(blocking=False):
        pass
    assert disk.asked.acquire(timeout=5)
    assert space.bytes == 1000
    assert not space.is_stale
    monkeypatch.setattr(free_space, "STALE_AFTER_S", 0.0)
    assert space.is_stale
    monkeypatch.undo()
    disk.answers.set()
    disk.ask_again()
    assert space.bytes == 7
    assert not space.is_stale


def test_before_an_answer_there_is_no_room(disk: Disk) -> None:
    disk.answers.clear()
    space = FreeSpace(disk.ask)
    space.start()
    assert not space.wait_for_first(0.01)
    assert space.bytes == 0
    space.stop()
