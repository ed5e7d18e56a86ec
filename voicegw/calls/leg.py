"""One telephone of a running call: its signalling session, its place in the media session, and
what has been heard of it so far.

A leg never waits and never decides: events from signalling change its state and wake the flow,
which looks at the state. Work that must wait (taking an answer into the media engine) is left as a
*chore* for the call's owner task.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from voicegw.calls.interruption import LegLost
from voicegw.calls.leg_reason import reason_by_code
from voicegw.calls.outcome import leg_result
from voicegw.clock import Clock
from voicegw.media.engine import MediaTerms
from voicegw.model.call import (
    HangupSource,
    Leg,
    LegResult,
    LegRole,
    ReasonSource,
)
from voicegw.sip.events import (
    EndedBy,
    InfoDigit,
    ReferReceived,
    ReofferAnswered,
    ReofferReceived,
    ReofferRefused,
    SessionAnswered,
    SessionConfirmed,
    SessionEnded,
    SessionEvent,
    SessionProgressed,
    SessionRefreshed,
)
from voicegw.sip.fork import Fork
from voicegw.sip.refer import Referral
from voicegw.sip.session import Session, SessionState

_log = logging.getLogger(__name__)

_BY_PERSON = frozenset({LegResult.BUSY, LegResult.DECLINED})


class LegOwner(Protocol):
    """What a leg tells its call."""

    def leg_changed(self, leg: CallLeg) -> None:
        """Wake the flow: the state of `leg` is new."""
        ...

    def leg_described(self, leg: CallLeg, sdp: str, *, early: bool) -> None:
        """Take the far end's description `sdp` of `leg` into the media session."""
        ...

    def leg_reoffered(self, leg: CallLeg, sdp: str | None) -> None:
        """Answer the far end's wish to change the session."""
        ...

    def leg_reoffer_settled(self, leg: CallLeg, sdp: str | None) -> None:
        """Take the answer `sdp` to our own re-offer; None: it was refused, all is as before."""
        ...

    def leg_refreshed(self, leg: CallLeg, sdp: str) -> None:
        """Take a new description that came with a refresh of the session."""
        ...

    def leg_pressed(self, leg: CallLeg, digit: str) -> None:
        """Take a digit that came by INFO."""
        ...

    def leg_referred(self, leg: CallLeg, referral: Referral) -> None:
        """Do what the far end wishes, to hand the call on, or refuse it."""
        ...

    def leg_over(self, leg: CallLeg, ended: SessionEnded) -> None:
        """Nothing more comes from the present session of `leg`."""
        ...


class CallLeg:
    """A telephone's part in a live call. `record` is what outsiders see of it."""

    def __init__(self, record: Leg, owner: LegOwner, clock: Clock) -> None:
        """Begin without a session; `attach` gives one."""
        self.record = record
        self._owner = owner
        self._clock = clock
        self.session: Session | None = None
        self.fork: Fork | None = None
        """The telephones that ring at once, until one of them has the session."""
        self.branch = ""
        """Which of several INVITEs the session is, in the journal; empty for the only one."""
        self.rang = False
        self.ringing_told = False
        """Whether the event of it is written: one a leg, however often it is redirected."""
        self.answered = False
        self.early_sound = False
        self.described = False
        self.held = False
        self.hold_marked = False
        """The capture tells that it holds the other side (:meth:`CallSound.mark_hold`)."""
        self.terms = MediaTerms(())
        """What it was offered under, or answered."""
        self.reoffering = False
        """A re-INVITE of ours is on its way."""
        self.local_sdp: str | None = None
        """Our description, kept so that a 183 and the 200 after it carry the same."""
        self.ended: SessionEnded | None = None
        self._over_at: datetime | None = None
        self.on_over: Callable[[], None] | None = None
        """Called once when the session has ended, by whomever."""
        self.released = False
        """We ended it ourselves: its end is expected and must not break into the flow."""
        self.withheld = False
        """The far end wants its number to be shown to nobody."""
        self.on_trial = False
        """The flow waits for a key of this leg, or its end, and is not to be broken into by it."""

    @property
    def id(self) -> str:
        """The leg's id, also its name in the media session."""
        return self.record.id

    @property
    def role(self) -> LegRole:
        """Whose telephone it is."""
        return self.record.role

    @property
    def alive(self) -> bool:
        """Whether the leg has a session that has not ended and that we have not given up."""
        begun = self.session is not None or self.fork is not None
        return begun and self.ended is None and not self.released

    @property
    def was_called(self) -> bool:
        """Whether we rang this telephone, or began to: the far end did not call us."""
        return self.session is None or self.session.is_caller

    @property
    def codecs(self) -> tuple[str, ...]:
        """What it may agree to, best first."""
        return self.terms.codecs or ()

    def attach(self, session: Session) -> None:
        """Give the leg its session; a further attempt after a failure gives another."""
        self._begin(session, None)

    def attach_fork(self, fork: Fork) -> None:
        """Ring several telephones in place of one; :meth:`attach_winner` follows, or the end."""
        self._begin(None, fork)

    def attach_winner(self, session: Session) -> None:
        """Give the leg the session of the telephone that answered first."""
        self._begin(session, None)
        self.branch = session.id

    def _begin(self, session: Session | None, fork: Fork | None) -> None:
        self.session = session
        self.fork = fork
        self.branch = ""
        self.ended = None
        self._over_at = None
        self.answered = False
        self.early_sound = False
        self.described = False
        self.reoffering = False

    def on_session_event(self, event: SessionEvent) -> None:
        """Take one event of the session; called by the signalling core."""
        now = self._clock.now()
        match event:
            case SessionProgressed(status=status, sdp=sdp, silenced=silenced):
                self.early_sound = self.early_sound and not silenced
                self._progressed(status, sdp, now)
            case SessionAnswered(sdp=sdp):
                self._answered(sdp, now)
            case SessionConfirmed(sdp=sdp):
                if sdp is not None:
                    self._owner.leg_described(self, sdp, early=False)
            case ReofferReceived(sdp=sdp):
                self._owner.leg_reoffered(self, sdp)
            case ReofferAnswered(sdp=sdp):
                self._owner.leg_reoffer_settled(self, sdp)
            case ReofferRefused():
                self._owner.leg_reoffer_settled(self, None)
            case SessionRefreshed(sdp=sdp):
                self._owner.leg_refreshed(self, sdp)
            case InfoDigit(digit=digit):
                self._owner.leg_pressed(self, digit)
            case ReferReceived(referral=referral):
                self._owner.leg_referred(self, referral)
            case SessionEnded():
                self._ended(event)
            case _:
                pass
        self._owner.leg_changed(self)

    def reoffer(self, sdp: str) -> None:
        """Offer another description by re-INVITE to a leg that is answered."""
        if self.session is not None and self.ended is None:
            self.reoffering = True
            self.session.reoffer(sdp)

    def _progressed(self, status: int, sdp: str | None, now: datetime) -> None:
        if status in (180, 183) and not self.rang:
            self.rang = True
            self.record.ringing_at = now
        if sdp is not None:
            self.early_sound = True
            self._owner.leg_described(self, sdp, early=True)

    def _answered(self, sdp: str | None, now: datetime) -> None:
        self.answered = True
        self.record.answered_at = now
        self.record.result = LegResult.ANSWERED
        if sdp is not None:
            self._owner.leg_described(self, sdp, early=False)
        else:
            # An INVITE with an offer, answered without a description: nothing can be heard.
            _log.warning("answer without description", extra={"leg_id": self.id})
            self.release(q850=88)

    def mark_answered(self, now: datetime) -> None:
        """Record that we answered the far end's INVITE."""
        self.answered = True
        self.record.answered_at = now
        self.record.result = LegResult.ANSWERED

    def _ended(self, ended: SessionEnded) -> None:
        self.ended = ended
        self._over_at = self._clock.now()
        # Telephones that ring tell us, and we would hold them: a ring, once nothing can be told.
        self.fork = None
        if not self.released:
            self.record.sip_code = ended.status
            self.record.q850 = ended.q850
        self._owner.leg_over(self, ended)
        tell, self.on_over = self.on_over, None
        if tell is not None:
            tell()

    @property
    def unheard(self) -> bool:
        """Whether nothing has come from the far end, not even a 100."""
        if self.fork is not None:
            return self.ended is None and self.fork.unheard
        return (
            self.session is not None
            and self.ended is None
            and self.session.state == SessionState.CALLING
        )

    def give_up(self) -> None:
        """Leave a session of which nothing was heard, as if it had timed out.

        What still comes of it (RFC 3261 §9.1) the session answers by itself, with CANCEL or BYE.
        """
        if self.ended is not None:
            return
        if self.fork is not None:
            self.fork.leave()
        elif self.session is not None:
            self.session.listener = None
            self.session.on_snapshot = None
            self.session.end()
        else:
            return
        self._ended(SessionEnded(EndedBy.NETWORK, 408, answered=False))

    def failure_result(self) -> LegResult:
        """Return what became of a leg that was not answered, from how it ended."""
        if self.ended is None:
            return LegResult.NO_ANSWER
        return leg_result(
            self.ended.status,
            self.ended.q850,
            rang=self.rang,
            network=self.ended.by is EndedBy.NETWORK,
        )

    def ended_by(self, result: LegResult | None = None) -> HangupSource | None:
        """Return who ended the leg, None where we did, or nobody has.

        A refusal of our INVITE is the person's when `result` says busy or declined, else the
        network's.
        """
        if self.ended is None or self.released:
            return None
        called = self.session is None or self.session.is_caller
        refused = not self.ended.answered and called
        if self.ended.by is EndedBy.NETWORK or (refused and result not in _BY_PERSON):
            return HangupSource.NETWORK
        return HangupSource.CUSTOMER if self.role is LegRole.CUSTOMER else HangupSource.MANAGER

    def loss(self, ended: SessionEnded) -> LegLost:
        """Return what the end of the leg means to a flow that relied on it."""
        return LegLost(
            self.role,
            network=ended.by is EndedBy.NETWORK,
            status=ended.status,
            q850=ended.q850,
        )

    def close(
        self,
        now: datetime,
        result: LegResult | None,
        source: HangupSource | None,
    ) -> bool:
        """Write the leg's end into its record; False when it had been written before.

        A leg whose session was over before `now` ended then: who has handed a customer on and hung
        up is told of later. `result` outweighs what was noted at the answer; None keeps that.
        """
        if self.record.ended_at is not None:
            return False
        self.record.ended_at = self._over_at or now
        if result is not None:
            self.record.result = result
        self.record.hangup_source = source
        ours = self.ended is not None and self.ended.by is EndedBy.NETWORK
        self.record.reason = reason_by_code(
            self.record.result, None if ours else self.record.sip_code, self.record.q850
        )
        if self.record.reason is not None:
            self.record.reason_source = ReasonSource.CODE
        return True

    def release(
        self, *, status: int | None = None, q850: int | None = None, text: str | None = None
    ) -> None:
        """End the session by whatever fits its state; harmless when it has ended."""
        if self.ended is not None:
            return
        self.released = True
        if self.fork is not None:
            self.fork.end(status=status, q850=q850, text=text)
        elif self.session is not None:
            self.session.end(status=status, q850=q850, text=text)
