"""Statements played in mid-call: who hears what, which keys count, how a disclosure ends."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.unit.calls.fake_signalling import SDP
from tests.unit.calls.fake_sound import HOLD_SDP, FakePrompts
from tests.unit.calls.fake_world import COLLEAGUE_NUMBER
from tests.unit.calls.rig import Rig
from tests.unit.calls.stages import close, to_customer, to_talk
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.call_sound import CallSound
from voicegw.calls.control import DisclosureRequest, StatementRequest
from voicegw.errors import ConflictError, InvalidError, MediaError
from voicegw.model.call import CallOutcome, LegRole
from voicegw.model.disclosure import Disclosure, DisclosureStatus, StatementState
from voicegw.model.recording import MarkKind

MakeRig = Callable[..., Rig]
MANAGER, CUSTOMER = LegRole.MANAGER, LegRole.CUSTOMER
A, B = StatementRequest("a", "statement_a"), StatementRequest("b", "statement_b")


async def disclose(rig: Rig, call_id: str, *statements: StatementRequest, **options: Any) -> None:
    await rig.service.disclose(call_id, DisclosureRequest(statements or (A, B), **options))
    await rig.turn()


def press(rig: Rig, call_id: str, digit: str, role: LegRole = CUSTOMER) -> None:
    rig.sound.key(rig.leg(call_id, role).id, digit)


def disclosed(rig: Rig, call_id: str) -> Disclosure:
    return rig.record(call_id).disclosures[-1]


def states(rig: Rig, call_id: str) -> list[str]:
    return [str(one.state) for one in disclosed(rig, call_id).statements]


async def hang_up(rig: Rig) -> None:
    rig.customer.bye()
    await close(rig)


@virtual
async def test_each_statement_is_heard_and_assented(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await disclose(rig, call_id, script_id="scr_1", script_version=3)
    assert rig.heard(call_id, CUSTOMER)[-1] == "statement_a"
    assert rig.heard(call_id, MANAGER)[-1] == "statement_a"
    await elapse(1.1)
    # The key is awaited: nobody talks the customer into it, and the manager listens.
    assert rig.heard(call_id, CUSTOMER)[-1] == "silence"
    assert rig.heard(call_id, MANAGER)[-1] == "customer"
    assert states(rig, call_id) == ["asked", "pending"]
    press(rig, call_id, "1")
    await rig.turn()
    assert rig.heard(call_id, CUSTOMER)[-1] == "statement_b"
    await elapse(1.1)
    press(rig, call_id, "1")
    await rig.turn()
    record = disclosed(rig, call_id)
    assert (record.status, record.script_id, record.script_version) == ("completed", "scr_1", 3)
    assert states(rig, call_id) == ["assented", "assented"]
    first, second = record.statements
    assert first.started_at is not None
    assert first.heard_at is not None
    assert first.answered_at is not None
    assert first.started_at < first.heard_at <= first.answered_at
    assert second.started_at is not None
    assert first.answered_at <= second.started_at
    assert (first.key, first.digest, first.attempts) == ("1", "sha256:statement_a", 1)
    assert rig.heard(call_id, CUSTOMER)[-1] == "manager"
    assert rig.heard(call_id, MANAGER)[-1] == "customer"
    assert rig.leg(call_id, CUSTOMER).id not in rig.sound.gathering
    # The last one says from when on the two hear each other again.
    assert rig.sound.marks[-5:] == ["statement", "assent", "statement", "assent", "bridge"]
    about = {
        "leg": 0,
        "disclosure": record.id,
        "statement": "a",
        "prompt": "statement_a",
        "script": "scr_1",
        "version": 3,
    }
    assert rig.sound.details[-5:-3] == [
        about | {"attempt": 1, "digest": "sha256:statement_a"},
        about | {"key": "1"},
    ]
    steps = [one for one in rig.journal.events(call_id) if one.type == "call.step"]
    told = [[one["state"] for one in step.data["disclosures"][0]["statements"]] for step in steps]
    assert told == [
        ["pending", "pending"],
        ["playing", "pending"],
        ["asked", "pending"],
        ["assented", "pending"],
        ["assented", "playing"],
        ["assented", "asked"],
        ["assented", "assented"],
        ["assented", "assented"],
    ]
    await hang_up(rig)


@pytest.mark.parametrize(("go_on", "after"), [(False, "left"), (True, "assented")])
@virtual
async def test_a_refusal_ends_it_or_not(make_rig: MakeRig, go_on: bool, after: str) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await disclose(rig, call_id, go_on=go_on)
    await elapse(1.1)
    press(rig, call_id, "2")
    await rig.turn()
    assert ("statement_b" in rig.heard(call_id, CUSTOMER)) == go_on
    if go_on:
        await elapse(1.1)
        press(rig, call_id, "1")
        await rig.turn()
    record = disclosed(rig, call_id)
    assert (record.status, states(rig, call_id)) == ("refused", ["refused", after])
    assert "refusal" in rig.sound.marks
    refusal = rig.sound.details[rig.sound.marks.index("refusal")]
    assert isinstance(refusal, dict)
    assert refusal["key"] == "2"
    assert rig.heard(call_id, CUSTOMER)[-1] == "manager"
    await hang_up(rig)


@virtual
async def test_without_a_key_the_statement_is_repeated(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await disclose(rig, call_id, A, timeout_s=5, repeats=1)
    await elapse(1.1)
    press(rig, call_id, "7")
    await elapse(5)
    assert rig.heard(call_id, CUSTOMER).count("statement_a") == 2
    await elapse(6)
    record = disclosed(rig, call_id)
    assert (record.status, states(rig, call_id)) == ("refused", ["unanswered"])
    assert (record.statements[0].attempts, record.statements[0].key) == (2, None)
    assert rig.sound.marks[-4:] == ["statement", "statement", "refusal", "bridge"]
    await hang_up(rig)


@virtual
async def test_only_a_key_of_the_customer_after_the_statement_counts(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await disclose(rig, call_id, A, timeout_s=5, repeats=0)
    await elapse(0.5)
    press(rig, call_id, "1")
    await elapse(0.6)
    assert states(rig, call_id) == ["asked"]
    press(rig, call_id, "1", MANAGER)
    rig.manager.press_info("1")
    await rig.turn()
    assert states(rig, call_id) == ["asked"]
    rig.customer.press_info("1")
    await rig.turn()
    assert states(rig, call_id) == ["assented"]
    await hang_up(rig)


@pytest.mark.parametrize("after_s", [0.5, 1.5])
@virtual
async def test_a_disclosure_can_be_aborted(make_rig: MakeRig, after_s: float) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await rig.service.abort_disclosure(call_id)  # there is none yet: harmless
    await disclose(rig, call_id)
    await elapse(after_s)
    await rig.service.abort_disclosure(call_id)
    await rig.turn()
    record = disclosed(rig, call_id)
    assert (record.status, states(rig, call_id)) == ("aborted", ["left", "left"])
    assert rig.heard(call_id, CUSTOMER)[-1] == "manager"
    await disclose(rig, call_id, B)
    await elapse(1.1)
    press(rig, call_id, "1")
    await rig.turn()
    assert [one.status for one in rig.record(call_id).disclosures] == ["aborted", "completed"]
    await hang_up(rig)


@pytest.mark.parametrize("who", ["customer", "manager"])
@virtual
async def test_a_hang_up_leaves_what_was_proven(make_rig: MakeRig, who: str) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await disclose(rig, call_id)
    await elapse(1.1)
    press(rig, call_id, "1")
    await elapse(0.5)
    (rig.customer if who == "customer" else rig.manager).bye()
    await elapse(1)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    (record,) = call.disclosures
    assert record.status is DisclosureStatus.INTERRUPTED
    assert [one.state for one in record.statements] == ["assented", "left"]
    assert record.ended_at is not None
    await close(rig)


@virtual
async def test_a_hang_up_before_it_begins_closes_it(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    rig.customer.bye()
    await rig.service.disclose(call_id, DisclosureRequest((A,)))
    await elapse(1)
    (record,) = rig.check_over(call_id).disclosures
    assert record.status is DisclosureStatus.INTERRUPTED
    await close(rig)


@virtual
async def test_who_was_on_hold_hears_the_statement_anew(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await disclose(rig, call_id, A, repeats=0)
    await elapse(0.5)
    rig.customer.reinvite(HOLD_SDP)
    await elapse(20)
    assert states(rig, call_id) == ["playing"]
    rig.customer.reinvite(SDP)
    await rig.turn()
    assert rig.heard(call_id, CUSTOMER)[-1] == "statement_a"
    await elapse(1.1)
    rig.customer.reinvite(HOLD_SDP)
    await elapse(1)
    press(rig, call_id, "1")
    rig.customer.reinvite(SDP)
    await elapse(1.1)
    assert states(rig, call_id) == ["asked"]
    press(rig, call_id, "1")
    await rig.turn()
    statement = disclosed(rig, call_id).statements[0]
    assert (statement.state, statement.attempts) == (StatementState.ASSENTED, 3)
    assert rig.heard(call_id, CUSTOMER)[-1] == "manager"
    await hang_up(rig)


@virtual
async def test_who_stays_on_hold_is_not_waited_for(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await disclose(rig, call_id, A)
    rig.customer.reinvite(HOLD_SDP)
    await elapse(62)
    assert (disclosed(rig, call_id).status, states(rig, call_id)) == ("failed", ["left"])
    assert rig.heard(call_id, MANAGER)[-1] == "moh"
    await hang_up(rig)


@virtual
async def test_a_manager_on_hold_does_not_break_it(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await disclose(rig, call_id, A)
    rig.manager.reinvite(HOLD_SDP)
    await elapse(1.1)
    assert "moh" not in rig.heard(call_id, CUSTOMER)
    press(rig, call_id, "1")
    await rig.turn()
    assert disclosed(rig, call_id).status is DisclosureStatus.COMPLETED
    assert rig.heard(call_id, CUSTOMER)[-1] == "moh"
    # What is answered is recorded, and what a customer says to music is not.
    assert rig.sound.marks[-3:] == ["assent", "hold", "bridge"]
    await hang_up(rig)


@pytest.mark.parametrize("trouble", ["unreadable", "never_ends"])
@virtual
async def test_a_statement_that_is_not_heard_proves_nothing(
    make_rig: MakeRig, trouble: str
) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    getattr(rig.sound, trouble).add("statement_a")
    await disclose(rig, call_id)
    await elapse(12)
    assert (disclosed(rig, call_id).status, states(rig, call_id)) == ("failed", ["left", "left"])
    assert rig.heard(call_id, CUSTOMER)[-1] == "manager"
    await hang_up(rig)


@virtual
async def test_nothing_is_handed_on_meanwhile(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await disclose(rig, call_id, A)
    rig.manager.refer(COLLEAGUE_NUMBER)
    await rig.turn()
    assert not rig.invited(COLLEAGUE_NUMBER)
    await elapse(1.1)
    press(rig, call_id, "1")
    await hang_up(rig)


@virtual
async def test_what_is_named_is_what_is_played(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await disclose(rig, call_id)
    prompts = rig.service.parts.prompts
    assert isinstance(prompts, FakePrompts)
    prompts.missing |= {"statement_a", "statement_b"}  # the library changes in the middle
    await elapse(1.1)
    press(rig, call_id, "1")
    await rig.turn()
    assert rig.heard(call_id, CUSTOMER)[-1] == "statement_b"
    await elapse(1.1)
    press(rig, call_id, "1")
    await rig.turn()
    assert disclosed(rig, call_id).status is DisclosureStatus.COMPLETED
    await hang_up(rig)


@pytest.mark.parametrize("where", ["playing", "asked", "held"])
@virtual
async def test_no_talk_is_longer_than_allowed_for_its_statements(
    make_rig: MakeRig, where: str
) -> None:
    rig = make_rig()
    call_id = await to_talk(rig, max_talk_s=10)
    await elapse({"playing": 8.5, "asked": 7.5, "held": 7.5}[where])
    await disclose(rig, call_id, A, timeout_s=60)
    if where == "held":
        rig.customer.reinvite(HOLD_SDP)
    await elapse(4)
    call = rig.check_over(call_id, CallOutcome.CONNECTED)
    assert call.failure == "max-talk"
    assert call.talk_s == pytest.approx(10, abs=0.1)
    (record,) = call.disclosures
    assert record.status is DisclosureStatus.INTERRUPTED
    assert [one.state for one in record.statements] == ["left"]
    await close(rig)


@pytest.mark.parametrize("first", ["referral", "disclosure"])
@virtual
async def test_a_wish_to_hand_on_at_the_same_moment_is_answered_at_once(
    make_rig: MakeRig, first: str
) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    if first == "disclosure":
        await rig.service.disclose(call_id, DisclosureRequest((A,)))
    referral = rig.manager.refer(COLLEAGUE_NUMBER)
    if first == "referral":
        await rig.service.disclose(call_id, DisclosureRequest((A,)))
    await rig.turn()
    assert referral.told == [("refuse", 480)]
    assert rig.heard(call_id, CUSTOMER)[-1] == "statement_a"
    await elapse(1.1)
    press(rig, call_id, "1")
    await elapse(1)
    assert not rig.invited(COLLEAGUE_NUMBER)
    await hang_up(rig)


@virtual
async def test_when_statements_cannot_be_played(make_rig: MakeRig) -> None:
    rig = make_rig()
    call_id = await to_customer(rig)
    request = DisclosureRequest((A, B))

    async def refused(slug: str) -> None:
        with pytest.raises(ConflictError) as error:
            await rig.service.disclose(call_id, request)
        assert error.value.slug == slug

    await refused("not-bridged")
    rig.customer.pick_up()
    await elapse(1.5)
    unknown = DisclosureRequest((A, StatementRequest("c", "nobody_has_it")))
    with pytest.raises(InvalidError) as missing:
        await rig.service.disclose(call_id, unknown)
    assert missing.value.field == "statements.1.prompt"
    rig.manager.reinvite(HOLD_SDP)
    await rig.turn()
    await refused("call-held")
    rig.manager.reinvite(SDP)
    await rig.turn()
    await rig.service.pause_recording(call_id)
    await refused("not-recording")
    await rig.service.resume_recording(call_id)
    await disclose(rig, call_id)
    await refused("disclosure-running")
    with pytest.raises(ConflictError) as pausing:
        await rig.service.pause_recording(call_id)
    assert pausing.value.slug == "disclosure-running"
    assert len(rig.record(call_id).disclosures) == 1
    await hang_up(rig)


@virtual
async def test_nothing_is_proven_where_nothing_is_recorded(make_rig: MakeRig) -> None:
    rig = make_rig(recording=False)
    call_id = await to_talk(rig)
    with pytest.raises(ConflictError, match="nowhere"):
        await rig.service.disclose(call_id, DisclosureRequest((A,)))
    await hang_up(rig)


@virtual
async def test_what_the_recording_does_not_prove_is_not_claimed(
    make_rig: MakeRig, monkeypatch: pytest.MonkeyPatch
) -> None:
    rig = make_rig()
    call_id = await to_talk(rig)
    await disclose(rig, call_id)
    await elapse(1.1)

    def lost(_sound: CallSound, kind: str, _detail: object = "") -> None:
        if kind == MarkKind.ASSENT:
            raise MediaError("worker-lost")

    monkeypatch.setattr(CallSound, "mark", lost)
    press(rig, call_id, "1")
    await rig.turn()
    found = disclosed(rig, call_id)
    assert (found.status, states(rig, call_id)) == ("interrupted", ["left", "left"])
    assert (found.statements[0].key, found.statements[0].answered_at) == (None, None)
    await close(rig)
