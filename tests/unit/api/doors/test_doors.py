"""Every operation, as every role, about the own, a colleague's and another group's things.

All is asked once (some two thousand requests over one store in which no write stays); the tests
look at what came back.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from api.access import GRANTABLE, Permission, permissions_of
from tests.unit.api.doors.drive import OF_SESSIONS, ROLES, SAFE, Observed, observe
from tests.unit.api.doors.recipes import RECIPES
from tests.unit.api.doors.table import rendered
from voicegw.identity import visible_number
from voicegw.model.numbers import spellings

PAGE: Final = Path(__file__).parents[4] / "docs" / "access.md"

#: What is done by POST and changes nothing.
CHANGES_NOTHING: Final = frozenset({"checkFlow", "explainCall"})
#: What lets somebody hear or read what was said.
HEARS: Final = frozenset(
    {"getRecordingAudio", "getTranscript", "getRecordingFindings", "getExportArchive", "tryScript"}
)
#: Answers that tell nothing of any group: everybody's texts, figures and keys.
EVERYBODYS: Final = frozenset(
    {
        "listFlows",
        "getFlowSchema",
        "getFlow",
        "getFlowMermaid",
        "getFlowSvg",
        "listFlowVersions",
        "checkFlow",
        "listPrompts",
        "getPrompt",
        "getPromptAudio",
        "listSealHeads",
        "listSealKeys",
        "getSystem",
        "listAlerts",
        "listAlertHistory",
        "listTrunks",
        "listRegistrations",
        "listNodes",
        "listEventSchemas",
        "getEventSchema",
        "listTaskTypes",
        "getTaskType",
        "listTriggerKinds",
        "listFrozenMonths",
        "getTriggerKind",
    }
)
#: Answers that hold what the key may see, whatever group it asks about: those of others are empty,
#: or tell of each record that it was refused.
WITHIN: Final = frozenset(
    {
        "syncCustomers",
        "listAudit",
        "listExports",
        "listReviewers",
        "getQualityReport",
        "getReport",
        "listCorrections",
        "exportRecordings",
        "makeDossier",
    }
)


@pytest.fixture(scope="module")
def observed(tmp_path_factory: pytest.TempPathFactory) -> Observed:
    """What came back."""
    return observe(tmp_path_factory.mktemp("doors"))


def test_the_page_says_what_was_seen(observed: Observed) -> None:
    text = "write it anew: python -m tests.unit.api.doors.table > docs/access.md"
    assert PAGE.read_text() == rendered(observed), text


def test_every_operation_was_reached_by_somebody(observed: Observed) -> None:
    unreached = {one.id for one in observed.operations} - {
        one.operation.id for one in observed.observations if one.cell == "yes"
    }
    assert unreached == set(), "they need a recipe (tests/unit/api/doors/recipes.py)"
    known = {one.id for one in observed.operations}
    assert set(RECIPES) <= known
    assert not OF_SESSIONS & known


def test_nothing_broke(observed: Observed) -> None:
    broken = [
        (one.operation.id, one.asker, one.side, one.status)
        for one in observed.observations
        if one.status >= 500 or one.status == 401
    ]
    assert broken == []


def test_every_operation_asks_for_a_permission_that_its_role_has(observed: Observed) -> None:
    for one in observed.observations:
        permission = one.operation.permission
        assert permission is not None, one.operation.id
        if one.cell in {"yes", "none"}:
            assert permission in _permissions(one.asker), (one.operation.id, one.asker)
    used = {one.permission for one in observed.operations} | {Permission.CALLS_DIAL_ANY}
    assert used == set(Permission)


def test_nothing_of_another_group_is_seen_or_changed(observed: Observed) -> None:
    seen = [
        (one.operation.id, one.asker, one.side)
        for one in observed.observations
        if one.side == "other" and one.cell == "yes"
        if one.operation.id not in EVERYBODYS | WITHIN
    ]
    assert seen == []


def test_a_manager_changes_nothing_of_a_colleague(observed: Observed) -> None:
    changed = [
        one.operation.id
        for one in observed.observations
        if one.side == "colleague" and one.cell == "yes" and one.operation.method not in SAFE
    ]
    assert changed == []


def test_every_write_is_noted(observed: Observed) -> None:
    unnoted = {
        one.operation.id
        for one in observed.observations
        if one.operation.method not in SAFE and 200 <= one.status < 300 and one.shown
        if not one.noted and one.operation.id not in CHANGES_NOTHING
    }
    assert unnoted == set(), "who did that? note it in the audit log (api/audit.py)"


def test_every_listening_and_reading_is_noted(observed: Observed) -> None:
    unnoted = {
        (one.operation.id, one.asker)
        for one in observed.observations
        if one.operation.id in HEARS and one.status == 200 and not one.noted
        # An integrator is shown findings without the words.
        if not (one.operation.id == "getRecordingFindings" and one.asker.startswith("integrator"))
    }
    assert unnoted == set()


def test_what_is_refused_leaves_no_entry(observed: Observed) -> None:
    noted = {
        (one.operation.id, one.asker, one.side)
        for one in observed.observations
        if one.status in {403, 404} and one.noted
    }
    assert noted == set()


def test_no_answer_holds_a_number_that_its_reader_may_not_see(observed: Observed) -> None:
    leaks = set()
    for number, (side, leg) in observed.numbers.items():
        texts = [spelling.encode() for spelling in spellings(number)]
        for one in observed.observations + observed.variants:
            allowed = visible_number(ROLES[one.asker], leg, number) is not None
            if allowed and _sees(one.asker, side):
                continue
            if any(text in one.content for text in texts):
                leaks.add((one.operation.id, one.asker, side, str(leg)))
    assert leaks == set()


def _permissions(asker: str) -> frozenset[Permission]:
    role = ROLES[asker]
    return permissions_of(role, GRANTABLE[role] if "granted" in asker else ())


def _sees(asker: str, side: str) -> bool:
    """Whether things of this side are seen by this key at all."""
    if asker in {"admin", "integrator"}:
        return True
    return side == "own" or (side == "colleague" and asker != "manager")


def test_the_other_forms_are_given(observed: Observed) -> None:
    for one in observed.variants:
        permission = one.operation.permission
        assert permission is not None
        has = permission in _permissions(one.asker)
        assert (one.status == 200) == has or one.operation.id == "listRecordings", one


def test_the_numbers_are_in_what_may_be_seen(observed: Observed) -> None:
    """Else the search above would find nothing whatever leaked."""
    for operation_id in ("getCall", "getCustomer", "listCalls", "listCallEvents", "getCallSip"):
        content = observed.of(operation_id, "admin").content
        number = next(one for one, (side, _) in observed.numbers.items() if side == "own")
        assert any(one.encode() in content for one in spellings(number)), operation_id
