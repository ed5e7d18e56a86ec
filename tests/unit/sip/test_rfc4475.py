"""The torture test messages of RFC 4475: docs/rfc4475.md says what comes of each, and it does."""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.unit.sip.agents import THEM, Agent, Clock, FarEnd, make_agent
from tests.unit.sip.torture import OWN, messages
from voicegw.errors import MalformedMessageError
from voicegw.sip.digest import Credentials, authorization, parse_challenges
from voicegw.sip.message import Request, Response, parse
from voicegw.sip.registrar import Registrar

TABLE = Path(__file__).parents[3] / "docs" / "rfc4475.md"
_ROW = re.compile(
    r"^\| `(?P<name>\w+)` \| (?P<section>[\d.]+) \| (?P<asked>.+) \| (?P<done>.+) \|$"
)


@dataclass(frozen=True)
class Row:
    """What the table says of one message."""

    section: str
    asked: str
    done: str

    @property
    def statuses(self) -> list[int]:
        """The answers that the table promises, in order."""
        return [int(status) for status in re.findall(r"`(\d{3})`", self.done)]


def table() -> dict[str, Row]:
    """Return the rows of the table by message."""
    found = (_ROW.match(line) for line in TABLE.read_text(encoding="utf-8").splitlines())
    return {row["name"]: Row(row["section"], row["asked"], row["done"]) for row in found if row}


def core_for(data: bytes) -> tuple[Agent, FarEnd]:
    """Return a core that is a registrar for the user `data` names, and its trunk."""
    clock = Clock()
    registrar = Registrar(realm="gw", passwords={user_in(data): "s"}, rng=random.Random(5))
    agent = make_agent(clock, registrar=registrar)
    agent.user.on_offer = lambda session: session.ring()
    return agent, FarEnd(agent, clock)


def user_in(data: bytes) -> str:
    """Return whom a message is for, as far as it can be read."""
    try:
        return parse(data).to.uri.user or "nobody"
    except MalformedMessageError:
        return "nobody"


def proven(data: bytes, challenged: Response) -> bytes:
    """Return the request with the digest that it was asked for."""
    (challenge,) = parse_challenges(challenged.headers.get_all("WWW-Authenticate"))
    value = authorization(
        challenge, Credentials(user_in(data), "s"), method="REGISTER", uri="sip:gw", cnonce="ab"
    )
    start, end, rest = data.partition(b"\r\n")
    return start + end + f"Authorization: {value}".encode() + end + again(rest)


def again(rest: bytes) -> bytes:
    """Return the rest of a request as a client sends it again: next CSeq, other branch."""
    other = re.sub(rb"branch=z9hG4bK", b"branch=z9hG4bKagain", rest, count=1)
    return re.sub(rb"(?<=CSeq: )\d+", lambda found: b"%d" % (int(found[0]) + 1), other)


def outcome(agent: Agent, far: FarEnd, data: bytes) -> list[int]:
    """Return the statuses of the answers to `data`, 100 left out; after a 401 it is proved."""
    far.send(data, THEM)
    sent = agent.core.take_transmissions()
    starts = [one.partition(b"\r\n")[0] for _, one in sent]
    statuses = [int(start.split(b" ")[1]) for start in starts if start.startswith(b"SIP/2.0 ")]
    if statuses == [401]:
        challenged = parse(sent[-1][1])
        assert isinstance(challenged, Response)
        statuses += outcome(agent, far, proven(data, challenged))
    return [status for status in statuses if status != 100]


def test_the_table_has_every_message() -> None:
    rows = table()
    assert sorted(rows) == sorted(OWN)
    assert len(rows) == 49
    assert len({row.section for row in rows.values()}) == 49


@pytest.mark.parametrize(
    ("name", "data"),
    [pytest.param(name, data, id=f"{name}-{origin}") for name, origin, data in messages()],
)
def test_what_the_table_says_comes_of_it(name: str, data: bytes) -> None:
    agent, far = core_for(data)
    row = table()[name]
    assert outcome(agent, far, data) == row.statuses, row.done
    assert ("offered" in row.done) == bool(agent.user.offered)
    assert row.done.endswith("nothing") == (not row.statuses and "BYE" not in row.done)
    assert agent.core.counters["listener_failures"] == 0


@pytest.mark.parametrize(
    ("name", "data"),
    [pytest.param(name, data, id=f"{name}-{origin}") for name, origin, data in messages()],
)
def test_a_message_that_is_taken_can_be_written_again(name: str, data: bytes) -> None:
    try:
        message = parse(data)
    except MalformedMessageError:
        assert set(table()[name].statuses) <= {400, 505}
        return
    assert bytes(parse(bytes(message))) == bytes(message)


def test_where_registered_contacts_lead() -> None:
    """Parameters of a URI, of the header, escaped NUL and escaped headers are told apart."""
    bound = {}
    for name in ("cparam01", "cparam02", "escnull", "regescrt"):
        agent, far = core_for(OWN[name])
        outcome(agent, far, OWN[name])
        registrar = agent.core.registrar
        assert registrar is not None
        bound[name] = {one.contact for one in registrar.lookup(user_in(OWN[name]))}
    assert bound == {
        "cparam01": {"sip:+19725552222@gw1.example.net"},
        "cparam02": {"sip:+19725552222@gw1.example.net;unheardof"},
        "escnull": {"sip:%00@gw.example.com", "sip:%00%00@gw.example.com"},
        "regescrt": {"sip:user@example.com?Route=%3Csip:proxy.example.com%3E"},
    }


def test_what_follows_a_datagrams_body_is_no_second_message() -> None:
    agent, far = core_for(OWN["dblreq"])
    assert outcome(agent, far, OWN["dblreq"]) == [401, 200]
    assert agent.user.offered == []


def test_unheard_of_extensions_are_named() -> None:
    _, far = core_for(OWN["bext01"])
    far.send(OWN["bext01"])
    answer = far.response()
    assert isinstance(answer, Response)
    assert set(answer.unsupported) == {"unheardof", "unheardoftoo"}


def test_an_escaped_method_is_another_method() -> None:
    message = parse(OWN["esc02"])
    assert isinstance(message, Request)
    assert message.method == "RE%47IST%45R"
    assert len(message.contacts) == 1
