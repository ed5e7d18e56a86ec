"""Brings two legs to codecs in which each can hear the other.

Only A-law and µ-law are changed into each other on the way; a leg with any other codec is heard by
a leg with the same one. So where the codecs of two legs that are to talk differ too far, one of
them is asked by re-INVITE for what the other has, the wideband one first, and the other after it
refuses. Until one of them agrees the two hear silence of each other, never noise.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace

from voicegw.calls.call_sound import CallSound
from voicegw.calls.leg import CallLeg
from voicegw.sdp.codecs import Codec, can_relay, codecs_named

_log = logging.getLogger(__name__)


class CodecMatch:
    """What a call does about codecs; used by its owner task only."""

    def __init__(self, sound: CallSound, on_hopeless: Callable[[], None]) -> None:
        """`on_hopeless` is called when two answered legs have no codec to hear each other in."""
        self._sound = sound
        self._on_hopeless = on_hopeless
        self._pair: tuple[CallLeg, CallLeg] | None = None
        self._asked: set[tuple[str, tuple[str, ...]]] = set()

    def watch(self, one: CallLeg, two: CallLeg) -> None:
        """Have :meth:`tend` look after these two from now on."""
        if self._pair is None or set(self._pair) != {one, two}:
            self._pair = (one, two)
            self._asked.clear()

    def let_go(self) -> None:
        """Drop what refers back: the legs, and the call."""
        self._pair = None
        self._on_hopeless = _nobody_listens

    async def tend(self) -> None:
        """Ask a leg for another codec where the two can't hear each other.

        Called after anything that may have changed what is agreed; does nothing while an answer is
        awaited, for that one calls again. Raises MediaError.
        """
        if self._pair is None:
            return
        one, two = self._pair
        if not (one.alive and two.alive) or one.reoffering or two.reoffering:
            return
        sound = await self._sound.session()
        if sound.can_relay(one.id, two.id) and sound.can_relay(two.id, one.id):
            self._asked.clear()
            return
        legs = (
            ((one, two), (two, one))
            if _is_wideband(sound.codec(one.id))
            else (
                (two, one),
                (one, two),
            )
        )
        for leg, other in legs:
            wanted = common(leg.codecs, other.codecs, sound.codec(other.id))
            if leg.session is None or not leg.answered:
                continue
            if not wanted or sound.codec(leg.id) in wanted or (leg.id, wanted) in self._asked:
                continue
            self._asked.add((leg.id, wanted))
            _log.info("asking for another codec", extra={"leg_id": leg.id, "codecs": wanted})
            leg.reoffer(await sound.reoffer(leg.id, replace(leg.terms, codecs=wanted)))
            return
        if one.answered and two.answered:
            self._on_hopeless()

    def acceptable(self, leg: CallLeg, present: str | None) -> tuple[str, ...]:
        """Return what the far end of `leg` may change to, best first; `present` is what it has.

        Of a leg that talks: what the other one hears, then what that one could be asked for. What
        it can never have is left out, so that such a re-INVITE is refused and the talk goes on.
        """
        own = sorted(leg.codecs, key=lambda codec: codec != present)
        if self._pair is None or leg not in self._pair:
            return tuple(own)
        other = self._pair[1] if leg is self._pair[0] else self._pair[0]
        theirs = self._sound.codec(other)
        if theirs is None:
            return tuple(own)
        heard = common(own, (), theirs)
        possible = [one for one in own if one not in heard and common(other.codecs, (), one)]
        return (*heard, *possible)


def _nobody_listens() -> None:
    """Stand in for a call that is over."""


def common(own: Sequence[str], theirs: Sequence[str], present: str | None) -> tuple[str, ...]:
    """Return the codecs of `own` that can be relayed to `present`, the same one first.

    Where there is none, G.711, when `theirs` may be asked for it too.
    """
    mine = codecs_named(own)
    target = next(iter(codecs_named([present or ""])), None)
    if target is not None:
        direct = [one for one in mine if can_relay(one, target)]
        if direct:
            return tuple(one.value for one in sorted(direct, key=lambda one: one is not target))
    if any(one.is_g711 for one in codecs_named(theirs)):
        return tuple(one.value for one in mine if one.is_g711)
    return ()


def _is_wideband(codec: str | None) -> bool:
    return any(not one.is_g711 for one in codecs_named([codec or Codec.PCMA]))
