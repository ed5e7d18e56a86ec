"""A whole node at a real broker: what a call tells, commands, its status until it is killed."""

from __future__ import annotations

import json
import os
import re
import signal
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from tests.parts.lab import Lab, customer_does, make_lab, manager_does
from tests.parts.mosquitto import Mosquitto
from tests.parts.mqtt_peer import Heard, MqttPeer
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer

DIAL = "voicegw/v1/commands/dial"
REPLIES = "voicegw/replies/crm"
STATUS = "voicegw/v1/nodes/test/status"
NUMBER = re.compile(r"\d{7}")


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    users = {"gw": "s3:cret/", "peer": "x"}
    one = Mosquitto(tmp_path_factory.mktemp("broker"), users=users)
    one.start()
    yield one
    one.stop()


@pytest.fixture(scope="module")
def shared_lab(tmp_path_factory: pytest.TempPathFactory, broker: Mosquitto) -> Iterator[Lab]:
    """A node at a broker: one for all tests here, because a start takes seconds."""
    url = f"mqtt://gw:s3%3Acret%2F@127.0.0.1:{broker.port}"
    more = f'[mqtt]\nurl = "{url}"\ncommands = true\n'
    lab = make_lab(tmp_path_factory.mktemp("lab"), more=more)
    # What nobody has subscribed to is lost.
    wait_for("subscribed", lambda: "commands are taken" in lab.node.log.read_text(), 20)
    yield lab
    lab.close()
    log = lab.node.log.read_text()
    # Whole, as written or as in an address: two letters of it may well stand in an id.
    assert not any(spelt in log for spelt in ("s3:cret", "s3%3Acret")), "the password is in the log"


@pytest.fixture
def crm(broker: Mosquitto) -> Iterator[MqttPeer]:
    topics = (REPLIES, "voicegw/v1/commands/+/result", STATUS)
    peer = MqttPeer(broker.port, *topics, user="peer", password="x")
    yield peer
    peer.close()


def command(command_id: str, **more: Any) -> dict[str, Any]:
    return {
        "id": command_id,
        "at": datetime.now(UTC).isoformat(),
        "manager_external_id": "m1",
        "customer_external_id": "c1",
        **more,
    }


def result_of(crm: MqttPeer, command_id: str) -> dict[str, Any]:
    return dict(crm.wait(f"voicegw/v1/commands/{command_id}/result")[-1].json)


def by_correlation(crm: MqttPeer, correlation: bytes) -> list[Heard]:
    return [
        heard
        for heard in crm.at(REPLIES)
        if vars(heard.properties).get("CorrelationData") == correlation
    ]


def test_a_command_starts_a_call_once_and_is_answered_where_its_sender_wants(
    lab: Lab, crm: MqttPeer
) -> None:
    lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    known = lab.node.call_ids()
    first = command("order-17", client_state="order 17")
    for correlation in (b"one", b"two"):
        crm.publish(DIAL, first, response_topic=REPLIES, correlation=correlation)
    answers = crm.wait(REPLIES, 2)
    assert [one.json for one in answers] == [answers[0].json] * 2, "the repetition is the same"
    answer = answers[0].json
    assert (answer["id"], answer["status"]) == ("order-17", "accepted")
    assert by_correlation(crm, b"one")
    assert by_correlation(crm, b"two")
    call = lab.node.bridged(answer["call_id"])
    assert call["client_state"] == "order 17"
    assert lab.node.call_ids() - known == {answer["call_id"]}
    entries = lab.node.get(f"/v1/audit?subject={answer['call_id']}")["items"]
    assert [(one["principal"], one["action"]) for one in entries] == [("mqtt", "call.commanded")]

    crm.publish(DIAL, command("order-18", manager_external_id="m1"))
    refused = result_of(crm, "order-18")
    assert refused["status"] == "refused"
    assert refused["problem"]["code"] == "manager-busy"
    assert refused["problem"]["status"] == 409
    lab.node.hangup(answer["call_id"])
    lab.node.assert_nothing_held()


def test_what_is_no_good_command_is_refused_with_its_reason(
    lab: Lab, crm: MqttPeer, broker: Mosquitto
) -> None:
    known = lab.node.call_ids()
    late = (datetime.now(UTC) - timedelta(seconds=40)).isoformat()
    refusals: list[tuple[str, bytes | dict[str, Any], str]] = [
        ("late", command("late", at=late), "expired"),
        ("wrong", command("wrong", ring_s="long", whom="me"), "invalid"),
        ("nobody", command("nobody", manager_external_id="m99"), "not-found"),
        ("broken", b'{"id": "broken", "at": ', "bad-request"),
        ("latin", '{"id": "latin", "client_state": "é"}'.encode("latin-1"), "bad-request"),
        ("big", json.dumps(command("big", client_state="x" * 20_000)).encode(), "too-large"),
    ]
    for _, payload, _ in refusals:
        crm.publish(DIAL, payload)
    for command_id, _, code in refusals:
        assert result_of(crm, command_id)["problem"]["code"] == code, command_id
    fields = {one["field"] for one in result_of(crm, "wrong")["problem"]["errors"]}
    assert fields == {"ring_s", "whom"}

    # Retained and fresh: whoever listens is told of the retaining by MQTT 5.
    crm.publish(DIAL, command("kept"), retain=True)
    assert result_of(crm, "kept")["problem"]["code"] == "expired"
    crm.publish(DIAL, b"", retain=True)

    # Nobody has the gateway speak in the place of its own events.
    forged = "voicegw/v1/events/call.ended"
    ear = MqttPeer(broker.port, forged, user="peer", password="x")
    crm.publish(DIAL, command("forged"), response_topic=forged)
    problem = result_of(crm, "forged")["problem"]
    assert [one["field"] for one in problem["errors"]] == ["response_topic"]
    # Without an id to name a topic by, an answer needs the sender's topic.
    crm.publish(DIAL, b"nonsense", response_topic=REPLIES, correlation=b"x")
    assert wait_for("answer", lambda: by_correlation(crm, b"x"))[0].json["id"] is None
    assert not [one for one in ear.heard if b"forged" in one.payload]
    ear.close()
    assert lab.node.call_ids() == known
    assert not [one for one in crm.heard if "138" in one.topic]


def test_a_flood_of_commands_is_answered_as_far_as_it_goes_and_costs_no_call(
    lab: Lab, crm: MqttPeer
) -> None:
    lab.carrier(manager_does("answers"), customer_does("answers"), calls=4)
    call_id = lab.talking()
    for number in range(3000):
        crm.publish(DIAL, command(f"flood-{number}", manager_external_id="nobody"), qos=0)
    wait_for("overloaded", lambda: any(b"overloaded" in one.payload for one in list(crm.heard)), 30)
    lab.node.hangup(call_id)
    assert lab.node.ended(call_id)["outcome"] == "connected"

    def taken() -> bool:
        """Whether commands are taken again."""
        crm.publish(DIAL, command("after", manager_external_id="m2", customer_external_id="c5"))
        results = crm.at("voicegw/v1/commands/after/result")
        return any(one.json["status"] == "accepted" for one in results)

    wait_for("commands taken again", taken, 30, every_s=0.5)
    started = crm.at("voicegw/v1/commands/after/result")[-1].json["call_id"]
    lab.node.bridged(started)
    lab.node.hangup(started)
    lab.node.assert_nothing_held()


def test_a_call_is_told_from_beginning_to_end_to_a_client_of_3_1_1_too(
    lab: Lab, broker: Mosquitto
) -> None:
    version = MQTTProtocolVersion.MQTTv311
    topics = ("voicegw/v1/calls/#", "voicegw/v1/events/#", "voicegw/v1/commands/+/result")
    peer = MqttPeer(broker.port, *topics, user="peer", password="x", version=version)
    lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    order = command("old-client", manager_external_id="m3", customer_external_id="c9")
    peer.publish(DIAL, order | {"client_state": "order 17"})
    call_id = result_of(peer, "old-client")["call_id"]
    lab.node.bridged(call_id)
    lab.node.hangup(call_id)
    lab.node.assert_nothing_held()
    told = f"voicegw/v1/calls/{call_id}/events"

    def types() -> list[Any]:
        return [one.json["type"] for one in peer.at(told)]

    wait_for("settled at the broker", lambda: "call.settled" in types(), 30)
    assert types() == lab.node.event_types(call_id)
    ended = next(one.json for one in peer.at(told) if one.json["type"] == "call.ended")
    stored = lab.node.get(f"/v1/calls/{call_id}/events?limit=200")["items"]
    assert ended["id"] in {one["id"] for one in stored}
    assert ended["data"]["client_state"] == "order 17"
    of_type = [one.json["id"] for one in peer.at("voicegw/v1/events/call.ended")]
    assert ended["id"] in of_type
    assert not any(NUMBER.search(one.topic.replace(call_id, "")) for one in peer.heard)
    name = "voicegw_mqtt_publisher_connected"
    wait_for("the next report", lambda: lab.node.metrics()[name] == 1, 20)
    peer.close()


def states(crm: MqttPeer) -> list[str]:
    return [heard.json["state"] for heard in crm.at(STATUS)]


def mqtt_part(lab: Lab) -> dict[str, Any]:
    parts = lab.node.get("/readyz")["parts"]
    return dict(next(part for part in parts if part["name"] == "mqtt"))


def test_a_broker_that_is_away_costs_no_call(lab: Lab, broker: Mosquitto) -> None:
    broker.kill()
    wait_for("noticed", lambda: mqtt_part(lab)["detail"])
    assert lab.node.get("/readyz")["ready"] is True
    lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    lab.node.hangup(lab.talking(4))
    lab.node.assert_nothing_held()
    broker.start()
    wait_for("back", lambda: not mqtt_part(lab)["detail"], 60)
    assert mqtt_part(lab) == {"name": "mqtt", "ready": True, "state": "ready", "detail": ""}


def test_a_node_is_seen_to_be_there_to_be_killed_to_drain_and_to_go(
    lab: Lab, crm: MqttPeer
) -> None:
    """The last one here: it ends the node."""
    first = crm.wait(STATUS)[0]
    assert first.retain, "whoever comes late is told"
    assert (first.json["node"], first.json["state"]) == ("test", "online")
    assert first.json["since"] is not None

    lab.node.kill()
    assert crm.wait(STATUS, 2)[-1].json["state"] == "offline"
    assert crm.at(STATUS)[-1].json["since"] is None, "told by the broker"

    lab.node.start()
    crm.wait(STATUS, 3)
    lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    lab.talking(5)
    os.kill(lab.node.pid, signal.SIGTERM)
    crm.wait(STATUS, 4)
    late = command("late-comer", manager_external_id="m6", customer_external_id="c21")
    crm.publish(DIAL, late)
    assert result_of(crm, "late-comer")["problem"]["code"] == "draining"
    os.kill(lab.node.pid, signal.SIGTERM)
    crm.wait(STATUS, 5)
    assert states(crm) == ["online", "offline", "online", "draining", "offline"]
    assert crm.at(STATUS)[-1].json["since"] is not None, "told by the node itself"
    wait_for("the node's end", lambda: not lab.node.runs, 20)
