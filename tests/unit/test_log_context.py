from __future__ import annotations

import asyncio

from voicegw.log_context import bind, bound


def test_ids_are_bound_inside_only_and_add_up() -> None:
    assert bound() == {}
    with bind(request_id="r"):
        with bind(call_id="c"):
            assert bound() == {"request_id": "r", "call_id": "c"}
        assert bound() == {"request_id": "r"}
    assert bound() == {}


async def test_a_task_keeps_what_it_was_begun_in() -> None:
    async def work() -> dict[str, str]:
        await asyncio.sleep(0)
        with bind(call_id="c"):
            return dict(bound())

    with bind(request_id="r"):
        task = asyncio.create_task(work())
    assert bound() == {}
    assert await task == {"request_id": "r", "call_id": "c"}
    assert bound() == {}
