"""How a call's changes are written: as a whole, or, of a call of very many legs, leg by leg. Pure.

A caller who waits while fifty telephones ring again and again has hundreds of legs, each of which
rings and ends: with the whole call written for each change the journal would grow by the square.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import msgspec

from voicegw.journal.entries import CallChanged, LegsChanged
from voicegw.model.call import Call, Leg
from voicegw.model.event import Event

MANY_LEGS: Final = 16
"""A call of up to so many is always written as a whole: readers of the journal see it at once."""


class LegBook:
    """Knows what of one call is written."""

    def __init__(self) -> None:
        """Nothing is."""
        self._head: bytes | None = None
        """All of the call but its legs, as it was written last; None: write it as a whole."""
        self._legs = 0
        """How many legs were written."""

    def entry(
        self, call: Call, events: Sequence[Event], leg: Leg | None
    ) -> CallChanged | LegsChanged:
        """Return what is to be written, where `leg` has changed, or another thing of the call.

        A leg that was begun since comes along with whatever is written next.
        """
        if leg is None or len(call.legs) <= MANY_LEGS or self._head != _head(call):
            return CallChanged(call, [*events])
        begun = call.legs[self._legs :]
        legs = begun if any(one is leg for one in begun) else [leg, *begun]
        return LegsChanged(call.id, call.sequence, legs, [*events])

    def written(self, call: Call, entry: CallChanged | LegsChanged) -> None:
        """What `entry` says of the call is in the journal."""
        self._legs = len(call.legs)
        if isinstance(entry, CallChanged):
            self._head = _head(call) if len(call.legs) >= MANY_LEGS else None

    def lost(self) -> None:
        """An entry was not taken: the next one says all of the call."""
        self._head = None


def _head(call: Call) -> bytes:
    return msgspec.json.encode(msgspec.structs.replace(call, legs=[], sequence=0))
