"""Times that the kernel tells with a datagram."""

from __future__ import annotations

import socket
import struct
import time

import pytest

from voicegw.sip.receipt_time import ANCILLARY_BYTES, ask_for_receipt_times, waited_s


def test_the_kernel_tells_how_long_a_datagram_has_waited() -> None:
    with (
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as ours,
        socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as theirs,
    ):
        ask_for_receipt_times(ours)
        ours.bind(("127.0.0.1", 0))
        theirs.sendto(b"x", ours.getsockname())
        time.sleep(0.02)
        _, told, _, _ = ours.recvmsg(10, ANCILLARY_BYTES)
    waited = waited_s(told)
    assert waited is not None
    assert 0.015 < waited < 5


def test_a_socket_that_can_not_tell_is_left_as_it_is() -> None:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.close()
    ask_for_receipt_times(sock)


@pytest.mark.parametrize("offset_s", [-5, 3600])
def test_a_clock_that_was_set_tells_nothing(offset_s: int) -> None:
    data = struct.pack("@ll", int(time.time()) - offset_s, 0)
    assert waited_s([(socket.SOL_SOCKET, 35, data)]) is None


def test_other_facts_are_passed_over() -> None:
    assert waited_s([]) is None
    assert waited_s([(socket.SOL_SOCKET, 1, b"\0" * 16), (socket.SOL_SOCKET, 35, b"short")]) is None
