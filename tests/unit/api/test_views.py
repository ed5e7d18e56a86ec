"""Records as each role may see them: no number slips through, whatever the nesting."""

from __future__ import annotations

import asyncio
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.views import call_view, encode, respond_page
from tests.unit.api.fakes import CUSTOMER_MOBILE, MANAGER_MOBILE, make_call
from voicegw.events.outward import shown
from voicegw.model.call import PlanStepRecord
from voicegw.model.directory import Role
from voicegw.model.numbers import spellings
from voicegw.store.paging import Page

BLIND = (Role.COUNTY_MANAGER, Role.QA_REVIEWER)


@pytest.mark.parametrize("role", BLIND)
def test_a_call_holds_no_number_in_any_spelling(role: Role) -> None:
    call = make_call()
    call.plan = [PlanStepRecord("owner", target="mgr_1"), PlanStepRecord("try", MANAGER_MOBILE)]
    text = encode(call_view(call, role)).decode()
    for number in (CUSTOMER_MOBILE, MANAGER_MOBILE):
        for spelling in spellings(number):
            assert spelling not in text
    assert "mgr_1" in text
    assert "139****9000" in text


@pytest.mark.parametrize("role", [*BLIND, Role.INTEGRATOR])
def test_whose_telephone_called_for_help_is_masked(role: Role) -> None:
    """Only there is the number shown a manager's own; a hotline is everybody's."""
    call = make_call()
    assert call_view(call, role)["display_number"] == call.display_number
    call.display_number = MANAGER_MOBILE
    call.plan = [PlanStepRecord("emergency", target="110")]
    assert call_view(call, role)["display_number"] == "139****9000"
    assert call_view(call, Role.ADMIN)["display_number"] == MANAGER_MOBILE


def test_the_record_itself_stays_as_it_was() -> None:
    call = make_call()
    before = msgspec.json.encode(call)
    call_view(call, Role.QA_REVIEWER)
    assert msgspec.json.encode(call) == before


def test_a_number_of_nobody_in_particular_is_shown_by_the_stricter_rule() -> None:
    assert shown({"number": CUSTOMER_MOBILE}, Role.INTEGRATOR)["number"] is None
    assert shown({"number": CUSTOMER_MOBILE}, Role.ADMIN)["number"] == CUSTOMER_MOBILE


NUMBERED = st.fixed_dictionaries({"number": st.just(CUSTOMER_MOBILE)}) | st.fixed_dictionaries(
    {"customer_number": st.just(CUSTOMER_MOBILE), "role": st.sampled_from(["customer", "manager"])}
)
NESTED = st.recursive(
    NUMBERED,
    lambda inner: st.dictionaries(st.sampled_from(["a", "b"]), inner | st.lists(inner)),
    max_leaves=8,
)


@given(NESTED, st.sampled_from(BLIND))
def test_nothing_nested_escapes(data: dict[str, Any], role: Role) -> None:
    assert CUSTOMER_MOBILE not in encode(shown(data, role)).decode()


@pytest.mark.parametrize("count", [0, 1, 25, 26, 200])
async def test_a_page_is_whole_and_in_order(count: int) -> None:
    answer = await respond_page(Page(list(range(count)), "more"), lambda one: {"n": one}, 201)
    found = msgspec.json.decode(answer.body)
    assert found == {"items": [{"n": one} for one in range(count)], "next_cursor": "more"}
    assert answer.status_code == 201


async def test_others_get_their_turn_while_a_long_page_is_made() -> None:
    made: list[int] = []
    seen: list[int] = []

    async def look() -> None:
        while True:
            seen.append(len(made))
            await asyncio.sleep(0)

    def view(one: int) -> dict[str, Any]:
        made.append(one)
        return {}

    looking = asyncio.create_task(look())
    await respond_page(Page(list(range(200)), None), view)
    looking.cancel()
    steps = [after - before for before, after in zip([0, *seen], [*seen, 200], strict=True)]
    assert max(steps) <= 25
