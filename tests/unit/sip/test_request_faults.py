"""Which status a request gets that nobody is asked about."""

from __future__ import annotations

import pytest

from voicegw.sip.message import Request, parse
from voicegw.sip.request_faults import fault_of, invite_fault_of
from voicegw.sip.session_timer import SessionTimerValues

TIMERS = SessionTimerValues(min_se_s=120)


def request(
    method: str = "INVITE", *lines: str, uri: str = "sip:svc@gw", tag: str = "", body: str = ""
) -> Request:
    head = (
        f"{method} {uri} SIP/2.0",
        "Via: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bK1",
        "From: <sip:a@h>;tag=1",
        f"To: <sip:b@h>{tag}",
        "Call-ID: c",
        f"CSeq: 1 {method}",
        *lines,
    )
    message = parse("\r\n".join([*head, f"Content-Length: {len(body)}", "", body]).encode())
    assert isinstance(message, Request)
    return message


@pytest.mark.parametrize(
    ("made", "status"),
    [
        (request(), None),
        (request("REFER"), None),
        (request("REGISTER", "Require: path"), None),
        (request("INVITE", "Require: timer"), None),
        (request("INVITE", "Require: path"), 420),
        (request("PUBLISH"), 405),
        (request(uri="soap.beep://192.0.2.1"), 416),
        (request("INVITE", "Max-Forwards: 0"), 483),
        (request("INVITE", "Max-Forwards: 0", tag=";tag=2"), None),
        (request("BYE", "Max-Forwards: 0"), None),
    ],
)
def test_what_every_request_must_have(made: Request, status: int | None) -> None:
    fault = fault_of(made, registers=True)
    assert (None if fault is None else fault[0]) == status


def test_nobody_registers_where_there_is_no_registrar() -> None:
    fault = fault_of(request("REGISTER"), registers=False)
    assert fault is not None
    assert fault[0] == 405


@pytest.mark.parametrize(
    ("made", "fault"),
    [
        (request(), None),
        (request("INVITE", "Content-Type: application/sdp", body="v=0\r\n"), None),
        (request("INVITE", "Content-Type: text/plain", body="hi"), (415, "Accept")),
        (request("INVITE", "Content-Encoding: gzip"), (415, "Accept-Encoding")),
        (request("INVITE", "Accept: text/plain"), (406, None)),
        (request("INVITE", "Supported: timer", "Session-Expires: 100"), (422, "Min-SE")),
    ],
)
def test_what_an_invite_must_have(made: Request, fault: tuple[int, str | None] | None) -> None:
    found = invite_fault_of(made, TIMERS)
    headers = [] if found is None else [name for name, _ in found[1]]
    assert (None if found is None else (found[0], next(iter(headers), None))) == fault
