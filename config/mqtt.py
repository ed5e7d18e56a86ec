"""The section of the MQTT broker that events go to and commands may come from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Annotated
from urllib.parse import unquote, urlsplit

from pydantic import Field

from config.sections import Section, checked

_PLAIN_PORT = 1883
_TLS_PORT = 8883
_EXPECTED = "expected an address such as mqtt://user:password@broker.example:1883"
_UNPRINTABLE = re.compile(r"[\s\x00-\x1f]")
_PREFIX = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")


@dataclass(frozen=True, slots=True)
class BrokerAddress:
    """Where a broker is, and as whom one logs in there; `username` None: as nobody."""

    host: str
    port: int
    tls: bool
    username: str | None = None
    password: str | None = field(default=None, repr=False)

    def __str__(self) -> str:
        """Return the address without its secrets."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"{'mqtts' if self.tls else 'mqtt'}://{host}:{self.port}"


def parse_broker(text: str) -> BrokerAddress:
    """Return the address in `mqtt://USER:PASSWORD@HOST:PORT`, or mqtts:// for TLS.

    User and password may hold %-escapes; the port is 1883, with TLS 8883, unless given. Raises
    ValueError, which never repeats the text: a password may be in it.
    """
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(_EXPECTED) from None
    has_more = parts.path not in {"", "/"} or parts.query or parts.fragment
    if parts.scheme not in {"mqtt", "mqtts"} or not parts.hostname or has_more:
        raise ValueError(_EXPECTED)
    if _UNPRINTABLE.search(text):
        raise ValueError(_EXPECTED)
    if parts.password is not None and not parts.username:
        raise ValueError("expected a user name before the password")
    tls = parts.scheme == "mqtts"
    return BrokerAddress(
        parts.hostname,
        port or (_TLS_PORT if tls else _PLAIN_PORT),
        tls,
        None if not parts.username else unquote(parts.username),
        None if parts.password is None else unquote(parts.password),
    )


def _url(text: str) -> None:
    if text:
        parse_broker(text)


def _prefix(text: str) -> None:
    if _PREFIX.fullmatch(text) is None:
        raise ValueError("expected a topic such as voicegw or city/voicegw, without + # $")


class MqttSettings(Section):
    """Events, commands and the node's status over MQTT."""

    url: Annotated[str, checked(_url)] = Field(
        default="",
        repr=False,
        description="Broker, mqtt://USER:PASSWORD@HOST:PORT, by TLS mqtts://… (or url_file). "
        "Empty: none.",
    )
    topic_prefix: Annotated[str, checked(_prefix)] = Field(
        default="voicegw", max_length=128, description="First part of every topic."
    )
    commands: bool = Field(
        default=False,
        description="Whether calls may be started over MQTT. Whoever may publish to the topic of "
        "commands acts as an integrator.",
    )
    group_id: str = Field(
        default="",
        max_length=64,
        description="Group to which, with those below it, events and commands are limited. Empty: "
        "all groups.",
    )
    tls_ca: str = Field(
        default="",
        description="PEM file with the authorities that sign the broker's certificate. Empty: the "
        "system's.",
    )
    tls_cert: str = Field(
        default="",
        description="PEM file with our certificate, where the broker asks for one.",
    )
    tls_key: str = Field(
        default="",
        description="PEM file with the certificate's key, without a pass phrase. Empty: in "
        "tls_cert.",
    )
    keepalive_s: int = Field(
        default=30,
        ge=5,
        le=3600,
        description="Seconds without a sign of life after which the connection counts as lost, "
        "half as many again at the broker.",
    )
    session_s: int = Field(
        default=30,
        ge=0,
        le=3600,
        description="Seconds for which a broker of MQTT 5 keeps commands for a node that lost its "
        "connection. Commands older than 30 s are refused in any case.",
    )

    @property
    def broker(self) -> BrokerAddress | None:
        """The broker of `url`; None where there is none."""
        return parse_broker(self.url) if self.url else None
