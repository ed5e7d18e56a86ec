"""How a broker is reached, as the node tells its delivery process. Pure: files are only named."""

from __future__ import annotations

import msgspec


class MqttTerms(msgspec.Struct, frozen=True):
    """The broker and the topics of an installation. It holds a password: it is never logged.

    `group_id` limits what is published to a group and those below it; None: all.
    """

    host: str
    port: int
    topic_prefix: str
    username: str | None = None
    password: str | None = None
    tls: bool = False
    tls_ca: str = ""
    tls_cert: str = ""
    tls_key: str = ""
    keepalive_s: int = 30
    group_id: str | None = None
