"""An event loop whose clock jumps to the next timer: hours pass in milliseconds, in order."""

from __future__ import annotations

import asyncio
import functools
import selectors
from collections.abc import Awaitable, Callable
from typing import Any, ParamSpec

_P = ParamSpec("_P")
#: The loop turns over so often until everything that can run has run.
_TURNS = 30


class _JumpingSelector(selectors.SelectSelector):
    """Instead of waiting for the next timer, moves the clock there."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        ready = super().select(0)
        if ready or timeout == 0:
            return ready
        if timeout is None:
            raise AssertionError("nothing is left to happen, and the test still waits")
        # Rounded up a little, or a timer could be missed by the last bit of a float.
        self.now += timeout + 1e-9
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """A selector loop with a virtual clock that begins at 0."""

    def __init__(self) -> None:
        self._jumping = _JumpingSelector()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Return the virtual time in seconds."""
        return self._jumping.now


def run(work: Callable[[], Awaitable[None]]) -> None:
    """Run `work()` on a loop of its own; fail when it leaves a task behind."""
    faults: list[dict[str, Any]] = []

    async def main() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, fault: faults.append(fault))
        await work()
        await settle()
        left = asyncio.all_tasks() - {asyncio.current_task()}
        assert not left, f"tasks left: {left}"

    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        runner.run(main())
    assert not faults, f"faults in callbacks or tasks: {faults}"


def virtual(test: Callable[_P, Awaitable[None]]) -> Callable[_P, None]:
    """Run an asynchronous test on virtual time."""

    @functools.wraps(test)
    def wrapper(*args: _P.args, **kwargs: _P.kwargs) -> None:
        run(lambda: test(*args, **kwargs))

    return wrapper


async def settle() -> None:
    """Let everything happen that happens now, without letting time pass."""
    for _ in range(_TURNS):
        await asyncio.sleep(0)


async def elapse(seconds: float) -> None:
    """Let `seconds` of virtual time pass, then everything that follows from it."""
    await asyncio.sleep(seconds)
    await settle()
