"""A call of hundreds of legs is written leg by leg, and comes out of the journal as it was."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest

from tests.unit.calls.crowd import Crowd, MakeRig, manager, staffed
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.leg_book import MANY_LEGS
from voicegw.journal.entries import CallChanged, LegsChanged
from voicegw.journal.journal import Journal
from voicegw.journal.segment import encode_line
from voicegw.model.call import Call, CallOutcome
from voicegw.model.routing import GroupRouting, GroupStrategy, QueueRouting

MANAGERS, ROUNDS = 50, 4
BYTES_A_LEG = 6000
"""What a leg may cost in the journal: two changes, and their events."""


async def ring_on(crowd: Crowd, legs: int) -> None:
    """Let telephones ring and not be answered until a call has so many legs."""
    sessions = crowd.rig.sessions
    known = 0
    while len(sessions) < legs:
        for session in sessions[known:]:
            session.progress(180)
        known = len(sessions)
        await elapse(1)
        for session in sessions:
            if session.state == "cancelling":
                session.refuse(487)


@virtual
async def test_the_journal_grows_with_the_legs_and_not_by_their_square(
    make_rig: MakeRig, tmp_path: Path
) -> None:
    crowd = staffed(
        make_rig(),
        [manager(number) for number in range(MANAGERS)],
        group=GroupRouting(strategy=GroupStrategy.RING_ALL, ring_s=6),
        queue=QueueRouting(max_wait_s=3600, ring_s=6, rest_s=5, announce_every_s=60),
    )
    caller = await crowd.arrive()
    await ring_on(crowd, MANAGERS * ROUNDS)
    [call_id] = crowd.call_ids()
    written = [
        entry for entry in crowd.rig.journal.entries if isinstance(entry, CallChanged | LegsChanged)
    ]
    size = sum(len(encode_line(entry)) for entry in written)
    assert size < BYTES_A_LEG * MANAGERS * ROUNDS, size
    live = crowd.rig.service.live(call_id)
    assert live is not None

    journal = Journal(tmp_path / "journal", "node-1", segment_bytes=200_000)
    for entry in written:
        journal.append(entry)
    journal.close()
    again = Journal(tmp_path / "journal", "node-1")
    [recovered] = again.recover().open_calls
    again.close()
    # The last may have been begun and have done nothing yet that is worth an entry.
    assert MANAGERS * ROUNDS - 10 <= len(recovered.legs) <= len(live.legs)
    assert legs_of(recovered) == legs_of(live)[: len(recovered.legs)]

    caller.bye()
    await elapse(5)
    crowd.rig.finish_signalling()
    await elapse(1)
    ended = crowd.rig.check_over(call_id, CallOutcome.ABANDONED)
    assert len(ended.legs) > MANAGERS * ROUNDS
    crowd.rig.check_clean()


def legs_of(call: Call) -> list[dict[str, object]]:
    """Return the legs as they are written."""
    return [msgspec.to_builtins(leg) for leg in call.legs]


@pytest.mark.parametrize("managers", [MANY_LEGS - 2])
@virtual
async def test_a_call_of_few_legs_is_always_written_whole(make_rig: MakeRig, managers: int) -> None:
    crowd = staffed(
        make_rig(),
        [manager(number) for number in range(managers)],
        group=GroupRouting(strategy=GroupStrategy.RING_ALL, ring_s=6),
    )
    caller = await crowd.arrive()
    await ring_on(crowd, managers)
    caller.cancel()
    await elapse(5)
    crowd.rig.finish_signalling()
    await elapse(1)
    assert not [one for one in crowd.rig.journal.entries if isinstance(one, LegsChanged)]
