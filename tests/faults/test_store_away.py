"""The store goes away in the middle of a call and comes back: nothing that happened is lost."""

from __future__ import annotations

import sqlite3
import time
import urllib.request
from collections.abc import Callable, Iterator

import pytest

from tests.parts.lab import HOTLINE, Lab, customer_does, customer_number, customer_of, manager_does
from tests.parts.needs import missing
from tests.parts.node import wait_for
from tests.parts.postgres import PostgresMissingError, PostgresServer
from tests.parts.stalling_proxy import StallingProxy

# Half a minute without a store, and patience with a busy machine.
pytestmark = [pytest.mark.peer, pytest.mark.timeout(300)]

AWAY_S = 30.0
PROBE_S = 1.0
"""What asks whether a node is well does not ask for longer."""


@pytest.fixture
def postgres() -> Iterator[PostgresServer]:
    """Return a running PostgreSQL."""
    try:
        server = PostgresServer()
    except PostgresMissingError as error:
        missing(str(error))
    server.start()
    yield server
    server.stop()
    server.remove()


#: What is told of a call when its owner is gone: by then its recording is worked on.
AFTER_THE_CALL = {
    "recording.completed",
    "recording.absent",
    "transcript.completed",
    "transcript.failed",
    "quality.completed",
    "call.settled",
    "leg.classified",
}


def assert_complete(lab: Lab, call_id: str) -> None:
    """Assert that the store has a whole talk: every event from the first to the last, once."""
    call = lab.assert_ended(call_id, "connected", "completed")
    events = lab.node.get(f"/v1/calls/{call_id}/events?limit=200")["items"]
    assert [event["data"]["sequence"] for event in events] == list(range(1, len(events) + 1))
    kinds = [event["type"] for event in events]
    afterwards = kinds[call["sequence"] :]
    assert set(afterwards) <= AFTER_THE_CALL, "the call's own events come first"
    assert len(afterwards) == len(set(afterwards)), "and each of the others comes once"
    for kind in ("call.initiated", "call.answered", "call.bridged", "call.ended"):
        assert kinds.count(kind) == 1, kinds
    assert kinds.count("leg.answered") == kinds.count("leg.ended") >= 1, kinds


def assert_refused(lab: Lab, within_s: float = 10) -> None:
    """Assert that a click-to-dial is refused with the reason and a time to try again."""
    body = {"manager_external_id": "m3", "customer_external_id": f"c{customer_of(3)}"}
    status, problem = lab.node.request("POST", "/v1/calls", body, timeout_s=within_s)
    assert (status, problem["code"]) == (503, "store-unavailable"), problem


def assert_probes_answer(lab: Lab) -> list[str]:
    """Assert that no probe waits for the store; return the parts that are not ready."""
    for path in ("/healthz", "/metrics"):
        with urllib.request.urlopen(lab.node.api + path, timeout=PROBE_S) as answer:
            assert answer.status == 200
    _, told = lab.node.request("GET", "/readyz", timeout_s=PROBE_S)
    return list(told["not_ready"])


def live(lab: Lab, count: int) -> None:
    """Wait until so many calls are live."""
    wait_for(f"{count} live", lambda: lab.node.metrics()["voicegw_calls_live"] == count)


def test_database_stops_and_starts_again(
    new_lab: Callable[..., Lab], postgres: PostgresServer
) -> None:
    """A talk goes on and ends, a customer still reaches the manager, a new dial is refused."""
    lab = new_lab(store=postgres.create_database("voicegw"))
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=4)
    customer = (customer_number(customer_of(2)), HOTLINE)
    # Has called lately: remembered with name and all, not only by the index of owners.
    lab.caller("talks_and_hangs_up", customer).finished()
    talk = lab.talking(1)
    known = lab.node.call_ids()
    gone = time.monotonic()
    postgres.stop()
    try:
        assert_refused(lab)
        # A customer calls while the store is away, and is hung up before it comes back.
        caller = lab.caller("talks_and_hangs_up", customer)
        caller.finished()
        live(lab, 1)
        assert lab.node.request("GET", "/readyz")[0] == 503
        lab.node.hangup(talk)
        carrier.finished()
        live(lab, 0)
        assert_refused(lab)
        time.sleep(max(0.0, gone + AWAY_S - time.monotonic()))
    finally:
        postgres.start()
    wait_for("ready", lambda: lab.node.request("GET", "/readyz")[0] == 200, 20)
    (back,) = lab.node.new_calls(known)
    assert_complete(lab, talk)
    assert_complete(lab, back)
    assert lab.node.metrics()["voicegw_journal_backlog_bytes"] == 0


def test_database_hangs(new_lab: Callable[..., Lab], postgres: PostgresServer) -> None:
    """A server that neither answers nor refuses is away as well: nothing waits for it for ever."""
    postgres.create_database("voicegw")
    proxy = StallingProxy(("127.0.0.1", postgres.port))
    try:
        lab = new_lab(store=f"postgresql://postgres@127.0.0.1:{proxy.port}/voicegw")
        carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
        talk = lab.talking(1)
        proxy.stall()
        lab.node.hangup(talk)
        wait_for("the store is missed", lambda: assert_probes_answer(lab) == ["store"])
        carrier.finished()
        live(lab, 0)
        # A look-up in the store is given 15 s.
        assert_refused(lab, 20)
        proxy.resume()
        wait_for("ready", lambda: lab.node.request("GET", "/readyz")[0] == 200, 20)
        assert_complete(lab, talk)
        lab.close()
    finally:
        proxy.close()


def test_database_file_is_locked(new_lab: Callable[..., Lab]) -> None:
    """SQLite held by another program is the same: calls go on and are written down later."""
    lab = new_lab()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=3)
    talk = lab.talking(1)
    known = lab.node.call_ids()
    other = sqlite3.connect(lab.folder / "data" / "voicegw.db", isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        caller = lab.caller("talks_and_hangs_up", (customer_number(customer_of(2)), HOTLINE))
        caller.finished()
        assert_refused(lab)
        lab.node.hangup(talk)
        carrier.finished()
        live(lab, 0)
    finally:
        other.close()
    wait_for("ready", lambda: lab.node.request("GET", "/readyz")[0] == 200, 20)
    wait_for(
        "written down",
        lambda: lab.node.metrics()["voicegw_journal_backlog_bytes"] == 0,
        20,
    )
    calls = [lab.node.get(f"/v1/calls/{one}") for one in lab.node.call_ids() - known]
    (back,) = [call["id"] for call in calls if call["direction"] == "inbound"]
    assert_complete(lab, talk)
    assert_complete(lab, back)


def test_node_is_killed_while_the_database_is_locked(new_lab: Callable[..., Lab]) -> None:
    """What the store never saw is in the journal: the restart writes the whole call."""
    lab = new_lab()
    carrier = lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    talk = lab.talking(1)
    other = sqlite3.connect(lab.folder / "data" / "voicegw.db", isolation_level=None)
    try:
        other.execute("BEGIN EXCLUSIVE")
        lab.node.hangup(talk)
        carrier.finished()
        live(lab, 0)
        lab.node.kill()
    finally:
        other.close()
    lab.node.start()
    assert_complete(lab, talk)
