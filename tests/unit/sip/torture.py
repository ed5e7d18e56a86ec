"""The 49 messages of RFC 4475: own ones, each with the same trick, and the RFC's where they are.

The RFC's bytes are not part of the project. Appendix A of the RFC holds them as an archive; the
folder it is unpacked to, `NAME.dat` each, is named by `VOICEGW_RFC4475` or is `shared/rfc4475`
beside the checkout.
"""

from __future__ import annotations

import os
import zlib
from pathlib import Path
from typing import Final

_ROOT: Final = Path(__file__).resolve().parents[3]
FOLDER: Final = Path(os.environ.get("VOICEGW_RFC4475") or _ROOT.parent / "shared" / "rfc4475")

_SDP: Final = (
    "v=0\no=- 1 1 IN IP4 192.0.2.7\ns=-\nc=IN IP4 192.0.2.7\nt=0 0\nm=audio 4000 RTP/AVP 8\n"
)
_VIA: Final = "SIP/2.0/UDP gw.example.com:5060;branch=z9hG4bKown1"


def _message(start: str, *more: str, body: str | None = None, **headers: str | None) -> bytes:
    """Return a message: usual headers, changed or left out (None) by name, then `more` lines."""
    body = body or ""
    method = "INVITE" if start.startswith("SIP/2.0") else start.split(" ", maxsplit=1)[0]
    fields: dict[str, str | None] = {
        "Via": _VIA,
        "Max-Forwards": "70",
        "From": "<sip:ann@example.net>;tag=own1",
        "To": "<sip:user@example.com>",
        "Call-ID": f"own-{zlib.crc32(start.encode(errors='replace')) % 1000}@example.net",
        "CSeq": f"7 {method}",
        "Contact": "<sip:ann@gw.example.com>",
        "Content-Type": "application/sdp" if body else None,
        "Content-Length": str(len(body.replace("\n", "\r\n").encode())),
    }
    fields |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = [f"{name}: {value}" for name, value in fields.items() if value is not None]
    text = "\n".join([start, *lines, *more, "", ""]) + body
    return text.replace("\n", "\r\n").encode("utf-8", "surrogateescape")


def _invite(*more: str, uri: str = "sip:user@example.com", **headers: str | None) -> bytes:
    return _message(f"INVITE {uri} SIP/2.0", *more, body=_SDP, **headers)


def _options(*more: str, uri: str = "sip:user@example.com", **headers: str | None) -> bytes:
    return _message(f"OPTIONS {uri} SIP/2.0", *more, **{"Contact": None, **headers})


def _register(*more: str, **headers: str | None) -> bytes:
    changed = {"From": "<sip:user@example.com>;tag=own2", **headers}
    return _message("REGISTER sip:example.com SIP/2.0", *more, **changed)


def _response(status: str, *more: str, **headers: str | None) -> bytes:
    return _message(f"SIP/2.0 {status}", *more, **{"To": "<sip:user@example.com>;tag=t", **headers})


_LONG: Final = "long" * 80
_STRANGE: Final = "!odd-Method_*+`.%thing'~"
_HEADERS_ESCAPED: Final = "sip:user@example.com?Route=%3Csip:proxy.example.com%3E"

OWN: Final[dict[str, bytes]] = {
    "wsinv": _invite(
        "TO :\n sip:user@example.com ;   tag    = 77a",
        "x :",
        "Unknown: ;;,,;",
        "v:  SIP  / 2.0  / TCP   b.example.com   ;\n  branch  =  z9hG4bKown2  ,\n"
        " SIP / 2.0/UDP c;branch=\n q",
        'm:"Quoted \\"\\"" <sip:ann@example.net> ; newparam =\n   newvalue ;\n  q = 0.33',
        "cseq: 0009\n  INVITE",
        To=None,
        Via="SIP  /   2.0\n /UDP\n    gw.example.com;branch=z9hG4bKown1",
        CSeq=None,
        Contact=None,
    ),
    "intmeth": _message(
        f"{_STRANGE} sip:1.odd~(user)&x+y$z?,/;;*:pass=1,w!rd*wo~d(no)@example.com SIP/2.0",
        "extension-!.%*+_`'~: \ufeff\u5927\u505c\u96fb",
        To='"BEL:\\\x07 NUL:\\\x00 DEL:\\\x7f" <sip:1.odd~(user)@example.com>',
        From="token1~` token2'+_ token3*%!.- <sip:ann@example.com>"
        ";x''~+*_!.-%=\"\u0440\";tag=_t~1'+`*%!-.",
        Call_ID="word%ZK-!.*_+'@word`~)(><:\\/\"][?}{",
    ),
    "esc01": _invite(
        uri="sip:sips%3Auser%40example.com@example.net",
        To="sip:%75ser@example.com",
        From="<sip:with%20spaces@example.net>;tag=own1",
        Contact="\n  <sip:cal%6Cer@gw.example.net;%6C%72;n%61me=v%61lue%25%34%31>",
    ),
    "escnull": _register(
        "Contact: <sip:%00%00@gw.example.com>",
        To="sip:null-%00-null@example.com",
        From="sip:null-%00-null@example.com;tag=own2",
        Contact="<sip:%00@gw.example.com>",
    ),
    "esc02": _message(
        "RE%47IST%45R sip:example.com SIP/2.0",
        "C%6Fntact: <sip:b@gw.example.com>",
        To='"%Z%45" <sip:user@example.com>',
        Via="SIP/2.0/UDP gw.example.com;branch=z9hG4bKown%fx",
    ),
    "lwsdisp": _options(From="ann<sip:ann@example.net>;tag=own1"),
    "longreq": _invite(
        f"Unknown-{_LONG[:90]}: {_LONG * 3};{_LONG}={_LONG}",
        *(f"Via: SIP/2.0/TCP sip{n}.example.com;branch=z9hG4bK{_LONG}{n}" for n in range(33)),
        To=f'"{_LONG}"<sip:user@example.com:6000;{_LONG}={_LONG}>',
        From=f"sip:{_LONG}@example.net;tag={_LONG}",
        Call_ID=f"own.{_LONG}",
    ),
    "dblreq": _register(Content_Length="0") + b"\r\n" + _invite(),
    "semiuri": _options(uri="sip:user;par=u%40example.net@example.com"),
    "transports": _options(
        "Via: SIP/2.0/SCTP t2.example.com;branch=z9hG4bKown2",
        "Via: SIP/2.0/UNKNOWN t4.example.com;branch=z9hG4bKown4",
    ),
    "mpart01": _message(
        "MESSAGE sip:user@example.com SIP/2.0",
        body="--b1\nContent-Type: text/plain\n\nHi\n--b1\n\n\x00\x01\n--b1--",
        Content_Type="multipart/mixed;boundary=b1",
    ),
    "unreason": _response("200 = 2**3 * 5**2 \u043d\u043e \u0441\u0442\u043e"),
    "noreason": _response("100 "),
    "badinv01": _invite(Via="SIP/2.0/UDP 192.0.2.7;;,;,,", Contact='"J" <sip:j@x.example>;;;;'),
    "clerr": _invite(Content_Length="9999"),
    "ncl": _invite(Content_Length="-999"),
    "scalar02": _register(CSeq="36893488147419103232 REGISTER", Expires="1" + "0" * 100),
    "scalarlg": _response("503 Service Unavailable", CSeq="9292394834772304023312 OPTIONS"),
    "quotbal": _invite(To='"Mr. U <sip:user@example.com>'),
    "ltgtruri": _invite(uri="<sip:user@example.com>"),
    "lwsruri": _invite(uri="sip:user@example.com; lr"),
    "lwsstart": _invite().replace(b" ", b"  ", 2),
    "trws": _options().replace(b"SIP/2.0\r\n", b"SIP/2.0  \r\n", 1),
    "escruri": _invite(uri=_HEADERS_ESCAPED),
    "baddate": _invite("Date: Fri, 01 Jan 2010 16:00:00 EST"),
    "regbadct": _register(Contact=_HEADERS_ESCAPED),
    "badaspec": _options(To='"U" < sip:user@example.com >'),
    "baddn": _options(From="Bell, Ann <sip:ann@example.net>;tag=own1"),
    "badvers": _options().replace(b"SIP/2.0", b"SIP/7.0"),
    "mismatch01": _options(CSeq="8 INVITE"),
    "mismatch02": _message("NEWMETHOD sip:user@example.com SIP/2.0", CSeq="8 INVITE"),
    "bigcode": _response("4294967301 better not break the receiver"),
    "badbranch": _options(Via="SIP/2.0/UDP 192.0.2.7;branch=z9hG4bK"),
    "insuf": _invite(To=None, From=None, Call_ID=None, Max_Forwards=None),
    "unkscm": _options(uri="unheardOf:opaquecontent"),
    "novelsc": _options(uri="soap.beep://192.0.2.103:3002"),
    "unksm2": _register(To="isbn:2983792873", From="<http://a.b>;tag=o", Contact="<name:J_S>"),
    "bext01": _options("Require: unheardOf, unheardOfToo", "Proxy-Require: nobodyKnows"),
    "invut": _invite(Content_Type="application/unheardof"),
    "regaut01": _register("Authorization: UnheardOf opaque-data=here", Contact=None),
    "multi01": _invite("CSeq: 59 INVITE", "To: <sip:b@c>", "Max-Forwards: 5", "Call-ID: own-b"),
    "mcl01": _options("Content-Length: 13", Content_Length="5"),
    "bcast": _response("200 OK", "Via: SIP/2.0/UDP 255.255.255.255;branch=z9hG4bKown9"),
    "zeromf": _options(Max_Forwards="0"),
    "cparam01": _register(Contact="sip:+19725552222@gw1.example.net;unheardof"),
    "cparam02": _register(Contact="<sip:+19725552222@gw1.example.net;unheardof>"),
    "regescrt": _register(Contact=f"<{_HEADERS_ESCAPED}>"),
    "sdp01": _invite("Accept: text/unheardof"),
    "inv2543": _invite(
        "Record-Route: <sip:user@example.com;maddr=ss1.example.com>",
        Via="SIP/2.0/UDP gw.example.com",
        From="<sip:ann@example.net;user=phone>",
        Max_Forwards=None,
        Contact=None,
        Content_Length=None,
    ),
}  # fmt: skip


def messages() -> list[tuple[str, str, bytes]]:
    """Return name, origin (`own` or `rfc`) and bytes of every message there is."""
    found = [(name, "own", data) for name, data in OWN.items()]
    for name in OWN:
        path = FOLDER / f"{name}.dat"
        if path.is_file():
            found.append((name, "rfc", path.read_bytes()))
    return found
