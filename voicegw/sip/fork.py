"""One user, several telephones: INVITEs to all at once, the first to answer gets the call. Pure.

What a forking proxy does for its caller (RFC 3261 §16.7), seen from a back-to-back agent: each
branch is a session of its own, with its own Call-ID, so that nothing of one telephone is told to
another. Early media of several can't be mixed, so descriptions before the answer are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

from voicegw.sip.events import (
    EndedBy,
    SessionAnswered,
    SessionEnded,
    SessionEvent,
    SessionListener,
    SessionProgressed,
)
from voicegw.sip.session import SessionState
from voicegw.sip.session_uac import UacSession

#: What telephones are told that another one was faster than; they show no missed call then.
COMPLETED_ELSEWHERE: Final = "Call completed elsewhere"


@dataclass(slots=True, eq=False)
class _Branch:
    session: UacSession | None = None
    ended: bool = False


class Fork:
    """Rings several telephones at once. `add` each, then `send`.

    Its listener is told what one session would tell: SessionProgressed, then SessionAnswered of the
    winner, whose events come directly from then on, or one SessionEnded when all have failed.
    """

    def __init__(
        self,
        listener: SessionListener,
        *,
        on_winner: Callable[[UacSession], None],
        on_over: Callable[[UacSession], None],
    ) -> None:
        """`on_winner` is called before the winner's SessionAnswered, `on_over` when nothing is left
        to end of a branch that did not win."""
        self._listener = listener
        self._on_winner = on_winner
        self._on_over = on_over
        self._branches: list[_Branch] = []
        self._failures: list[SessionEnded] = []
        self._decided = False
        """Whether the listener has been told the end of the search."""
        self._given_up = False

    def add(self, prepare: Callable[[SessionListener], UacSession]) -> UacSession:
        """Have `prepare` build one more branch and return it. Raises what `prepare` raises."""
        branch = _Branch()
        branch.session = prepare(lambda event: self._heard(branch, event))
        self._branches.append(branch)
        return branch.session

    def send(self) -> None:
        """Let all INVITEs leave."""
        for session in self._open():
            session.send()

    def end(
        self, *, status: int | None = None, q850: int | None = None, text: str | None = None
    ) -> None:
        """Give up: CANCEL to every telephone. SessionEnded follows with the last of them."""
        self._given_up = True
        for session in self._open():
            session.end(status=status, q850=q850, text=text)

    def leave(self) -> None:
        """Give up and tell the listener nothing more: it has turned to something else."""
        self._decided = True
        self.end()

    @property
    def unheard(self) -> bool:
        """Whether no telephone has shown a sign of life."""
        sessions = self._open()
        return bool(sessions) and all(one.state == SessionState.CALLING for one in sessions)

    def _open(self) -> list[UacSession]:
        return [one.session for one in self._branches if one.session is not None and not one.ended]

    def _heard(self, branch: _Branch, event: SessionEvent) -> None:
        session = branch.session
        if session is None:
            return
        match event:
            case SessionProgressed(status=status):
                self._listener(SessionProgressed(status))
            case SessionAnswered():
                self._answered(branch, session, event)
            case SessionEnded():
                branch.ended = True
                self._on_over(session)
                self._ended(event)
            case _:
                pass

    def _answered(self, branch: _Branch, session: UacSession, answer: SessionAnswered) -> None:
        """Take the first answer, the only one: who was ended ends a late answer by itself."""
        self._decided = True
        branch.ended = True
        session.listener = self._listener
        self._on_winner(session)
        for other in self._open():
            other.end(status=200, text=COMPLETED_ELSEWHERE)
        self._listener(answer)

    def _ended(self, ended: SessionEnded) -> None:
        if self._decided:
            return
        self._failures.append(ended)
        others = self._open()
        if ended.by is EndedBy.REMOTE and ended.status >= 600 and not self._given_up:
            # §16.7 step 5: the person does not want the call, on no telephone.
            self._decide(ended)
            for other in others:
                other.end(status=ended.status)
        elif not others:
            self._decide(best_failure(self._failures))

    def _decide(self, ended: SessionEnded) -> None:
        self._decided = True
        self._listener(ended)


def best_failure(failures: Iterable[SessionEnded]) -> SessionEnded:
    """Return the failure that says most of the person called (§16.7 step 6).

    An answer outweighs silence, 6xx all others, then the lowest class; within a class 486, which
    is a person's, then what asks for another request (401, 407, 415, 420, 484), then the first.
    """
    return min(failures, key=_weight)


_WITHIN_CLASS: Final = {486: 0, 401: 1, 407: 1, 415: 1, 420: 1, 484: 1}


def _weight(failure: SessionEnded) -> tuple[bool, int, int]:
    status_class = 0 if failure.status >= 600 else failure.status // 100
    return (
        failure.by is EndedBy.NETWORK,
        status_class,
        _WITHIN_CLASS.get(failure.status, 2),
    )
