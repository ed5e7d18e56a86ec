"""`/v1/queues`: who waits just now, for those who may see the group."""

from __future__ import annotations

from collections import Counter

from tests.unit.api.conftest import Directory, World
from voicegw.calls.waiting_room import QueueState
from voicegw.model.directory import Role
from voicegw.routing.queue import Departure, QueueFigures, QueueKey


def a_state(directory: Directory) -> QueueState:
    figures = QueueFigures(
        entered=9,
        refused=1,
        in_time=2,
        departed=Counter({Departure.ANSWERED: 4, Departure.ABANDONED: 2}),
    )
    key = QueueKey(directory.hotline, directory.chongming)
    return QueueState(key, waiting=3, longest_wait_s=41.23456, managers=5, free=0, figures=figures)


async def test_the_queues_of_the_own_groups_are_seen(world: World, directory: Directory) -> None:
    world.control.queue_states.append(a_state(directory))
    headers = await world.key(Role.COUNTY_MANAGER, directory.chongming)
    answer = (await world.client.get("/v1/queues", headers=headers)).json()
    assert answer == {
        "items": [
            {
                "hotline_id": directory.hotline,
                "group_id": directory.chongming,
                "waiting": 3,
                "longest_wait_s": 41.235,
                "managers": 5,
                "free_managers": 0,
                "totals": {
                    "entered": 9,
                    "answered": 4,
                    "answered_in_time": 2,
                    "abandoned": 2,
                    "callback": 0,
                    "timed_out": 0,
                    "ended": 0,
                    "refused": 1,
                },
            }
        ],
        "next_cursor": None,
    }


async def test_those_of_other_groups_do_not_exist(world: World, directory: Directory) -> None:
    world.control.queue_states.append(a_state(directory))
    headers = await world.key(Role.COUNTY_MANAGER, directory.fengxian)
    assert (await world.client.get("/v1/queues", headers=headers)).json()["items"] == []
