"""For what the program works just now: ids that every record of the log carries. Pure.

A task begins with what the task that made it was bound to. So the id of the request that asked for
a call stands in all that the call's own task logs, as the call's id does.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Final

_NOTHING: Final[Mapping[str, str]] = MappingProxyType({})
_BOUND: ContextVar[Mapping[str, str]] = ContextVar("voicegw_log", default=_NOTHING)


def bound() -> Mapping[str, str]:
    """Return the ids that are bound here: `request_id`, `call_id`, `recording_id`."""
    return _BOUND.get()


@contextmanager
def bind(**ids: str) -> Iterator[None]:
    """Have `ids` stand in every record inside, of tasks begun inside, too."""
    token = _BOUND.set({**_BOUND.get(), **ids})
    try:
        yield
    finally:
        _BOUND.reset(token)
