"""From what happened to exactly one outcome. Pure; every branch is in a table test."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from voicegw.calls.interruption import (
    HangupRequested,
    Interruption,
    LegFailure,
    LegLost,
    NoCommonCodec,
    SoundLost,
    SoundSilent,
)
from voicegw.model.call import (
    Call,
    CallOutcome,
    Direction,
    HangupSource,
    LegResult,
    LegRole,
    final_status,
)


@dataclass(frozen=True, slots=True)
class Ending:
    """How a call ends: what is recorded, and the SIP code and Q.850 cause for open legs.

    `sip_status` answers a caller who was never answered; `q850` goes into BYE and CANCEL.
    """

    outcome: CallOutcome
    source: HangupSource
    sip_status: int = 480
    q850: int = 16
    leg_status: int | None = None
    failure: str | None = None


def write_ending(
    call: Call, ending: Ending, now: datetime, *, talk_ended_at: datetime | None
) -> None:
    """Write how `call` has ended into its record.

    A talk lasted until `talk_ended_at`, where questions have followed it, else until `now`.
    """
    call.outcome = ending.outcome
    call.status = final_status(ending.outcome)
    call.ended_at = now
    call.held_by = None
    call.hangup_source = ending.source
    call.failure = ending.failure
    call.sip_code = ending.leg_status if ending.leg_status is not None else call.sip_code
    call.q850 = ending.q850
    if call.bridged_at is not None:
        until = talk_ended_at or now
        call.talk_s = round((until - call.bridged_at).total_seconds(), 3)


#: Final SIP status of a leg's INVITE → what became of the leg (RFC 3261 §21, RFC 3398 §8.2.6.1).
_RESULT_BY_STATUS = {
    404: LegResult.INVALID,
    410: LegResult.INVALID,
    484: LegResult.INVALID,
    604: LegResult.INVALID,
    408: LegResult.NO_ANSWER,
    480: LegResult.NO_ANSWER,
    487: LegResult.CANCELED,
    486: LegResult.BUSY,
    600: LegResult.BUSY,
    603: LegResult.DECLINED,
    607: LegResult.DECLINED,
    608: LegResult.DECLINED,
}

#: Q.850 causes that say more than the status that carried them.
_RESULT_BY_CAUSE = {
    1: LegResult.INVALID,
    17: LegResult.BUSY,
    18: LegResult.NO_ANSWER,
    19: LegResult.NO_ANSWER,
    21: LegResult.DECLINED,
    22: LegResult.INVALID,
    28: LegResult.INVALID,
}


def leg_result(status: int, q850: int | None, *, rang: bool, network: bool) -> LegResult:
    """Return what a final non-2xx says of a leg.

    `rang`: a 180 or 183 had come; `network`: `status` is ours (time-out, transport), not a peer's.
    A 480 or 408 from a leg that never rang means that it could not be reached.
    """
    if network:
        return LegResult.UNREACHABLE
    if q850 is not None and status not in _RESULT_BY_STATUS and q850 in _RESULT_BY_CAUSE:
        return _RESULT_BY_CAUSE[q850]
    result = _RESULT_BY_STATUS.get(status, LegResult.UNREACHABLE)
    if result is LegResult.NO_ANSWER and not rang and q850 not in (18, 19):
        return LegResult.UNREACHABLE
    return result


_CUSTOMER_OUTCOMES = {
    LegResult.BUSY: CallOutcome.CUSTOMER_BUSY,
    LegResult.NO_ANSWER: CallOutcome.CUSTOMER_NO_ANSWER,
    LegResult.CANCELED: CallOutcome.CUSTOMER_NO_ANSWER,
    LegResult.DECLINED: CallOutcome.CUSTOMER_DECLINED,
    LegResult.INVALID: CallOutcome.CUSTOMER_INVALID,
    LegResult.UNREACHABLE: CallOutcome.CUSTOMER_UNREACHABLE,
    LegResult.FAILED: CallOutcome.FAILED,
}
_MANAGER_OUTCOMES = {
    LegResult.BUSY: CallOutcome.MANAGER_BUSY,
    LegResult.NO_ANSWER: CallOutcome.MANAGER_NO_ANSWER,
    LegResult.CANCELED: CallOutcome.MANAGER_NO_ANSWER,
    LegResult.NOT_CONFIRMED: CallOutcome.MANAGER_NOT_CONFIRMED,
    LegResult.DECLINED: CallOutcome.MANAGER_DECLINED,
    LegResult.INVALID: CallOutcome.MANAGER_UNREACHABLE,
    LegResult.UNREACHABLE: CallOutcome.MANAGER_UNREACHABLE,
    LegResult.FAILED: CallOutcome.FAILED,
}
#: A caller who reached nobody has missed the manager, whatever the reason but a busy line.
_INBOUND_OUTCOMES = _MANAGER_OUTCOMES | {
    LegResult.NO_ANSWER: CallOutcome.MISSED,
    LegResult.CANCELED: CallOutcome.MISSED,
    LegResult.NOT_CONFIRMED: CallOutcome.MISSED,
}

_CALLER_STATUS = {
    CallOutcome.MANAGER_BUSY: 486,
    CallOutcome.MANAGER_DECLINED: 480,
    CallOutcome.MANAGER_UNREACHABLE: 480,
    CallOutcome.MISSED: 480,
    CallOutcome.FAILED: 500,
}


def ending_of_failure(direction: Direction, failure: LegFailure) -> Ending:
    """Return the ending when the last leg worth ringing was not won."""
    if failure.role is LegRole.CUSTOMER:
        table = _CUSTOMER_OUTCOMES
    elif direction is Direction.INBOUND:
        table = _INBOUND_OUTCOMES
    else:
        table = _MANAGER_OUTCOMES
    outcome = table[failure.result]
    source = HangupSource.GATEWAY
    if failure.result in (LegResult.BUSY, LegResult.DECLINED):
        source = HangupSource.CUSTOMER if failure.role is LegRole.CUSTOMER else HangupSource.MANAGER
    elif failure.result in (LegResult.INVALID, LegResult.UNREACHABLE):
        source = HangupSource.NETWORK
    return Ending(
        outcome,
        source,
        sip_status=_CALLER_STATUS.get(outcome, 480),
        q850=failure.q850 or 16,
        leg_status=failure.status,
    )


def lasting(before: LegFailure | None, now: LegFailure | None) -> LegFailure | None:
    """Return which of two failures, one after the other, tells why a caller reached nobody.

    The later one; but a busy line only where it has been nothing but busy lines: a manager who did
    not answer is not busy because the colleague is.
    """
    if now is None or (before is not None and now.result is LegResult.BUSY):
        return before
    return now


#: What says most of why nobody took a call, first.
_TELLING = (
    LegResult.DECLINED,
    LegResult.NO_ANSWER,
    LegResult.NOT_CONFIRMED,
    LegResult.BUSY,
)


def most_telling(failures: Sequence[LegFailure]) -> LegFailure:
    """Return which of several failures at once says most of the people who were rung."""
    return min(
        failures,
        key=lambda one: _TELLING.index(one.result) if one.result in _TELLING else len(_TELLING),
    )


def ending_of_nobody() -> Ending:
    """Return the ending when a plan had nobody to ring."""
    return Ending(CallOutcome.MISSED, HangupSource.GATEWAY, sip_status=480, q850=20)


def ending_of_interruption(
    direction: Direction, interruption: Interruption, *, bridged: bool
) -> Ending:
    """Return the ending when something broke into the flow.

    Once the two have been bridged the call was `connected`, whoever hung up; only a fault of ours
    makes it `interrupted`.
    """
    match interruption:
        case SoundLost():
            ending = ending_of_fault("media-lost", bridged=bridged)
        case NoCommonCodec():
            ending = ending_of_fault("no-common-codec", bridged=bridged)
        case HangupRequested(source=source):
            ending = _ending_of_request(source, bridged=bridged)
        case SoundSilent(role=role):
            outcome = CallOutcome.CONNECTED if bridged else _lost(direction, role, network=True)
            ending = Ending(outcome, HangupSource.NETWORK, q850=102, failure="no-sound")
        case LegLost(role=role, network=network, status=status, q850=q850):
            outcome = CallOutcome.CONNECTED if bridged else _lost(direction, role, network=network)
            person = HangupSource.CUSTOMER if role is LegRole.CUSTOMER else HangupSource.MANAGER
            ending = Ending(
                outcome,
                HangupSource.NETWORK if network else person,
                q850=q850 or 16,
                leg_status=status,
            )
        case _:
            ending = ending_of_fault("internal-error", bridged=bridged)
    return ending


def _ending_of_request(source: HangupSource, *, bridged: bool) -> Ending:
    if bridged:
        return Ending(CallOutcome.CONNECTED, source)
    if source is HangupSource.API:
        return Ending(CallOutcome.CANCELED, source)
    return Ending(CallOutcome.FAILED, source, sip_status=503, failure="draining")


def _lost(direction: Direction, role: LegRole, *, network: bool) -> CallOutcome:
    """Who left before the two could talk: the customer abandons, the manager cancels.

    A caller whose manager is lost to the network has missed the manager.
    """
    if role is LegRole.CUSTOMER:
        return CallOutcome.ABANDONED
    if network and direction is Direction.INBOUND:
        return CallOutcome.MISSED
    return CallOutcome.CANCELED


def ending_of_callback() -> Ending:
    """Return the ending of a caller who has asked to be called back."""
    return Ending(CallOutcome.CALLBACK_REQUESTED, HangupSource.GATEWAY)


def ending_of_refusal(slug: str) -> Ending:
    """Return the ending of a call that was taken down but not dialled."""
    return Ending(CallOutcome.REFUSED, HangupSource.GATEWAY, sip_status=503, failure=slug)


def ending_of_talk() -> Ending:
    """Return the ending of a talk that reached its allowed length."""
    return Ending(CallOutcome.CONNECTED, HangupSource.GATEWAY, failure="max-talk")


def ending_of_lost_transfer(failure: LegFailure) -> Ending:
    """Return the ending when a manager handed the customer on, left, and nobody took over."""
    return Ending(
        CallOutcome.CONNECTED,
        HangupSource.GATEWAY,
        q850=failure.q850 or 16,
        leg_status=failure.status,
        failure="transfer-failed",
    )


#: Faults that a waiting caller is told more of: SIP status and Q.850 cause.
_FAULTS = {
    "sdp-unusable": (488, 88),
    "srtp-needs-tls": (488, 88),
    "no-common-codec": (488, 88),
    "media-full": (503, 34),
    "store-unavailable": (503, 41),
    "recording-error": (503, 41),
}


def ending_of_fault(slug: str, *, bridged: bool) -> Ending:
    """Return the ending when the gateway itself failed in a way no flow foresaw."""
    outcome = CallOutcome.INTERRUPTED if bridged else CallOutcome.FAILED
    status, q850 = _FAULTS.get(slug, (500, 41))
    return Ending(outcome, HangupSource.GATEWAY, sip_status=status, q850=q850, failure=slug)
