"""A manager with several telephones of one name: baresip twice and linphone, all rung at once."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.parts.baresip import Baresip
from tests.parts.lab import Lab, customer_does, make_lab
from tests.parts.linphone import Linphone
from tests.parts.node import wait_for
from tests.peer.test_trace import sip_of

pytestmark = pytest.mark.peer

USER, PASSWORD = "desk1", "secret1"
ELSEWHERE = 'Reason: SIP;cause=200;text="Call completed elsewhere"'

MakeBaresip = Callable[[], Baresip]


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """Return a lab whose first manager has registered telephones."""
    lab = make_lab(tmp_path_factory.mktemp("lab"), users={USER: PASSWORD})
    lab.give_phones(1, USER)
    yield lab
    lab.close()


@pytest.fixture
def baresip(lab: Lab, tmp_path: Path) -> Iterator[MakeBaresip]:
    """Return what makes further telephones of the manager: each rings until it is told."""
    made: list[Baresip] = []

    def make() -> Baresip:
        number = len(made)
        made.append(
            Baresip(
                tmp_path / f"baresip{number}",
                user=USER,
                password=PASSWORD,
                host=f"127.0.0.{24 + number}",
                server=f"127.0.0.1:{lab.sip_port}",
                tone_hz=700 + 200 * number,
                rtp_low=31200 + 100 * number,
                answers=False,
            )
        )
        return made[-1]

    yield make
    for phone in made:
        phone.stop()


@pytest.fixture
def linphone(lab: Lab, tmp_path: Path) -> Iterator[Linphone]:
    """Return one more telephone of the manager, by linphone."""
    phone = Linphone(
        tmp_path / "linphone",
        user=USER,
        password=PASSWORD,
        host="127.0.0.29",
        server=f"127.0.0.1:{lab.sip_port}",
        rtp_low=31400,
    )
    yield phone
    phone.stop()


def test_all_ring_one_answers_the_others_are_told(
    lab: Lab, baresip: MakeBaresip, linphone: Linphone
) -> None:
    first, second = baresip(), baresip()
    carrier = lab.carrier(customer_does("answers"), calls=1)
    call_id = lab.dial(1, ring_s=30)
    first.wait_for("CALL_INCOMING")
    second.wait_for("CALL_INCOMING")
    wait_for("linphone rings", lambda: "180 Ringing" in linphone.trace())
    assert lab.node.call_with_status(call_id, "ringing")["legs"][0]["trunk"] == "phone"
    second.command("accept")
    second.wait_for("CALL_ESTABLISHED")
    first.wait_for("CALL_CLOSED")
    assert ELSEWHERE in first.trace()
    wait_for("linphone is told", lambda: ELSEWHERE in linphone.trace())
    wait_for("linphone stops", lambda: "487 Request" in linphone.trace())
    lab.node.bridged(call_id)
    lab.node.hangup(call_id)
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert [leg["role"] for leg in call["legs"]] == ["manager", "customer"]
    for_groups = lab.node.cli(
        "keys", "create", "--role", "county_manager", "--group", "g1", "--json"
    )
    masked = sip_of(lab, call_id, json.loads(for_groups)["key"])
    rung = [one for one in json.loads(masked)["messages"] if one["role"] == "manager"]
    assert {one["peer"] for one in rung} == {"phone"}
    assert "127.0.0.29" not in "".join(one["text"] for one in rung)


def test_linphone_answers(lab: Lab, baresip: MakeBaresip, linphone: Linphone) -> None:
    other = baresip()
    carrier = lab.carrier(customer_does("answers"), calls=1)
    call_id = lab.dial(1, ring_s=30)
    other.wait_for("CALL_INCOMING")
    wait_for("linphone rings", lambda: "180 Ringing" in linphone.trace())
    linphone.command("answer")
    other.wait_for("CALL_CLOSED")
    assert ELSEWHERE in other.trace()
    lab.node.bridged(call_id)
    linphone.command("terminate")
    carrier.finished()
    call = lab.assert_ended(call_id, "connected", "completed")
    assert call["hangup_source"] == "manager"


def test_a_restart_in_mid_ringing_stops_all_and_forgets_no_telephone(
    lab: Lab, baresip: MakeBaresip
) -> None:
    """What the crash left is cancelled at each telephone; the next call rings both at once."""
    first, second = baresip(), baresip()
    call_id = lab.dial(1, ring_s=30)
    for phone in (first, second):
        phone.wait_for("CALL_INCOMING")
    kept = lab.folder / "data" / "registrations.json"
    contacts = [f"@{phone.host}:{phone.port}" for phone in (first, second)]
    wait_for(
        "registrations kept",
        lambda: kept.exists() and all(one in kept.read_text() for one in contacts),
    )
    lab.node.kill()
    lab.node.start()
    for phone in (first, second):
        phone.wait_for("CALL_CLOSED")
    lab.assert_ended(call_id, "interrupted", "failed")
    carrier = lab.carrier(customer_does("answers"), calls=1)
    call_id = lab.dial(1, ring_s=30)
    for phone in (first, second):
        phone.wait_for("CALL_INCOMING", 5)
    first.command("accept")
    second.wait_for("CALL_CLOSED")
    lab.node.bridged(call_id)
    lab.node.hangup(call_id)
    carrier.finished()
    lab.assert_ended(call_id, "connected", "completed")
