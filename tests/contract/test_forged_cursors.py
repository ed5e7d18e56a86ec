"""Cursors that nobody was given are refused by both databases, and never fail in one of them."""

from __future__ import annotations

import pytest

from voicegw.errors import InvalidError
from voicegw.store.database import Database
from voicegw.store.flows import FlowRepository
from voicegw.store.jobs import JobRepository
from voicegw.store.paging import encode_cursor
from voicegw.store.plans import PlanRunRepository


@pytest.mark.parametrize("number", [2**31, -(2**62)])
async def test_a_number_that_a_column_of_32_bits_does_not_hold(
    database: Database, number: int
) -> None:
    cursor = encode_cursor(number)
    for page in (
        FlowRepository(database).versions("a", cursor=cursor),
        JobRepository(database).problems("job_1", cursor=cursor),
        PlanRunRepository(database).items("run_1", cursor=cursor),
    ):
        with pytest.raises(InvalidError):
            await page


async def test_the_last_number_that_it_holds(database: Database) -> None:
    page = await JobRepository(database).problems("job_1", cursor=encode_cursor(2**31 - 1))
    assert page.items == []
