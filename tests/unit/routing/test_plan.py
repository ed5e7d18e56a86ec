"""Every branch of the plan for a caller."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from voicegw.model.call import LegResult
from voicegw.model.directory import Customer, Manager, ManagerStatus, Phone
from voicegw.routing.plan import PlanFacts, StepKind, StepResult, inbound_plan

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
CUSTOMER = Customer(id="cus_1", name="Customer", group_id="grp_1", owner_id="mgr_1")
PHONES = [Phone(aor="m2", order=2), Phone(number="+8613900139000", order=1)]


def owner(**changes: object) -> Manager:
    facts: dict[str, object] = {"status": ManagerStatus.ACTIVE, "phones": list(PHONES), **changes}
    return Manager(id="mgr_1", name="Owner", group_id="grp_1", **facts)  # type: ignore[arg-type]


def facts(manager: Manager | None, *, busy: bool = False, known: bool = True) -> PlanFacts:
    return PlanFacts(customer=CUSTOMER if known else None, owner=manager, owner_busy=busy, at=NOW)


@pytest.mark.parametrize(
    ("given", "reason", "farewell"),
    [
        (facts(owner()), None, "manager_unavailable"),
        (facts(None, known=False), "caller-unknown", "manager_unavailable"),
        (facts(None), "no-owner", "manager_unavailable"),
        (facts(owner(status=ManagerStatus.DEPARTED)), "departed", "manager_unavailable"),
        (facts(owner(status=ManagerStatus.AWAY)), "away", "manager_unavailable"),
        (
            facts(owner(status=ManagerStatus.AWAY, away_until=NOW + timedelta(seconds=1))),
            "away",
            "manager_unavailable",
        ),
        (
            facts(owner(status=ManagerStatus.AWAY, away_until=NOW)),
            None,
            "manager_unavailable",
        ),
        (
            facts(owner(status=ManagerStatus.AWAY, away_until=NOW - timedelta(days=1))),
            None,
            "manager_unavailable",
        ),
        (facts(owner(phones=[])), "no-phone", "manager_unavailable"),
        (facts(owner(), busy=True), "busy", "manager_busy"),
        (facts(owner(phones=[]), busy=True), "no-phone", "manager_unavailable"),
        (
            facts(owner(status=ManagerStatus.DEPARTED), busy=True),
            "departed",
            "manager_unavailable",
        ),
    ],
)
def test_inbound_plan(given: PlanFacts, reason: str | None, farewell: str) -> None:
    ring, end = inbound_plan(given)
    assert ring.kind is StepKind.OWNER
    assert ring.skip_reason == reason
    assert ring.manager is given.owner
    assert end.kind is StepKind.HANG_UP
    assert end.prompt == farewell
    assert end.manager is None


def test_a_plan_is_a_function_of_its_facts() -> None:
    assert inbound_plan(facts(owner())) == inbound_plan(facts(owner()))


def test_a_step_can_end_in_all_that_a_leg_can() -> None:
    failed = {str(one) for one in LegResult} - {LegResult.ANSWERED}
    assert failed < {str(one) for one in StepResult}
