from __future__ import annotations

import pytest

from voicegw.errors import MalformedMessageError
from voicegw.sip.message import Request, parse
from voicegw.sip.sdp_body import sdp_of

SDP = "v=0\r\ns=-\r\n"
ISUP = "\x01\x00--\x7f\r\n\r\n"


def message(content_type: str | None, body: str) -> Request:
    head = (
        "INVITE sip:b@h SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK1\r\n"
        "From: <sip:a@h>;tag=1\r\nTo: <sip:b@h>\r\nCall-ID: i\r\nCSeq: 1 INVITE\r\n"
    )
    if content_type is not None:
        head += f"Content-Type: {content_type}\r\n"
    parsed = parse(f"{head}\r\n{body}".encode())
    assert isinstance(parsed, Request)
    return parsed


def multipart(*parts: tuple[str, str], boundary: str = "x=1", preamble: str = "") -> str:
    pieces = [f"{preamble}\r\n" if preamble else ""]
    pieces += [f"--{boundary}\r\n{head}\r\n\r\n{body}\r\n" for head, body in parts]
    return "".join([*pieces, f"--{boundary}--\r\n"])


IS_SDP = "Content-Type: application/sdp"
IS_ISUP = "content-type:application/ISUP;version=itu-t92+\r\nContent-Disposition: signal"


@pytest.mark.parametrize("kind", ["application/sdp", "Application/SDP; charset=utf-8"])
def test_a_description_that_comes_alone(kind: str) -> None:
    assert sdp_of(message(kind, SDP)) == SDP


@pytest.mark.parametrize(
    "body",
    [
        multipart((IS_SDP, SDP), (IS_ISUP, ISUP)),
        multipart((IS_ISUP, ISUP), (IS_SDP, SDP)),
        multipart((IS_ISUP, ISUP), ("CONTENT-TYPE :application/SDP;x=y", SDP), preamble="Look:"),
        multipart((f"Content-ID: <1@a>\r\n{IS_SDP}", SDP), (IS_SDP, "v=0 another\r\n")),
    ],
)
@pytest.mark.parametrize(
    "kind", ['multipart/mixed;boundary="x=1"', "Multipart/Alternative;boundary=x=1"]
)
def test_a_description_among_other_parts(kind: str, body: str) -> None:
    assert sdp_of(message(kind, body)) == SDP


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        (None, SDP),
        ("text/plain", SDP),
        ("application/sdp", ""),
        ("multipart/mixed", multipart((IS_SDP, SDP))),
        (f"multipart/mixed;boundary={'b' * 71}", multipart((IS_SDP, SDP), boundary="b" * 71)),
        ("multipart/mixed;boundary=other", multipart((IS_SDP, SDP))),
        ("multipart/mixed;boundary=x=1", multipart((IS_ISUP, ISUP))),
        ("multipart/mixed;boundary=x=1", multipart(("Content-Type: application/sdpx", SDP))),
        ("multipart/mixed;boundary=x=1", f"--x=1--\r\n--x=1\r\n{IS_SDP}\r\n\r\n{SDP}\r\n--x=1--"),
        ("multipart/mixed;boundary=x=1", "--x=1\r\nContent-Type: application/sdp"),
        ("multipart/mixed;boundary=x=1", multipart(*[(IS_ISUP, "")] * 20, (IS_SDP, SDP))),
    ],
)
def test_no_description(kind: str | None, body: str) -> None:
    assert sdp_of(message(kind, body)) is None


def test_a_content_type_that_cannot_be_read() -> None:
    with pytest.raises(MalformedMessageError):
        sdp_of(message("sdp", SDP))
