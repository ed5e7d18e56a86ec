"""Encrypted sound of one leg, with a second context as its far end."""

from __future__ import annotations

import pytest

from voicegw.media import control, rtp
from voicegw.media.srtp import NotProtectedError, SrtpContext

SUITES = {"AES_CM_128_HMAC_SHA1_80": 30, "AES_CM_128_HMAC_SHA1_32": 30, "AEAD_AES_128_GCM": 28}
RTCP = bytes.fromhex("80c90001") + b"\x01\x02\x03\x04"


def keys(
    suite: str = "AES_CM_128_HMAC_SHA1_80", local: int = 1, remote: int = 2
) -> control.SrtpKeys:
    size = SUITES[suite]
    return control.SrtpKeys(suite, bytes([local] * size), bytes([remote] * size))


def pair(suite: str = "AES_CM_128_HMAC_SHA1_80") -> tuple[SrtpContext, SrtpContext]:
    return SrtpContext(keys(suite)), SrtpContext(keys(suite, local=2, remote=1))


def packet(sequence: int, payload: bytes = b"sound" * 32) -> bytes:
    return rtp.HEADER.pack(0x80, 8, sequence & 0xFFFF, sequence * 160, 77) + payload


@pytest.mark.parametrize("suite", SUITES)
def test_sound_and_reports_reach_the_other_side_and_nobody_else(suite: str) -> None:
    ours, theirs = pair(suite)
    sealed = ours.protect(packet(1))
    assert b"sound" not in sealed
    assert theirs.unprotect(sealed) == packet(1)
    assert theirs.unprotect_rtcp(ours.protect_rtcp(RTCP)) == RTCP
    assert ours.unprotect(theirs.protect(packet(9))) == packet(9)
    assert theirs.rejected == ours.rejected == 0


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_forged_replayed_or_plain_is_dropped_and_counted(suite: str) -> None:
    ours, theirs = pair(suite)
    sealed = ours.protect(packet(1))
    forged = bytearray(sealed)
    forged[20] ^= 1
    assert theirs.unprotect(bytes(forged)) == b""
    assert theirs.unprotect(sealed) == packet(1)
    for bad in (sealed, packet(2), b"\x80", b"\x80" * 3000, b"\x90" * 200):
        assert theirs.unprotect(bad) == b""
    assert theirs.rejected == 6
    report = ours.protect_rtcp(RTCP)
    assert theirs.unprotect_rtcp(report) == RTCP
    assert theirs.unprotect_rtcp(report) == b""
    assert theirs.unprotect_rtcp(RTCP) == b""
    assert theirs.rejected == 8


def test_what_is_no_sound_at_all_is_dropped_and_not_taken_for_forged() -> None:
    ours, _ = pair()
    stun = bytes.fromhex("000100002112a442") + bytes(12)
    for other in (stun, b"", bytes(3000), b"\x16" + bytes(60)):
        assert ours.unprotect(other) == b""
        assert ours.unprotect_rtcp(other) == b""
    assert ours.rejected == 0


def test_the_roll_over_counter_survives_a_negotiation_that_keeps_the_keys() -> None:
    ours, theirs = pair()
    for sequence in range(65_500, 65_600):
        assert theirs.unprotect(ours.protect(packet(sequence))) == packet(sequence)
    ours.renew(keys())
    theirs.renew(keys(local=2, remote=1))
    for sequence in range(65_600, 65_700):
        assert theirs.unprotect(ours.protect(packet(sequence))) == packet(sequence)
    assert theirs.rejected == 0


def test_a_new_key_of_theirs_is_taken_and_the_one_before_read_until_then() -> None:
    ours, theirs = pair()
    under_way = [theirs.protect(packet(sequence)) for sequence in range(1, 5)]
    theirs.renew(keys(local=3, remote=1))
    ours.renew(keys(remote=3))
    assert ours.unprotect(under_way[0]) == packet(1)
    assert ours.unprotect(theirs.protect(packet(5))) == packet(5)
    assert ours.unprotect(under_way[1]) == b""
    # Ours did not change: the direction towards them goes on.
    assert theirs.unprotect(ours.protect(packet(6))) == packet(6)
    assert ours.rejected == 1


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("highest", [65_530, 65_536, 200_000])
@pytest.mark.parametrize("goes_on", [True, False])
def test_with_a_new_key_their_roll_over_counter_may_go_on_or_begin_anew(
    suite: str, highest: int, goes_on: bool
) -> None:
    ours = SrtpContext(keys(suite))
    ours.renew(keys(suite, remote=3), heard=(77, highest))
    theirs = SrtpContext(keys(suite, local=3, remote=1))
    if goes_on:
        for index in range(highest % 0x4000, highest + 1, 0x4000):
            theirs.protect(packet(index))
    else:
        # Whoever begins anew begins with the number it has come to.
        highest &= 0xFFFF
    assert ours.unprotect_rtcp(theirs.protect_rtcp(RTCP)) == RTCP
    for sequence in range(highest + 1, highest + 100):
        if goes_on or sequence < 65_536:
            assert ours.unprotect(theirs.protect(packet(sequence))) == packet(sequence)
    assert ours.rejected == 0


def test_what_is_read_after_a_new_key_is_read_once() -> None:
    ours, theirs = pair()
    theirs.renew(keys(local=3, remote=1))
    ours.renew(keys(remote=3), heard=(77, 65_535))
    sealed = theirs.protect(packet(65_540))
    assert ours.unprotect(sealed) == packet(65_540)
    assert ours.unprotect(sealed) == b""
    assert ours.rejected == 1


def test_a_new_key_of_ours_is_sent_with_at_once() -> None:
    ours, theirs = pair()
    ours.renew(keys(local=4))
    assert theirs.unprotect(ours.protect(packet(1))) == b""
    theirs.renew(keys(local=2, remote=4))
    assert theirs.unprotect(ours.protect(packet(2))) == packet(2)


def test_what_can_not_be_encrypted_does_not_leave() -> None:
    ours, _ = pair()
    sent: list[bytes] = []
    send = ours.sender(sent.append)
    send(packet(1))
    for bad in (packet(1), b"\x80", packet(2, bytes(1400))):
        with pytest.raises(NotProtectedError):
            send(bad)
    with pytest.raises(NotProtectedError):
        ours.protect_rtcp(b"")
    assert len(sent) == 1


def test_a_receiver_gives_what_is_inside() -> None:
    ours, theirs = pair()
    sealed = iter([ours.protect(packet(1)), packet(2)])
    receive = theirs.receiver(lambda _size: next(sealed))
    assert receive(2048) == packet(1)
    assert receive(2048) == b""


def test_keys_are_in_no_repr_and_cross_the_control_socket() -> None:
    found = keys(local=0x6B)
    assert "kkkk" not in repr(found)
    command = control.Negotiated(
        1, "leg", "PCMA", 8, None, {}, "127.0.0.1", 4, "127.0.0.1", 5, True, False, True, srtp=found
    )
    assert "kkkk" not in repr(command)
    assert control.command_decoder.decode(control.encode(command)) == command
