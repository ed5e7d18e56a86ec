"""Calls started over a real broker: accepted, answered, refused, once for each id."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from paho.mqtt.enums import MQTTProtocolVersion

from tests.parts.lab import Lab, customer_does, manager_does
from tests.parts.mosquitto import Mosquitto
from tests.parts.mqtt_peer import Heard, MqttPeer
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer

DIAL = "voicegw/v1/commands/dial"
REPLIES = "voicegw/replies/crm"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    one = Mosquitto(tmp_path_factory.mktemp("broker"))
    one.start()
    yield one
    one.stop()


@pytest.fixture
def crm(broker: Mosquitto) -> Iterator[MqttPeer]:
    peer = MqttPeer(broker.port, REPLIES, "voicegw/v1/commands/+/result")
    yield peer
    peer.close()


@pytest.fixture
def lab(new_lab: Callable[..., Lab], broker: Mosquitto) -> Lab:
    lab = new_lab(more=f'[mqtt]\nurl = "mqtt://127.0.0.1:{broker.port}"\ncommands = true\n')
    wait_listening(lab)
    return lab


def wait_listening(lab: Lab) -> None:
    """Wait until the node has subscribed: what nobody listens to is lost."""
    wait_for("commands", lambda: "voicegw.events.mqtt" in lab.node.log.read_text())
    wait_for("subscribed", lambda: "commands are taken" in lab.node.log.read_text(), 20)


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
    assert lab.node.call_ids() == {answer["call_id"]}
    entries = lab.node.get(f"/v1/audit?subject={answer['call_id']}")["items"]
    assert [(one["principal"], one["action"]) for one in entries] == [("mqtt", "call.commanded")]

    crm.publish(DIAL, command("order-18", manager_external_id="m1"))
    refused = result_of(crm, "order-18")
    assert refused["status"] == "refused"
    assert refused["problem"]["code"] == "manager-busy"
    assert refused["problem"]["status"] == 409
    lab.node.hangup(answer["call_id"])


def test_what_is_no_good_command_is_refused_with_its_reason(lab: Lab, crm: MqttPeer) -> None:
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
    ear = MqttPeer(crm_port(lab), forged)
    crm.publish(DIAL, command("forged"), response_topic=forged)
    problem = result_of(crm, "forged")["problem"]
    assert [one["field"] for one in problem["errors"]] == ["response_topic"]
    # Without an id to name a topic by, an answer needs the sender's topic.
    crm.publish(DIAL, b"nonsense", response_topic=REPLIES, correlation=b"x")
    assert wait_for("answer", lambda: by_correlation(crm, b"x"))[0].json["id"] is None
    assert not [one for one in ear.heard if b"forged" in one.payload]
    ear.close()
    assert lab.node.call_ids() == set()
    assert not [one for one in crm.heard if "138" in one.topic]


def crm_port(lab: Lab) -> int:
    return int(lab.node.config.read_text().partition("mqtt://127.0.0.1:")[2].partition('"')[0])


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


def test_a_client_of_3_1_1_is_answered_at_its_commands_own_topic(
    lab: Lab, broker: Mosquitto
) -> None:
    peer = MqttPeer(
        broker.port, "voicegw/v1/commands/+/result", version=MQTTProtocolVersion.MQTTv311
    )
    peer.publish(DIAL, command("old-client", manager_external_id="m99"))
    assert result_of(peer, "old-client")["problem"]["code"] == "not-found"
    peer.close()
