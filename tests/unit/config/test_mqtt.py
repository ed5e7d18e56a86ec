"""The broker's address, and topics that a broker would take."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.mqtt import BrokerAddress, MqttSettings, parse_broker


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("mqtt://broker.example", BrokerAddress("broker.example", 1883, tls=False)),
        ("mqtts://broker.example/", BrokerAddress("broker.example", 8883, tls=True)),
        ("mqtt://[::1]:2883", BrokerAddress("::1", 2883, tls=False)),
        ("mqtt://gw:p%40ss@h:1", BrokerAddress("h", 1, tls=False, username="gw", password="p@ss")),
        ("mqtt://gw@h", BrokerAddress("h", 1883, tls=False, username="gw")),
        ("mqtt://gw:@h", BrokerAddress("h", 1883, tls=False, username="gw", password="")),
    ],
)
def test_an_address_has_host_port_encryption_and_login(text: str, address: BrokerAddress) -> None:
    assert parse_broker(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "http://h",
        "mqtt://",
        "mqtt://h:99999",
        "mqtt://h:0x1",
        "mqtt://h/topic",
        "mqtt://h?x=1",
        "mqtt://h#x",
        "mqtt://:secret@h",
        "mqtt://[::1",
        "mqtt://h h",
        "h:1883",
    ],
)
def test_what_is_no_address_is_refused_without_repeating_it(text: str) -> None:
    with pytest.raises(ValueError, match="expected") as refused:
        parse_broker(text)
    assert "secret" not in str(refused.value)


def test_an_address_is_shown_without_its_secrets() -> None:
    address = parse_broker("mqtts://gw:secret@[::1]:8883")
    assert str(address) == "mqtts://[::1]:8883"
    assert "secret" not in repr(address)
    settings = MqttSettings(url="mqtt://gw:secret@h")
    assert "secret" not in repr(settings)
    assert settings.broker == parse_broker("mqtt://gw:secret@h")
    assert MqttSettings().broker is None


@pytest.mark.parametrize("prefix", ["", "a/+", "#", "$share", "/a", "a/", "a//b", "a b", "县"])
def test_a_prefix_that_brokers_read_otherwise_is_refused(prefix: str) -> None:
    with pytest.raises(ValidationError):
        MqttSettings(topic_prefix=prefix)


def test_a_prefix_may_have_parts() -> None:
    assert MqttSettings(topic_prefix="city/voicegw-1").topic_prefix == "city/voicegw-1"
