"""Anything, at any moment, to callers who wait: all hear something, none is forgotten."""

from __future__ import annotations

import tempfile
from collections import Counter
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.calls.crowd import manager, staffed
from tests.unit.calls.fake_signalling import FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.test_random_events import ACTS, FORWARDED, check, finish
from tests.unit.calls.virtual_time import elapse, run
from voicegw.model.call import LegRole
from voicegw.model.directory import HotlineAnswer, Phone
from voicegw.model.routing import GroupRouting, GroupStrategy, QueueRouting, RingOrder
from voicegw.routing.queue import QueueKey

_LONGEST_SILENCE_S = 4.0
_ONWARDS = ["ring", "answer", "ack", "press 1", "bye", "busy"]
#: The talk's own acts are driven elsewhere; a held line is silent by the holder's wish.
_OTHERS = sorted(set(ACTS) - {"disclose", "abort", "pause", "resume", "hold", "unhold", "hand on"})
SCRIPTS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.001, 0.01, 0.5, 1.2, 6.0, 21.0, 31.0]),
        st.one_of(st.sampled_from(_ONWARDS), st.sampled_from(["call", *_OTHERS])),
        st.integers(0, 11),
    ),
    max_size=24,
)
HOTLINES = st.fixed_dictionaries(
    {
        "answer": st.sampled_from(HotlineAnswer),
        "confirm_manager": st.booleans(),
        "telephones": st.integers(1, 2),
        "ring": st.sampled_from(RingOrder),
        "strategy": st.sampled_from(GroupStrategy),
        "group": st.booleans(),
        "size": st.integers(1, 3),
    }
)


def _open(rig: Rig, hotline: dict[str, object]) -> None:
    """Have three managers behind the hotline."""
    managers = [manager(number) for number in range(3)]
    if hotline["telephones"] == 2:
        for number, one in enumerate(managers):
            one.phones.append(Phone(number=f"+86136{number:08}", order=1))
    strategy = GroupStrategy(str(hotline["strategy"]))
    queue = QueueRouting(
        size=int(str(hotline["size"])), max_wait_s=90, announce_every_s=10, strategy=strategy
    )
    group = GroupRouting(strategy, ring_s=10) if hotline["group"] else None
    staffed(rig, managers, queue=queue, group=group, ring=RingOrder(str(hotline["ring"])))
    rig.directory.hotline_.answer = HotlineAnswer(str(hotline["answer"]))
    rig.directory.hotline_.confirm_manager = bool(hotline["confirm_manager"])


def _look(rig: Rig) -> None:
    """Check that no telephone rings for two, or rings while somebody talks on it.

    Where their telephones are forwarded to is nobody's telephone here: two may lead to the same.
    """
    states = ("calling", "proceeding", "confirmed")
    numbers = [one.target.number for one in rig.sessions if one.state in states]
    busy = Counter(number for number in numbers if number != FORWARDED)
    assert all(count == 1 for count in busy.values()), "a manager was rung for two"


def _check_silence(rig: Rig) -> None:
    """Check that no caller has heard nothing for long: music, a prompt, ring-back or a person."""
    for sound in rig.media.sounds:
        for leg, role in sound.roles.items():
            if role is LegRole.CUSTOMER:
                assert sound.longest_silence_s(leg) <= _LONGEST_SILENCE_S, sound.timeline[leg]


def _check_sums(rig: Rig) -> None:
    figures = rig.room.line.figures.get(QueueKey("hot_1", "grp_1"))
    if figures is not None:
        assert figures.entered == figures.departed.total()


@settings(
    max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(SCRIPTS, HOTLINES)
def test_whatever_happens_to_those_who_wait(
    script: list[tuple[float, str, int]], hotline: dict[str, object]
) -> None:
    with tempfile.TemporaryDirectory() as folder:

        async def work() -> None:
            rig = Rig(Path(folder))
            _open(rig, hotline)
            for number in range(2):
                rig.hand(FakeUas(caller=f"+861380013800{number}"))
            for wait_s, name, which in script:
                await elapse(wait_s)
                if name == "call":
                    rig.hand(FakeUas(caller=f"+86138001381{len(rig.offered):02}"))
                else:
                    open_ = [one for one in (*rig.sessions, *rig.offered) if not one.over]
                    if open_:
                        ACTS[name](rig, open_[which % len(open_)])
                _look(rig)
            await finish(rig)
            check(rig)
            _check_silence(rig)
            _check_sums(rig)

        run(work)
