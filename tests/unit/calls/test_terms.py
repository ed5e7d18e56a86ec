"""Keys for sound go only where nobody can read them, and where they must go but can't, no call."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from tests.unit.calls.fake_signalling import SDP, TLS_PEER, UDP_PEER, FakeUas
from tests.unit.calls.rig import Rig
from tests.unit.calls.virtual_time import elapse, virtual
from voicegw.calls.parts import CallSettings
from voicegw.calls.terms import codecs_for, terms_for, terms_for_all
from voicegw.errors import InsecureSignallingError
from voicegw.media.engine import MediaTerms, SrtpPolicy
from voicegw.model.call import CallOutcome, LegResult
from voicegw.sip.wire import Peer, TransportName

MakeRig = Callable[..., Rig]
G711 = ("PCMA", "PCMU")


def settings(srtp: SrtpPolicy = SrtpPolicy.OFF, *, ipv6_sound: bool = False) -> CallSettings:
    return CallSettings(
        node="n",
        spool_dir=Path("spool"),
        recording=True,
        announce=True,
        max_talk_s=60,
        srtp=srtp,
        ipv6_sound=ipv6_sound,
    )


@pytest.mark.parametrize("policy", list(SrtpPolicy))
def test_over_tls_the_policy_holds(policy: SrtpPolicy) -> None:
    assert terms_for(settings(policy), TLS_PEER, G711).srtp is policy


@pytest.mark.parametrize("transport", ["udp", "tcp"])
def test_without_tls_no_key_is_named(transport: TransportName) -> None:
    peer = Peer(transport, "192.0.2.1", 5060)
    assert terms_for(settings(SrtpPolicy.OPTIONAL), peer, G711).srtp is SrtpPolicy.OFF
    with pytest.raises(InsecureSignallingError):
        terms_for(settings(SrtpPolicy.REQUIRED), peer, G711)


@pytest.mark.parametrize(
    ("host", "family"),
    [("2001:db8::1", 6), ("192.0.2.1", None), ("::ffff:192.0.2.1", None), ("sip.example", None)],
)
def test_sound_is_offered_in_the_family_of_the_signalling(host: str, family: int | None) -> None:
    peer = Peer("udp", host, 5060)
    assert terms_for(settings(ipv6_sound=True), peer, G711).family == family
    assert terms_for(settings(), peer, G711) == MediaTerms(G711)


def test_peers_on_this_side_of_a_nat_are_shown_the_inner_address() -> None:
    inside, outside = Peer("udp", "10.0.0.9", 5060), Peer("udp", "192.0.2.9", 5060)
    behind = replace(settings(), inner_address={inside.host: "10.0.0.1"}.get)
    assert terms_for(behind, inside, G711).inner_address == "10.0.0.1"
    assert terms_for(behind, outside, G711).inner_address is None
    assert terms_for_all(behind, [inside, inside], G711).inner_address == "10.0.0.1"
    assert terms_for_all(behind, [inside, outside], G711).inner_address is None


ALL = ("PCMA", "PCMU", "G722", "opus")


@pytest.mark.parametrize(
    ("listed", "beside", "expected"),
    [
        (None, None, ALL),
        (None, "opus", ("opus", "PCMA", "PCMU", "G722")),
        (None, "PCMU", ("PCMU", "PCMA", "G722", "opus")),
        (("G722", "PCMU", "GSM"), None, ("G722", "PCMU")),
        (("G722", "PCMU"), "PCMA", ("PCMU", "G722")),
        (("g722", "pcmu"), "opus", ("G722", "PCMU")),
        (("GSM",), None, ()),
    ],
)
def test_a_leg_may_have_what_its_way_and_the_node_carry(
    listed: Sequence[str] | None, beside: str | None, expected: tuple[str, ...]
) -> None:
    assert codecs_for(replace(settings(), codecs=ALL), listed, beside=beside) == expected


@pytest.mark.parametrize(
    ("other", "expected"),
    [
        ((), ALL),
        (("PCMU",), ("PCMA", "PCMU")),
        (("opus", "PCMA"), ("PCMA", "PCMU", "opus")),
        (("GSM",), ALL),
    ],
)
def test_what_the_other_leg_can_never_have_is_not_offered(
    other: tuple[str, ...], expected: tuple[str, ...]
) -> None:
    assert codecs_for(replace(settings(), codecs=ALL), other=other) == expected


@virtual
async def test_a_leg_gets_the_terms_of_its_own_transport(make_rig: MakeRig) -> None:
    rig = make_rig(srtp=SrtpPolicy.OPTIONAL)
    rig.router.trunks[0].peer = TLS_PEER
    caller = FakeUas()
    await rig.offer(caller)
    caller.ack()
    await elapse(1.1)
    sound = rig.media.sounds[-1]
    terms = {str(sound.roles[leg]): found.srtp for leg, found in sound.terms.items()}
    assert terms == {"customer": SrtpPolicy.OFF, "manager": SrtpPolicy.OPTIONAL}
    rig.manager.pick_up()
    await rig.turn()
    rig.manager.peer = TLS_PEER
    sound.terms.clear()
    rig.manager.reinvite(SDP)
    await rig.turn()
    assert [found.srtp for found in sound.terms.values()] == [SrtpPolicy.OPTIONAL]
    rig.manager.bye()
    await elapse(5)


@pytest.mark.parametrize("status", [488, 606])
@virtual
async def test_who_refuses_keys_beside_plain_sound_is_offered_encrypted_sound_alone(
    make_rig: MakeRig, status: int
) -> None:
    rig = make_rig(srtp=SrtpPolicy.OPTIONAL)
    rig.router.trunks[0].peer = TLS_PEER
    call_id = await rig.dial()
    sound = rig.media.sounds[-1]
    assert [found.srtp for found in sound.terms.values()] == [SrtpPolicy.OPTIONAL]
    rig.manager.refuse(status)
    await rig.turn()
    assert [session.route.name for session in rig.sessions] == ["first", "first"]
    assert [found.srtp for found in sound.terms.values()] == [SrtpPolicy.REQUIRED]
    assert [route.taken for route in rig.router.trunks] == [1, 0]
    rig.manager.refuse(status)
    await elapse(2)
    rig.check_over(call_id, CallOutcome.MANAGER_UNREACHABLE)
    rig.check_clean()


@virtual
async def test_who_refuses_plain_sound_over_udp_is_not_asked_again(make_rig: MakeRig) -> None:
    rig = make_rig(srtp=SrtpPolicy.OPTIONAL)
    call_id = await rig.dial()
    rig.manager.refuse(488)
    await elapse(2)
    assert len(rig.sessions) == 1
    rig.check_over(call_id, CallOutcome.MANAGER_UNREACHABLE)
    rig.check_clean()


@virtual
async def test_a_caller_without_tls_gets_488_where_encryption_is_required(
    make_rig: MakeRig, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make_rig(srtp=SrtpPolicy.REQUIRED)
    caller = FakeUas()
    caller.peer = UDP_PEER
    await rig.offer(caller)
    assert caller.final_status == 488
    assert not [record for record in caplog.records if record.levelname == "ERROR"]
    await elapse(1)
    rig.check_clean()


@virtual
async def test_a_route_without_tls_is_left_out_where_encryption_is_required(
    make_rig: MakeRig, caplog: pytest.LogCaptureFixture
) -> None:
    rig = make_rig(srtp=SrtpPolicy.REQUIRED)
    rig.router.trunks[1].peer = TLS_PEER
    call_id = await rig.dial()
    assert [session.route.name for session in rig.sessions] == ["second"]
    assert [route.taken for route in rig.router.trunks] == [0, 1]
    assert "plain sight" in caplog.text
    rig.manager.refuse(486)
    await elapse(2)
    rig.check_over(call_id, CallOutcome.MANAGER_BUSY)
    rig.check_clean()


@virtual
async def test_a_call_without_any_encrypted_route_is_never_dialled(make_rig: MakeRig) -> None:
    rig = make_rig(srtp=SrtpPolicy.REQUIRED)
    call_id = await rig.dial()
    await elapse(2)
    assert not rig.sessions
    assert [route.taken for route in rig.router.trunks] == [0, 0]
    call = rig.check_over(call_id, CallOutcome.FAILED)
    assert [leg.result for leg in call.legs] == [LegResult.FAILED]
    rig.check_clean()
