"""Where a call goes on that was redirected (3xx; RFC 3261 §8.1.3.4, §21.3). Pure.

A redirection asks this node to call somebody at the operator's expense, so it is believed only as
far as the one who sends it could have forwarded the call himself: to a server of the same trunk,
and to numbers that the rules for dialling allow. Registered telephones redirect nobody: who is
rung for whom is the plan's affair.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Final

from voicegw.calls.policy import DialRules, check_number
from voicegw.calls.ports import Target
from voicegw.errors import MalformedMessageError, PolicyError
from voicegw.model.numbers import normalise
from voicegw.sip.caller import without_parameters
from voicegw.sip.events import SessionEnded
from voicegw.sip.grammar import URI

MAX_REDIRECTIONS: Final = 5
#: 305 and 380 name a proxy and another service: neither is a way to the one who was called.
_FOLLOWED: Final = frozenset({300, 301, 302})


class Redirections:
    """The redirections of one leg: each number once, at most MAX_REDIRECTIONS in all."""

    def __init__(self, target: Target, rules: DialRules, region: str) -> None:
        """Begin with whom the leg was to reach."""
        self._seen = {target.number}
        self._left = MAX_REDIRECTIONS
        self._rules = rules
        self._region = region

    def follow(
        self, ended: SessionEnded | None, target: Target, serves: Callable[[str], bool]
    ) -> Sequence[Target]:
        """Return whom to ring instead of `target`, best first; empty when it ends here.

        `serves` tells whether a host belongs to the trunk that redirected.
        """
        if ended is None or ended.status not in _FOLLOWED or target.number is None:
            return ()
        found = []
        for contact in ended.contacts:
            number = self._number_of(contact, serves)
            if number is not None and number not in self._seen and self._left > 0:
                self._seen.add(number)
                self._left -= 1
                found.append(replace(target, number=number))
        return found

    def _number_of(self, contact: str, serves: Callable[[str], bool]) -> str | None:
        try:
            uri = URI.parse(contact)
        except MalformedMessageError:
            return None
        if not uri.is_sip or not serves(uri.address):
            return None
        number = normalise(without_parameters(uri.user or ""), self._region)
        if number is None:
            return None
        try:
            check_number(self._rules, number)
        except PolicyError:
            return None
        return number
