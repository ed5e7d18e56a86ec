"""Whom a number leads to, of one customer or of several."""

from __future__ import annotations

from voicegw.directory.match import CallerMatch, matched
from voicegw.model.directory import Customer, Manager
from voicegw.store.callers import DialledTask

_ANNA = Manager("mgr_1", "Anna", "grp_1")
_BEN = Manager("mgr_2", "Ben", "grp_1")
_MANAGERS = {manager.id: manager for manager in (_ANNA, _BEN)}
_FIRST = Customer("cus_1", "First", "grp_1", owner_id="mgr_1")
_SECOND = Customer("cus_2", "Second", "grp_1", owner_id="mgr_2")


def test_nobody() -> None:
    assert matched([], _MANAGERS) == CallerMatch(None, None)
    assert not CallerMatch(None, None).is_ambiguous


def test_one_customer_leads_to_the_owner() -> None:
    match = matched([_FIRST], _MANAGERS)
    assert match == CallerMatch(_FIRST, _ANNA, (_FIRST,))
    assert not match.is_ambiguous
    unknown = Customer("cus_3", "Third", "grp_1", owner_id="mgr_9")
    assert matched([unknown], _MANAGERS).manager is None


def test_of_several_the_one_last_dialled_is_meant() -> None:
    match = matched([_FIRST, _SECOND], _MANAGERS, last_manager_id="mgr_1", last_customer_id="cus_2")
    assert (match.customer, match.manager, match.last_manager_id) == (_SECOND, _BEN, "mgr_1")
    assert not match.is_ambiguous


def test_of_several_of_whom_none_was_dialled_the_first_is_a_guess() -> None:
    for customer_id in (None, "cus_gone"):
        match = matched(
            [_FIRST, _SECOND], _MANAGERS, last_manager_id="mgr_2", last_customer_id=customer_id
        )
        assert (match.customer, match.manager, match.last_manager_id) == (_FIRST, _ANNA, "mgr_2")
        assert match.is_ambiguous


def test_a_call_belongs_to_the_task_that_its_caller_was_dialled_for() -> None:
    for task, expected in (
        (DialledTask("tsk_1", "cus_1"), "tsk_1"),
        (DialledTask("tsk_1", None), "tsk_1"),
        (DialledTask("tsk_2", "cus_2"), None),  # the other one's of the same number
        (None, None),
    ):
        assert matched([_FIRST, _SECOND], _MANAGERS, task=task).task_id == expected
    assert matched([], _MANAGERS, task=DialledTask("tsk_1", None)).task_id == "tsk_1"
    assert matched([], _MANAGERS, task=DialledTask("tsk_1", "cus_1")).task_id is None
