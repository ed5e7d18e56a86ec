"""A node's status at a real broker: there, draining, gone in order, killed."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.parts.lab import Lab, customer_does, manager_does
from tests.parts.mosquitto import Mosquitto
from tests.parts.mqtt_peer import MqttPeer
from tests.parts.node import wait_for

pytestmark = pytest.mark.peer

STATUS = "voicegw/v1/nodes/test/status"


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Mosquitto]:
    one = Mosquitto(tmp_path_factory.mktemp("broker"), users={"gw": "s3:cret/", "op": "x"})
    one.start()
    yield one
    one.stop()


@pytest.fixture
def operator(broker: Mosquitto) -> Iterator[MqttPeer]:
    peer = MqttPeer(broker.port, STATUS, user="op", password="x")
    yield peer
    peer.close()


def states(operator: MqttPeer) -> list[str]:
    return [heard.json["state"] for heard in operator.at(STATUS)]


def mqtt_part(lab: Lab) -> dict[str, Any]:
    parts = lab.node.get("/readyz")["parts"]
    return dict(next(part for part in parts if part["name"] == "mqtt"))


def section(broker: Mosquitto, login: str = "gw:s3%3Acret%2F") -> str:
    return f'[mqtt]\nurl = "mqtt://{login}@127.0.0.1:{broker.port}"\n'


def test_a_node_is_seen_to_come_to_drain_and_to_go(
    new_lab: Callable[..., Lab], broker: Mosquitto, operator: MqttPeer
) -> None:
    lab = new_lab(more=section(broker))
    first = operator.wait(STATUS)[-1].json
    assert first["node"] == "test"
    assert first["state"] == "online"
    assert first["since"] is not None
    assert mqtt_part(lab) == {"name": "mqtt", "ready": True, "detail": ""}

    late = MqttPeer(broker.port, STATUS, user="op", password="x")
    assert late.wait(STATUS)[0].retain, "whoever comes later is told, too"
    late.close()

    lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    lab.talking()
    os.kill(lab.node.pid, signal.SIGTERM)
    wait_for("draining", lambda: states(operator)[-1:] == ["draining"])
    os.kill(lab.node.pid, signal.SIGTERM)
    wait_for("offline", lambda: states(operator)[-1:] == ["offline"])
    assert states(operator) == ["online", "draining", "offline"]
    assert operator.at(STATUS)[-1].json["since"] is not None, "told by the node itself"


def test_a_killed_node_is_seen_to_be_gone(
    new_lab: Callable[..., Lab], broker: Mosquitto, operator: MqttPeer
) -> None:
    lab = new_lab(more=section(broker))
    wait_for("online", lambda: states(operator)[-1:] == ["online"])
    lab.node.kill()
    wait_for("offline", lambda: states(operator)[-1:] == ["offline"])
    assert operator.at(STATUS)[-1].json["since"] is None, "told by the broker"


def test_a_broker_that_refuses_us_costs_no_call_and_is_told(
    new_lab: Callable[..., Lab], broker: Mosquitto
) -> None:
    lab = new_lab(more=section(broker, "gw:wrong"))
    wait_for("refusal", lambda: "Not authorized" in mqtt_part(lab)["detail"])
    assert lab.node.get("/readyz")["ready"] is True
    lab.carrier(manager_does("answers"), customer_does("answers"), calls=2)
    lab.node.hangup(lab.talking())
    assert "wrong" not in lab.node.log.read_text()
