"""What a request to give tasks asks for, as far as its caller may see tasks and managers."""

from __future__ import annotations

from api.dependencies import Caller
from api.guards import check_group
from api.schemas.assignments import (
    AssignFilter,
    AssignRule,
    ByClass,
    ByHand,
    BySkill,
    TaskAssignBody,
)
from api.services import ApiServices
from voicegw.errors import InvalidError
from voicegw.model.task_assignment import Rule, RuleKind
from voicegw.store.tasks import TaskFilter
from voicegw.tasks.assignment_service import AssignmentRequest, Reach

_NEEDS_MANAGERS = frozenset({RuleKind.EVENLY, RuleKind.SKILL})


async def assignment_request(
    services: ApiServices, caller: Caller, body: TaskAssignBody
) -> AssignmentRequest:
    """Return what `body` asks for. Raises InvalidError, naming the field."""
    _check(body)
    if body.group_id is not None:
        check_group(caller, "group_id", body.group_id)
    scope = caller.scope
    reach = Reach(scope.group_ids)
    if scope.own_only:
        # Nobody's, where the manager is not known: no id is empty.
        reach = Reach(manager_id=scope.manager_id or "")
    filtered = body.filter
    return AssignmentRequest(
        rule=_rule(body.rule, body.manager_ids),
        by=caller.principal.id,
        role=caller.role,
        reach=reach,
        task_ids=body.task_ids,
        wanted=TaskFilter() if filtered is None else await _filter(services, caller, filtered),
        nobodys=filtered is not None and filtered.nobodys,
        group_id=body.group_id,
        order_group_id=body.group_id or _group_of(filtered) or caller.principal.group_id,
        plan_tag=body.plan_tag,
        why=body.why,
    )


def _group_of(filtered: AssignFilter | None) -> str | None:
    return None if filtered is None else filtered.group_id


def _check(body: TaskAssignBody) -> None:
    """Raise InvalidError unless tasks and managers are named in one way."""
    if isinstance(body.rule, ByHand):
        if body.task_ids is not None or body.filter is not None:
            raise InvalidError(
                "task_ids", "the rule names the tasks", kind="not-with", other="rule"
            )
        if body.manager_ids or body.group_id is not None:
            raise InvalidError(
                "manager_ids", "the rule names the managers", kind="not-with", other="rule"
            )
        return
    if (body.task_ids is None) is (body.filter is None):
        raise InvalidError(
            "task_ids", "either task_ids or filter", kind="choose-one", fields="task_ids, filter"
        )
    if body.manager_ids and body.group_id is not None:
        raise InvalidError(
            "group_id",
            "either manager_ids or group_id",
            kind="choose-one",
            fields="manager_ids, group_id",
        )
    nobody = not body.manager_ids and body.group_id is None
    if nobody and RuleKind(body.rule.kind) in _NEEDS_MANAGERS:
        raise InvalidError(
            "manager_ids",
            "say who shares the tasks: manager_ids or group_id",
            kind="choose-one",
            fields="manager_ids, group_id",
        )


async def _filter(services: ApiServices, caller: Caller, body: AssignFilter) -> TaskFilter:
    if body.nobodys and body.manager_id is not None:
        raise InvalidError(
            "filter.nobodys", "not with manager_id", kind="not-with", other="manager_id"
        )
    listing = await services.scopes.listing(caller.scope, body.group_id, body.manager_id)
    if listing is None:
        return TaskFilter(group_ids=())
    return TaskFilter(
        group_ids=listing.group_ids,
        manager_id=listing.manager_id,
        customer_id=body.customer_id,
        type=body.type,
        own_type=body.own_type,
        state=body.state,
        due_before=body.due_before,
        from_=body.from_,
        until=body.until,
    )


def _rule(rule: AssignRule, manager_ids: list[str]) -> Rule:
    kind, named = RuleKind(rule.kind), list(dict.fromkeys(manager_ids))
    if isinstance(rule, ByHand):
        return Rule(kind, pairs=rule.managers, use_deputies=rule.use_deputies)
    return Rule(
        kind,
        named,
        classes=rule.classes if isinstance(rule, ByClass) else {},
        skills=rule.skills if isinstance(rule, BySkill) else {},
        balance=rule.balance,
        use_deputies=rule.use_deputies,
    )
