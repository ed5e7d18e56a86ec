"""From what happened to exactly one outcome: every branch, as tables."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voicegw.calls.interruption import (
    HangupRequested,
    Interruption,
    LegFailed,
    LegFailure,
    LegLost,
    SoundLost,
    SoundSilent,
)
from voicegw.calls.outcome import (
    Ending,
    ending_of_failure,
    ending_of_fault,
    ending_of_interruption,
    ending_of_nobody,
    ending_of_refusal,
    ending_of_talk,
    leg_result,
)
from voicegw.model.call import (
    CallOutcome,
    CallStatus,
    Direction,
    HangupSource,
    LegResult,
    LegRole,
    final_status,
)

# status: (result when it rang, result when it never rang)
RESULTS = {
    400: ("unreachable", "unreachable"),
    401: ("unreachable", "unreachable"),
    403: ("unreachable", "unreachable"),
    404: ("invalid", "invalid"),
    408: ("no_answer", "unreachable"),
    410: ("invalid", "invalid"),
    415: ("unreachable", "unreachable"),
    480: ("no_answer", "unreachable"),
    484: ("invalid", "invalid"),
    486: ("busy", "busy"),
    487: ("canceled", "canceled"),
    488: ("unreachable", "unreachable"),
    500: ("unreachable", "unreachable"),
    503: ("unreachable", "unreachable"),
    504: ("unreachable", "unreachable"),
    600: ("busy", "busy"),
    603: ("declined", "declined"),
    604: ("invalid", "invalid"),
    606: ("unreachable", "unreachable"),
    607: ("declined", "declined"),
    608: ("declined", "declined"),
    302: ("unreachable", "unreachable"),
}
#: What a cause says when its status says nothing (403 and 5xx are used for everything).
CAUSES = {
    1: "invalid",
    17: "busy",
    18: "no_answer",
    19: "no_answer",
    21: "declined",
    22: "invalid",
    28: "invalid",
    16: "unreachable",
    34: "unreachable",
    38: "unreachable",
    127: "unreachable",
    None: "unreachable",
}


@pytest.mark.parametrize(("status", "results"), RESULTS.items())
def test_result_by_status(status: int, results: tuple[str, str]) -> None:
    rang, silent = results
    assert leg_result(status, None, rang=True, network=False) == rang
    assert leg_result(status, None, rang=False, network=False) == silent


@pytest.mark.parametrize("rang", [True, False])
@pytest.mark.parametrize("status", [403, 500, 502, 503])
@pytest.mark.parametrize(("q850", "result"), CAUSES.items())
def test_a_cause_speaks_where_the_status_is_silent(
    status: int, q850: int | None, result: str, rang: bool
) -> None:
    assert leg_result(status, q850, rang=rang, network=False) == result


@pytest.mark.parametrize("q850", [1, 17, 18, 21])
@pytest.mark.parametrize(
    ("status", "result"), [(404, "invalid"), (486, "busy"), (603, "declined"), (487, "canceled")]
)
def test_a_clear_status_outweighs_the_cause(status: int, result: str, q850: int) -> None:
    assert leg_result(status, q850, rang=True, network=False) == result


@pytest.mark.parametrize(
    ("status", "q850", "rang", "result"),
    [
        (480, 18, False, "no_answer"),
        (480, 19, False, "no_answer"),
        (408, 19, False, "no_answer"),
        (480, 20, False, "unreachable"),
        (480, 20, True, "no_answer"),
    ],
)
def test_a_cause_tells_whether_somebody_was_alerted(
    status: int, q850: int, rang: bool, result: str
) -> None:
    assert leg_result(status, q850, rang=rang, network=False) == result


@pytest.mark.parametrize("status", [408, 503, 486, 404])
@pytest.mark.parametrize("q850", [None, 17])
@pytest.mark.parametrize("rang", [True, False])
def test_what_we_made_up_ourselves_means_unreachable(
    status: int, q850: int | None, rang: bool
) -> None:
    assert leg_result(status, q850, rang=rang, network=True) is LegResult.UNREACHABLE


@given(
    st.integers(300, 699),
    st.one_of(st.none(), st.integers(1, 127)),
    st.booleans(),
    st.booleans(),
    st.sampled_from(LegRole),
    st.sampled_from(Direction),
)
def test_every_final_answer_leads_to_an_outcome(
    status: int, q850: int | None, rang: bool, network: bool, role: LegRole, direction: Direction
) -> None:
    result = leg_result(status, q850, rang=rang, network=network)
    assert result not in (LegResult.ANSWERED, LegResult.NOT_CONFIRMED, LegResult.FAILED)
    ending = ending_of_failure(direction, LegFailure(role, result, status, q850))
    assert ending.outcome not in (CallOutcome.CONNECTED, CallOutcome.INTERRUPTED)
    assert 400 <= ending.sip_status <= 699
    assert ending.leg_status == status
    assert 1 <= ending.q850 <= 127


# result: (outcome, final status, who)
CUSTOMER = {
    "busy": ("customer_busy", "busy", "customer"),
    "no_answer": ("customer_no_answer", "no-answer", "gateway"),
    "canceled": ("customer_no_answer", "no-answer", "gateway"),
    "declined": ("customer_declined", "failed", "customer"),
    "invalid": ("customer_invalid", "failed", "network"),
    "unreachable": ("customer_unreachable", "failed", "network"),
    "failed": ("failed", "failed", "gateway"),
}
MANAGER = {
    "busy": ("manager_busy", "busy", "manager"),
    "no_answer": ("manager_no_answer", "no-answer", "gateway"),
    "canceled": ("manager_no_answer", "no-answer", "gateway"),
    "not_confirmed": ("manager_not_confirmed", "no-answer", "gateway"),
    "declined": ("manager_declined", "failed", "manager"),
    "invalid": ("manager_unreachable", "failed", "network"),
    "unreachable": ("manager_unreachable", "failed", "network"),
    "failed": ("failed", "failed", "gateway"),
}
CALLER = MANAGER | {
    "no_answer": ("missed", "no-answer", "gateway"),
    "canceled": ("missed", "no-answer", "gateway"),
    "not_confirmed": ("missed", "no-answer", "gateway"),
}
FAILURES = [
    (direction, role, result, *expected)
    for direction, role, table in [
        (Direction.CLICK_TO_DIAL, LegRole.CUSTOMER, CUSTOMER),
        (Direction.DIAL_THROUGH, LegRole.CUSTOMER, CUSTOMER),
        (Direction.INBOUND, LegRole.CUSTOMER, CUSTOMER),
        (Direction.CLICK_TO_DIAL, LegRole.MANAGER, MANAGER),
        (Direction.DIAL_THROUGH, LegRole.MANAGER, MANAGER),
        (Direction.INBOUND, LegRole.MANAGER, CALLER),
    ]
    for result, expected in table.items()
]


@pytest.mark.parametrize(("direction", "role", "result", "outcome", "status", "who"), FAILURES)
def test_outcome_of_a_failed_leg(
    direction: Direction, role: LegRole, result: str, outcome: str, status: str, who: str
) -> None:
    ending = ending_of_failure(direction, LegFailure(role, LegResult(result), 480, 18))
    assert (ending.outcome, final_status(ending.outcome), ending.source) == (outcome, status, who)
    assert (ending.q850, ending.leg_status) == (18, 480)


@pytest.mark.parametrize(
    ("result", "sip_status"),
    [
        ("busy", 486),
        ("no_answer", 480),
        ("not_confirmed", 480),
        ("declined", 480),
        ("unreachable", 480),
        ("invalid", 480),
        ("failed", 500),
    ],
)
def test_a_caller_is_answered_with_the_right_code(result: str, sip_status: int) -> None:
    failure = LegFailure(LegRole.MANAGER, LegResult(result))
    ending = ending_of_failure(Direction.INBOUND, failure)
    assert ending.sip_status == sip_status
    assert ending.q850 == 16
    assert ending.leg_status is None


def test_nobody_to_ring_is_missed() -> None:
    assert ending_of_nobody() == Ending(
        CallOutcome.MISSED, HangupSource.GATEWAY, sip_status=480, q850=20
    )


def lost(role: str, *, network: bool = False) -> LegLost:
    return LegLost(LegRole(role), network=network, status=408 if network else 200, q850=None)


# (interruption, direction, bridged, outcome, who, failure)
INTERRUPTIONS: list[tuple[Interruption, str, bool, str, str, str | None]] = [
    (lost("customer"), "click_to_dial", False, "abandoned", "customer", None),
    (lost("customer"), "dial_through", False, "abandoned", "customer", None),
    (lost("customer"), "inbound", False, "abandoned", "customer", None),
    (lost("manager"), "click_to_dial", False, "canceled", "manager", None),
    (lost("manager"), "dial_through", False, "canceled", "manager", None),
    (lost("manager"), "inbound", False, "canceled", "manager", None),
    (lost("customer", network=True), "click_to_dial", False, "abandoned", "network", None),
    (lost("manager", network=True), "inbound", False, "missed", "network", None),
    (HangupRequested(HangupSource.API), "click_to_dial", False, "canceled", "api", None),
    (HangupRequested(HangupSource.API), "inbound", False, "canceled", "api", None),
    (HangupRequested(HangupSource.API), "dial_through", False, "canceled", "api", None),
    (
        HangupRequested(HangupSource.GATEWAY),
        "click_to_dial",
        False,
        "failed",
        "gateway",
        "draining",
    ),
    (HangupRequested(HangupSource.GATEWAY), "inbound", False, "failed", "gateway", "draining"),
    (SoundLost(), "click_to_dial", False, "failed", "gateway", "media-lost"),
    (SoundLost(), "inbound", False, "failed", "gateway", "media-lost"),
    (SoundSilent(LegRole.CUSTOMER), "click_to_dial", False, "abandoned", "network", "no-sound"),
    (SoundSilent(LegRole.MANAGER), "click_to_dial", False, "canceled", "network", "no-sound"),
    (SoundSilent(LegRole.MANAGER), "inbound", False, "missed", "network", "no-sound"),
    (Interruption(), "inbound", False, "failed", "gateway", "internal-error"),
    (Interruption(), "inbound", True, "interrupted", "gateway", "internal-error"),
    *[
        (interruption, direction, True, outcome, who, failure)
        for direction in ("click_to_dial", "inbound", "dial_through")
        for interruption, outcome, who, failure in [
            (lost("customer"), "connected", "customer", None),
            (lost("manager"), "connected", "manager", None),
            (lost("customer", network=True), "connected", "network", None),
            (lost("manager", network=True), "connected", "network", None),
            (HangupRequested(HangupSource.API), "connected", "api", None),
            (HangupRequested(HangupSource.GATEWAY), "connected", "gateway", None),
            (SoundLost(), "interrupted", "gateway", "media-lost"),
            (SoundSilent(LegRole.CUSTOMER), "connected", "network", "no-sound"),
            (SoundSilent(LegRole.MANAGER), "connected", "network", "no-sound"),
        ]
    ],
]


@pytest.mark.parametrize(
    ("interruption", "direction", "bridged", "outcome", "who", "failure"), INTERRUPTIONS
)
def test_outcome_of_an_interruption(
    interruption: Interruption,
    direction: str,
    bridged: bool,
    outcome: str,
    who: str,
    failure: str | None,
) -> None:
    ending = ending_of_interruption(Direction(direction), interruption, bridged=bridged)
    assert (ending.outcome, ending.source, ending.failure) == (outcome, who, failure)


def test_the_cause_of_a_lost_leg_is_passed_on() -> None:
    cause = LegLost(LegRole.CUSTOMER, network=False, status=200, q850=31)
    ending = ending_of_interruption(Direction.INBOUND, cause, bridged=True)
    assert (ending.q850, ending.leg_status) == (31, 200)


def test_a_draining_node_answers_503() -> None:
    ending = ending_of_interruption(
        Direction.INBOUND, HangupRequested(HangupSource.GATEWAY), bridged=False
    )
    assert ending.sip_status == 503


def test_endings_of_the_gateway_itself() -> None:
    assert ending_of_refusal("store-unavailable") == Ending(
        CallOutcome.REFUSED,
        HangupSource.GATEWAY,
        sip_status=503,
        failure="store-unavailable",
    )
    assert ending_of_talk().outcome is CallOutcome.CONNECTED
    assert ending_of_talk().failure == "max-talk"
    assert ending_of_fault("media-full", bridged=False).outcome is CallOutcome.FAILED
    fault = ending_of_fault("media-lost", bridged=True)
    assert (fault.outcome, fault.sip_status, fault.q850, fault.failure) == (
        CallOutcome.INTERRUPTED,
        500,
        41,
        "media-lost",
    )
    assert final_status(fault.outcome) is CallStatus.FAILED


@pytest.mark.parametrize(
    ("slug", "sip_status"),
    [
        ("sdp-unusable", 488),
        ("media-full", 503),
        ("store-unavailable", 503),
        ("recording-error", 503),
        ("internal-error", 500),
        ("os-error", 500),
    ],
)
def test_a_waiting_caller_is_told_the_kind_of_fault(slug: str, sip_status: int) -> None:
    assert ending_of_fault(slug, bridged=False).sip_status == sip_status


def test_a_failed_leg_carries_its_failure() -> None:
    failure = LegFailure(LegRole.MANAGER, LegResult.BUSY, 486, 17)
    error = LegFailed(failure)
    assert error.failure is failure
    assert not isinstance(error, Interruption)
