"""Anything, at any moment, to a caller in a flow: one outcome, and never silence for long."""

from __future__ import annotations

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.unit.calls.fake_flows import flow_of
from tests.unit.calls.fake_signalling import FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.test_random_events import ACTS, check, finish, press
from tests.unit.calls.virtual_time import elapse, run
from voicegw.calls.flow_terms import Answered, Unanswered
from voicegw.journal.entries import CallChanged
from voicegw.model.call import Call, LegRole
from voicegw.model.directory import HotlineAnswer

_LONGEST_SILENCE_S = 4.0
FLOW = """
flow: random
languages: [zh, en]
variables: {code: "", amount: "3"}
start: open
steps:
  open: {do: condition, test: hours, then: language, else: closed}
  language: {do: menu, prompts: [language_menu], keys: {1: code, 2: english}, otherwise: code}
  english: {do: set, language: en, next: code}
  code: {do: gather, prompts: [enter_pin], into: code, max_digits: 3, secret: true, wait_s: 9,
         next: ask, otherwise: main}
  ask: {do: http, url: "https://crm.example.com/", send: [code], take: [amount],
        targets: [tell, main, plan], next: tell, otherwise: main}
  tell: {do: say, prompts: [{number: amount}], skip: true, next: music}
  music: {do: play, sound: moh, for_s: 5, skip: true, next: main}
  main: {do: menu, prompts: [main_menu], keys: {1: owner, 2: queue, 3: code, 4: operator, 5: bye},
         otherwise: plan}
  owner: {do: route, to: owner, otherwise: group}
  group: {do: route, to: group, otherwise: queue}
  queue: {do: queue, max_wait_s: 20, otherwise: sorry}
  operator: {do: transfer, short_code: 10010, otherwise: sorry}
  sorry: {do: hang_up, prompts: [manager_unavailable]}
  closed: {do: hang_up, prompts: [closed], missed: true}
  bye: {do: hang_up, prompts: [goodbye]}
  plan: {do: route}
"""
_KEYS = "12345#*"
_ONWARDS = ["ack", "ack", "ring", "answer", "bye", *(f"key {key}" for key in _KEYS)]
#: A held line is silent by the holder's wish; what a talk does else is driven elsewhere.
_UNUSED = {"disclose", "abort", "pause", "resume", "hold", "unhold", "press 1", "press 2", "info"}
_OTHERS = sorted(set(ACTS) - _UNUSED)
SCRIPTS = st.lists(
    st.tuples(
        st.sampled_from([0.0, 0.001, 0.01, 0.3, 1.2, 2.9, 6.0, 11.0, 31.0]),
        st.one_of(st.sampled_from(_ONWARDS), st.sampled_from(_OTHERS)),
        st.integers(0, 5),
    ),
    max_size=20,
)
WORLDS = st.fixed_dictionaries(
    {
        "answer": st.sampled_from(HotlineAnswer),
        "closed": st.sampled_from([False, False, False, True]),
        "late_offer": st.booleans(),
        "missing": st.sampled_from([None, None, None, "main_menu", "enter_pin"]),
        "reply": st.sampled_from(
            [Answered("tell", {"amount": "12"}), Answered(), Answered("x"), Unanswered("timeout")]
        ),
        "reply_after_s": st.sampled_from([0.0, 0.9, 2.5, 60.0]),
    }
)
TALK: list[tuple[float, str, int]] = [
    *((0.3, "ack", 0), (1.2, "key 1", 0), (1.2, "key 7", 0), (0.3, "key #", 0)),
    *((2.9, "key 1", 0), (0.3, "ring", 0), (0.3, "answer", 0), (6.0, "bye", 0)),
]
PLAIN = {
    "answer": HotlineAnswer.AT_OWNER,
    "closed": False,
    "late_offer": False,
    "missing": None,
    "reply": Answered("main"),
    "reply_after_s": 0.0,
}


async def drive(rig: Rig, script: list[tuple[float, str, int]], world: dict[str, object]) -> None:
    """Have a customer call, and do what the script says."""
    rig.flows.flows["random"] = flow_of(FLOW)
    hotline = rig.directory.hotline_
    hotline.flow = "random"
    hotline.answer = HotlineAnswer(str(world["answer"]))
    hotline.hours = "Su 03:00-04:00" if world["closed"] else None
    rig.outside.answer = world["reply"]  # type: ignore[assignment]
    rig.outside.after_s = float(str(world["reply_after_s"]))
    if world["missing"] is not None:
        rig.prompts.missing.add(str(world["missing"]))
    rig.hand(FakeUas(**({"sdp": None} if world["late_offer"] else {})))  # type: ignore[arg-type]
    for wait_s, name, which in script:
        await elapse(wait_s)
        if name.startswith("key "):
            press(rig, name[-1])
            continue
        open_ = [one for one in (*rig.sessions, *rig.offered) if not one.over]
        if open_:
            ACTS[name](rig, open_[which % len(open_)])
    await finish(rig)


def calls(rig: Rig) -> list[Call]:
    ids = {one.call.id for one in rig.journal.entries if isinstance(one, CallChanged)}
    return [rig.record(call_id) for call_id in ids]


@settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow], database=None
)
@given(SCRIPTS, WORLDS)
@example(TALK, PLAIN)
def test_whatever_happens_in_a_flow(
    script: list[tuple[float, str, int]], world: dict[str, object]
) -> None:
    with tempfile.TemporaryDirectory() as folder:

        async def work() -> None:
            rig = Rig(Path(folder), short_codes=("10010",))
            await drive(rig, script, world)
            check(rig)
            for call in calls(rig):
                assert all(step.result is not None for step in call.plan), call.plan
            for sound in rig.media.sounds:
                for leg, role in sound.roles.items():
                    if role is LegRole.CUSTOMER:
                        silent_s = sound.longest_wait_s(leg)
                        assert silent_s <= _LONGEST_SILENCE_S, sound.timeline[leg]

        run(work)


def test_the_driver_reaches_a_talk() -> None:
    """The random driver means something only if it can get through the flow."""

    async def work() -> None:
        with tempfile.TemporaryDirectory() as folder:
            rig = Rig(Path(folder), short_codes=("10010",))
            await drive(rig, TALK, PLAIN)
            [call] = calls(rig)
            assert call.bridged_at is not None
            assert [one.step for one in call.plan] == [
                f"flow:random@1/{step}"
                for step in ("open", "language", "code", "ask", "main", "owner")
            ]

    run(work)
