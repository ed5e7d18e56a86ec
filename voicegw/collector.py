"""When the interpreter looks for objects that only refer to each other.

What signalling and calls leave is freed by its reference counts (the tests named
`test_no_garbage` hold that), so the collector finds nothing in a call, and each look costs half a
microsecond for every object it goes through. What is young is looked at often, because there the
garbage of requests to the API is found and a look takes a few milliseconds. A look at everything
stops a node with 100 calls/s for a quarter of a second: it waits until no call is there to notice.
On a node that is never idle, what is older is looked at after a thousand looks at what is young,
and everything after ten of those.
"""

from __future__ import annotations

import gc
from typing import Final

#: See `gc.set_threshold`: looks at what is young every so many objects, at what is older every so
#: many looks, at everything every so many of those.
THRESHOLDS: Final = (10_000, 1_000, 10)


def expect_little() -> None:
    """Look rarely from the beginning: much of a start would go to looking at what is just read."""
    gc.set_threshold(*THRESHOLDS)


def settle() -> None:
    """Leave out what exists now, which lives as long as the node, and look rarely from now on."""
    gc.collect()
    gc.freeze()
    expect_little()


def collect_if_idle(live_calls: int) -> bool:
    """Look at everything, unless a call would have to wait for that; say whether it was done.

    While the node starts it is not: :func:`settle` does so when it has.
    """
    if live_calls or not gc.get_freeze_count():
        return False
    gc.collect()
    return True
