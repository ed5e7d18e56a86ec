"""A real mail server (aiosmtpd) in the test's loop, that may be told to be difficult."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.parser import BytesParser
from email.policy import default
from typing import Any

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from voicegw.reports.mail import MailTerms

USER, PASSWORD = "reports", "s3cret"


@dataclass
class MailServer:
    """What has arrived, and how the next ones are answered: `answers` to RCPT and to DATA."""

    port: int = 0
    mails: list[EmailMessage] = field(default_factory=list)
    to_rcpt: list[str] = field(default_factory=list)
    to_data: list[str] = field(default_factory=list)
    cuts: int = 0
    """How often the connection is cut in the middle of a message."""

    def terms(self, **more: Any) -> MailTerms:
        """Return how it is asked, without encryption unless said otherwise."""
        fields: dict[str, Any] = {
            "server": "127.0.0.1",
            "port": self.port,
            "tls": "none",
            "sender": "voicegw@example.com",
            "timeout_s": 20.0,
        }
        return MailTerms(**(fields | more))

    async def handle_RCPT(  # noqa: N802 - called by these names
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        """Take or refuse an address."""
        if self.to_rcpt:
            return self.to_rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        """Take a message, refuse it, or hang up on it."""
        if self.cuts:
            self.cuts -= 1
            assert isinstance(server.transport, asyncio.WriteTransport)
            server.transport.abort()
            return ""
        if self.to_data:
            return self.to_data.pop(0)
        content = envelope.content
        assert isinstance(content, bytes)
        self.mails.append(BytesParser(policy=default).parsebytes(content))
        return "250 OK"


def _authenticate(*arguments: Any) -> AuthResult:
    given = arguments[-1]
    assert isinstance(given, LoginPassword)
    right = (given.login, given.password) == (USER.encode(), PASSWORD.encode())
    return AuthResult(success=right, handled=False)


@asynccontextmanager
async def mail_server(tls: ssl.SSLContext | None = None) -> AsyncIterator[MailServer]:
    """Run a server; with `tls` it takes nothing before STARTTLS and a login."""
    handler = MailServer()
    served: dict[str, Any] = {"enable_SMTPUTF8": True, "hostname": "mail.example.com"}
    if tls is not None:
        served |= {"authenticator": _authenticate, "auth_required": True, "require_starttls": True}
    server = await asyncio.get_running_loop().create_server(
        lambda: SMTP(handler, tls_context=tls, **served),
        "127.0.0.1",
        0,
    )
    handler.port = server.sockets[0].getsockname()[1]
    try:
        yield handler
    finally:
        server.close()
        await server.wait_closed()
