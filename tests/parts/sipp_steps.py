"""What telephones do, as steps of a SIPp scenario.

A telephone that is rung gets its steps by the number dialled (:func:`called_scenario`), so that one
SIPp can be a manager who answers and a customer who is busy. A telephone that calls has one list of
steps (:func:`calling_scenario`). Each behaviour is named for what an onlooker would see.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_FIELD = re.compile(r'(\w+)=(?:"([^"]*)"|([^",\s]+))')
TAG: Final = "[pid]c[call_number]"
_REASONS: Final[Mapping[int, str]] = {
    180: "Ringing",
    183: "Session Progress",
    200: "OK",
    401: "Unauthorized",
    404: "Not Found",
    407: "Proxy Authentication Required",
    480: "Temporarily Unavailable",
    486: "Busy Here",
    487: "Request Terminated",
    500: "Server Internal Error",
    503: "Service Unavailable",
    603: "Decline",
}
_SDP = """Content-Type: application/sdp
Content-Length: [len]

v=0
o=phone 53655765 {version} IN IP[local_ip_type] [local_ip]
s=-
c=IN IP[media_ip_type] [media_ip]
t=0 0
m=audio {port} RTP/AVP 8 101
a=rtpmap:8 PCMA/8000
a=rtpmap:101 telephone-event/8000
a=fmtp:101 0-15
a={direction}"""
#: Where an answering telephone's sound goes: `-key sound PORT`, a port that the test listens on.
SOUND_PORT: Final = "[sound]"
#: SIPp's own port, needed where it shall speak.
STREAM_PORT: Final = "[rtpstream_audio_port]"


def description(direction: str = "sendrecv", *, port: str = SOUND_PORT, version: int = 1) -> str:
    """Return the last header lines and the body of a message with a session description."""
    return _SDP.format(direction=direction, port=port, version=version)


def _send(text: str, *, repeated: bool = False) -> str:
    again = ' retrans="200"' if repeated else ""
    return f"<send{again}><![CDATA[\n{text}\n]]></send>"


def respond(
    status: int,
    *headers: str,
    sdp: str | None = None,
    to: str = f"[last_To:];tag={TAG}",
    cseq: str = "[last_CSeq:]",
    repeated: bool = False,
) -> str:
    """Answer the last request; `repeated` until something comes (an ACK, a PRACK)."""
    lines = [
        f"SIP/2.0 {status} {_REASONS[status]}",
        "[last_Via:]",
        "[last_Record-Route:]",
        "[last_From:]",
        to,
        "[last_Call-ID:]",
        cseq,
        "Contact: <sip:phone@[local_ip]:[local_port];transport=[transport]>",
        *headers,
        sdp if sdp is not None else "Content-Length: 0\n",
    ]
    return _send("\n".join(lines), repeated=repeated)


def agree() -> str:
    """Answer a request inside the dialog with 200."""
    return respond(200, to="[last_To:]")


def receive(request: str, *, optional: bool = False) -> str:
    """Wait for a request."""
    maybe = ' optional="true"' if optional else ""
    return f'<recv request="{request}" crlf="true"{maybe}/>'


def expect(status: int, *actions: str, optional: bool = False) -> str:
    """Wait for a response."""
    maybe = ' optional="true"' if optional else ""
    inner = f"<action>{''.join(actions)}</action>" if actions else ""
    return f'<recv response="{status}" crlf="true"{maybe}>{inner}</recv>'


def pause(milliseconds: int) -> str:
    """Do nothing for a while."""
    return f'<pause milliseconds="{milliseconds}"/>'


def speak(path: str) -> str:
    """Say a file of raw A-law over and over, from SIPp's own port."""
    return f'<nop><action><exec rtp_stream="{path},-1,8"/></action></nop>'


def hush() -> str:
    """Stop saying it."""
    return '<nop><action><exec rtp_stream="pause"/></action></nop>'


def ask(method: str, cseq: int, *headers: str, body: str | None = None) -> str:
    """Send a request inside the dialog, as the telephone that was rung."""
    lines = [
        f"{method} [$target] SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        f"From: <[$callee]>;tag={TAG}",
        "To: [$caller]",
        "[last_Call-ID:]",
        f"CSeq: {cseq} {method}",
        "Max-Forwards: 70",
        "Contact: <sip:phone@[local_ip]:[local_port];transport=[transport]>",
        *headers,
        body if body is not None else "Content-Length: 0\n",
    ]
    return _send("\n".join(lines), repeated=method != "ACK")


#: A BYE that is answered later, when something else has been received.
_BYE_KEPT = (
    '<recv request="BYE" crlf="true"><action>'
    '<ereg regexp="SIP.*" search_in="hdr" header="Via:" assign_to="bye_via"/>'
    '<ereg regexp="[^ ].*" search_in="hdr" header="From:" assign_to="bye_from"/>'
    '<ereg regexp="[^ ].*" search_in="hdr" header="To:" assign_to="bye_to"/>'
    '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="bye_cseq"/>'
    "</action></recv>"
)
_BYE_ANSWERED = _send(
    "SIP/2.0 200 OK\nVia: [$bye_via]\nFrom: [$bye_from]\nTo: [$bye_to]\n"
    "[last_Call-ID:]\nCSeq: [$bye_cseq] BYE\nContent-Length: 0\n"
)
_ANSWER = (respond(180), respond(200, sdp=description(), repeated=True), receive("ACK"))
_HANG_UP = (ask("BYE", 7), expect(200))


def _refuse(status: int, *headers: str) -> tuple[str, ...]:
    return (respond(status, *headers, repeated=True), receive("ACK"))


def _press(digit: str, cseq: int) -> tuple[str, ...]:
    body = (
        "Content-Type: application/dtmf-relay\nContent-Length: [len]\n\n"
        f"Signal={digit}\nDuration=160"
    )
    return (ask("INFO", cseq, body=body), expect(200))


def _reinvite(cseq: int, direction: str, version: int) -> tuple[str, ...]:
    offer = description(direction, version=version)
    return (
        ask("INVITE", cseq, body=offer),
        expect(100, optional=True),
        expect(200),
        ask("ACK", cseq),
    )


#: What a telephone behind the trunk does when it is rung.
CALLED: Final[Mapping[str, Sequence[str]]] = {
    "answers": (*_ANSWER, receive("BYE"), agree()),
    # SIPp takes an INVITE for a repeated one only up to its second answer to it: none but the 200
    # may be sent where messages are lost.
    "answers_without_ringing": (*_ANSWER[1:], receive("BYE"), agree()),
    "answers_then_hangs_up": (*_ANSWER, pause(1500), *_HANG_UP),
    "answers_with_a_tone": (
        respond(180),
        respond(200, sdp=description(port=STREAM_PORT), repeated=True),
        receive("ACK"),
        speak("tone.al"),
        receive("BYE"),
        hush(),
        agree(),
    ),
    "sounds_before_it_answers": (
        respond(183, sdp=description(port=STREAM_PORT)),
        speak("tone.al"),
        receive("CANCEL"),
        hush(),
        respond(200, to="[last_To:]"),
        respond(487, cseq="CSeq: [$cseq] INVITE", repeated=True),
        receive("ACK"),
    ),
    # Both hang up at once: its own BYE leaves before it has answered ours.
    "hangs_up_as_we_do": (*_ANSWER, _BYE_KEPT, *_HANG_UP, _BYE_ANSWERED),
    "answers_and_presses_1": (*_ANSWER, pause(300), *_press("1", 5), receive("BYE"), agree()),
    "answers_and_presses_2": (*_ANSWER, pause(300), *_press("2", 5), receive("BYE"), agree()),
    # Its 183 has to be acknowledged, and answers our offer (RFC 3262 §5).
    "rings_reliably": (
        respond(183, "Require: 100rel", "RSeq: 7", sdp=description(), repeated=True),
        receive("PRACK"),
        agree(),
        respond(200, to="[last_To:]", cseq="CSeq: [$cseq] INVITE", repeated=True).replace(
            "[last_Via:]", "Via: [$invite_via]"
        ),
        receive("ACK"),
        receive("BYE"),
        agree(),
    ),
    "holds_and_resumes": (
        *_ANSWER,
        pause(1200),
        *_reinvite(5, "sendonly", 2),
        pause(800),
        *_reinvite(6, "sendrecv", 3),
        receive("BYE"),
        agree(),
    ),
    "busy": _refuse(486),
    "declines": _refuse(603),
    "not_found": _refuse(404),
    "unavailable": _refuse(503),
    "no_answer": (
        respond(180),
        receive("CANCEL"),
        respond(200, to="[last_To:]"),
        respond(487, cseq="CSeq: [$cseq] INVITE", repeated=True),
        receive("ACK"),
    ),
    # Behind a proxy the CANCEL has one Via and the INVITE, whose refusal must go back, two.
    "no_answer_behind_a_proxy": (
        respond(180),
        receive("CANCEL"),
        respond(200, to="[last_To:]"),
        respond(487, "Via: [$second_via]", cseq="CSeq: [$cseq] INVITE", repeated=True),
        receive("ACK"),
    ),
    # It has just answered when the CANCEL comes: 200 to both.
    "answers_while_cancelled": (
        respond(180),
        receive("CANCEL"),
        respond(200, to="[last_To:]"),
        respond(200, sdp=description(), cseq="CSeq: [$cseq] INVITE", repeated=True),
        receive("ACK"),
        receive("BYE"),
        agree(),
    ),
}


@dataclass(frozen=True, slots=True)
class Behaviour:
    """What a telephone behind the trunk does: `number` is a regular expression of the dialled."""

    number: str
    does: str


def called_scenario(
    behaviours: Sequence[Behaviour], *, challenge: int | None = None, linger_ms: int = 0
) -> str:
    """Return a scenario that treats each INVITE by the first behaviour that fits its number.

    With `challenge` 401 or 407 the first INVITE is challenged; whether the second one's digest is
    right is for :func:`proven` to say.
    `linger_ms` is for how long repeated requests are still answered after the end.
    """
    parts = []
    if challenge is not None:
        name = "WWW-Authenticate" if challenge == 401 else "Proxy-Authenticate"
        header = f'{name}: Digest realm="carrier",nonce="n[call_number]",algorithm=MD5,qop="auth"'
        tag = "[last_To:];tag=[pid]a[call_number]"
        parts += [_rung(()), respond(challenge, header, to=tag, repeated=True), receive("ACK")]
    parts.append(_rung(behaviours))
    parts += [f'<nop next="do{index}" test="is{index}"/>' for index in range(len(behaviours))]
    parts.append('<nop><action><error message="nobody has this number"/></action></nop>')
    for index, behaviour in enumerate(behaviours):
        parts += [f'<label id="do{index}"/>', *CALLED[behaviour.does], '<nop next="over"/>']
    parts.append('<label id="over"/>')
    if linger_ms:
        parts.append(f'<timewait milliseconds="{linger_ms}"/>')
    names = [
        "invite_via",
        "second_via",
        "cseq",
        "target",
        "callee",
        "caller",
        *(f"is{i}" for i in range(len(behaviours))),
    ]
    names += _kept(parts)
    return _scenario(parts, names)


def _rung(behaviours: Sequence[Behaviour]) -> str:
    """Return the step that takes an INVITE and finds out whose telephone it rings."""
    actions = [
        '<ereg regexp="SIP.*" search_in="hdr" header="Via:" assign_to="invite_via"/>',
        '<ereg regexp="SIP.*" search_in="hdr" header="Via:" occurrence="2" '
        'assign_to="second_via"/>',
        '<ereg regexp="[0-9]+" search_in="hdr" header="CSeq:" assign_to="cseq"/>',
        '<ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="target"/>',
        '<ereg regexp="sip:[^>;]*" search_in="hdr" header="To:" assign_to="callee"/>',
        '<ereg regexp="[^ ].*" search_in="hdr" header="From:" assign_to="caller"/>',
    ]
    actions += [
        f'<ereg regexp="sip:{behaviour.number}@" search_in="hdr" header="To:" '
        f'assign_to="is{index}"/>'
        for index, behaviour in enumerate(behaviours)
    ]
    return f'<recv request="INVITE" crlf="true"><action>{"".join(actions)}</action></recv>'


def proven(header: str, method: str, password: str) -> bool:
    """Whether an Authorization or Proxy-Authorization header is right (RFC 7616, MD5, qop auth)."""
    fields = {name: quoted or bare for name, quoted, bare in _FIELD.findall(header)}
    secret = _md5(f"{fields['username']}:{fields['realm']}:{password}")
    what = _md5(f"{method}:{fields['uri']}")
    middle = ":".join(fields[name] for name in ("nonce", "nc", "cnonce", "qop"))
    return str(fields["response"]) == _md5(f"{secret}:{middle}:{what}")


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


_CALLING = "sip:[field1]@[remote_ip]:[remote_port]"
_DIALLED_VIA = (
    "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=z9hG4bK-[pid]-[call_number]-i"
)
_CALLER = "From: <sip:[field0]@[local_ip]>;tag=[pid]u[call_number]"


def dial(*headers: str, sdp: str | None = None) -> str:
    """Call the number in the second field of the row as the number in its first."""
    lines = [
        f"INVITE {_CALLING} SIP/2.0",
        _DIALLED_VIA,
        _CALLER,
        f"To: <{_CALLING}>",
        "Call-ID: [call_id]",
        "CSeq: 1 INVITE",
        "Contact: <sip:caller@[local_ip]:[local_port];transport=[transport]>",
        "Max-Forwards: 70",
        *headers,
        sdp if sdp is not None else description(),
    ]
    return _send("\n".join(lines), repeated=True)


def tell(
    method: str, cseq: int, *headers: str, body: str | None = None, target: str = "[$target]"
) -> str:
    """Send a request inside the dialog, as the telephone that called."""
    lines = [
        f"{method} {target} SIP/2.0",
        "Via: SIP/2.0/[transport] [local_ip]:[local_port];branch=[branch]",
        _CALLER,
        "To: [$called]",
        "Call-ID: [call_id]",
        f"CSeq: {cseq} {method}",
        "Max-Forwards: 70",
        *headers,
        body if body is not None else "Content-Length: 0\n",
    ]
    return _send("\n".join(lines), repeated=method != "ACK")


def outside(method: str, via: str = _DIALLED_VIA, to: str = f"To: <{_CALLING}>") -> str:
    """Send a CANCEL, or the ACK of a refusal: hop by hop, with the INVITE's own branch."""
    lines = [
        f"{method} {_CALLING} SIP/2.0",
        via,
        _CALLER,
        to,
        "Call-ID: [call_id]",
        f"CSeq: 1 {method}",
        "Max-Forwards: 70",
        "Content-Length: 0\n",
    ]
    return _send("\n".join(lines), repeated=method == "CANCEL")


_LEARN = (
    '<ereg regexp="sip:[^>]*" search_in="hdr" header="Contact:" assign_to="target"/>',
    '<ereg regexp="[^ ].*" search_in="hdr" header="To:" assign_to="called"/>',
)
_TRYING = expect(100, optional=True)
_RINGING = (_TRYING, expect(180, optional=True), expect(183, optional=True))
_ANSWERED = (*_RINGING, expect(200, *_LEARN), tell("ACK", 1))
_CONNECTED = (dial(), *_ANSWERED)
_CONNECTED_BY_ROUTE = (
    dial(),
    *_RINGING,
    expect(200, *_LEARN).replace("<recv ", '<recv rrs="true" '),
    tell("ACK", 1, "[routes]", target="[next_url]"),
)


def _refused(status: int, *headers: str) -> tuple[str, ...]:
    return (
        dial(*headers),
        *_RINGING,
        expect(status),
        outside("ACK", to="[last_To:]"),
    )


_KEY_1: Final = (
    "Content-Type: application/dtmf-relay\nContent-Length: [len]\n\nSignal=1\nDuration=160"
)
#: What a customer who calls does, or meets.
CALLING: Final[Mapping[str, Sequence[str]]] = {
    "talks_until_hung_up": (*_CONNECTED, receive("BYE"), agree()),
    "is_named_by_the_network": (
        dial("P-Asserted-Identity: <sip:[field2]@[local_ip]>", "Privacy: id"),
        *_ANSWERED,
        receive("BYE"),
        agree(),
    ),
    "waits_and_presses_1": (
        *_CONNECTED,
        pause(1500),
        tell("INFO", 2, body=_KEY_1),
        expect(200),
        receive("BYE"),
        agree(),
    ),
    "talks_and_hangs_up": (*_CONNECTED, pause(1000), tell("BYE", 2), expect(200)),
    # It keeps the route that the 200 brought (RFC 3261 §12.1.2), for proxies in between.
    "talks_and_hangs_up_by_route": (
        *_CONNECTED_BY_ROUTE,
        pause(1000),
        tell("BYE", 2, "[routes]", target="[next_url]"),
        expect(200),
    ),
    "talks_by_route_until_hung_up": (*_CONNECTED_BY_ROUTE, receive("BYE"), agree()),
    "hangs_up_as_we_do": (
        *_CONNECTED,
        _BYE_KEPT,
        tell("BYE", 2),
        expect(200),
        _BYE_ANSWERED,
    ),
    "gives_up_while_ringing": (
        dial(),
        _TRYING,
        expect(180),
        pause(500),
        outside("CANCEL"),
        expect(200),
        expect(487),
        outside("ACK", to="[last_To:]"),
    ),
    # Our ringing is acknowledged by PRACK (RFC 3262), the talk is held and resumed by UPDATE.
    "wants_reliable_ringing_and_updates": (
        dial("Require: 100rel", "Supported: timer", "Session-Expires: 1800;refresher=uac"),
        _TRYING,
        expect(
            180,
            *_LEARN,
            '<ereg regexp="[0-9]+" search_in="hdr" header="RSeq:" assign_to="rseq"/>',
        ),
        tell("PRACK", 2, "RAck: [$rseq] 1 INVITE"),
        expect(200),
        expect(200, *_LEARN),
        tell("ACK", 1),
        pause(500),
        *(
            step
            for cseq, direction in ((3, "sendonly"), (4, "sendrecv"))
            for step in (
                tell(
                    "UPDATE",
                    cseq,
                    "Contact: <sip:caller@[local_ip]:[local_port];transport=[transport]>",
                    body=description(direction, version=cseq),
                ),
                expect(200),
                pause(300),
            )
        ),
        tell("BYE", 5),
        expect(200),
    ),
    "hears_a_sentence_then_486": (
        dial(),
        _TRYING,
        expect(180, optional=True),
        expect(183),
        expect(486),
        outside("ACK", to="[last_To:]"),
    ),
    "hears_a_sentence_then_480": (
        dial(),
        _TRYING,
        expect(180, optional=True),
        expect(183),
        expect(480),
        outside("ACK", to="[last_To:]"),
    ),
    "meets_404": _refused(404),
    "meets_480": _refused(480),
    "meets_486": _refused(486),
    "meets_503": _refused(503),
}


def calling_scenario(does: str, *, linger_ms: int = 0) -> str:
    """Return the scenario of a customer who calls."""
    parts = list(CALLING[does])
    if linger_ms:
        parts.append(f'<timewait milliseconds="{linger_ms}"/>')
    names = ["target", "called"] if any('assign_to="target"' in part for part in parts) else []
    names += ["rseq"] if any('assign_to="rseq"' in part for part in parts) else []
    names += _kept(parts)
    return _scenario(parts, names)


def _kept(parts: Sequence[str]) -> list[str]:
    names = ["bye_via", "bye_from", "bye_to", "bye_cseq"]
    return names if _BYE_KEPT in parts else []


def _scenario(parts: Sequence[str], names: Sequence[str]) -> str:
    used = [f'<Reference variables="{",".join(names)}"/>'] if names else []
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', '<scenario name="telephones">']
    return "\n".join([*lines, *parts, *used, "</scenario>"])
