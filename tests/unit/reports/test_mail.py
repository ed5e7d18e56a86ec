"""Mails with reports, to a real server: what it gets, and what becomes of its refusals."""

from __future__ import annotations

import asyncio
import ssl
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import msgspec
import pytest

from tests.parts.certificates import Authority
from tests.parts.mail_server import PASSWORD, USER, MailServer, mail_server
from voicegw.model.report import ReportKind
from voicegw.model.report_file import (
    DeliveryKind,
    FileDelivery,
    FileFormat,
    Language,
    ReportFile,
)
from voicegw.reports.mail import MailError, MailTerms, report_mail, send_mail

MADE_AT = datetime(2026, 12, 1, 23, 30, tzinfo=UTC)


def a_file(**more: Any) -> ReportFile:
    """Return a file that goes to two addresses."""
    places = ("a@example.com", "b@example.com")
    fields: dict[str, Any] = {
        "id": "rpt_1",
        "schedule_id": "sch_1",
        "owner": "key_1",
        "created_at": MADE_AT,
        "name": "Wang's own report",
        "report": ReportKind.TASKS,
        "from_": date(2026, 11, 1),
        "until": date(2026, 12, 1),
        "format": FileFormat.XLSX,
        "language": Language.ZH,
        "deliveries": tuple(FileDelivery(DeliveryKind.MAIL, one) for one in places),
        "made_at": MADE_AT,
    }
    return ReportFile(**(fields | more))


async def send(terms: MailTerms, to: str = "a@example.com", **more: Any) -> None:
    """Send a report to `to`."""
    mail = report_mail(a_file(**more), b"PK\x03\x04", to, terms.sender)
    await send_mail(mail, terms)


async def failure(terms: MailTerms) -> tuple[str, bool]:
    """Return why a mail was not taken, and whether that is final."""
    with pytest.raises(MailError) as raised:
        await send(terms)
    return raised.value.why, raised.value.is_final


async def test_a_mail_has_the_file_and_no_persons_in_its_subject() -> None:
    async with mail_server() as server:
        await send(server.terms())
        await send(server.terms(), "b@example.com", language=Language.EN, format=FileFormat.CSV)
    first, second = server.mails
    assert first["Subject"] == "任务 2026-11-01 – 2026-11-30"
    assert second["Subject"] == "Tasks 2026-11-01 – 2026-11-30"
    assert (first["From"], first["To"]) == ("voicegw@example.com", "a@example.com")
    assert first["Message-ID"] == "<rpt_1.0@example.com>"
    assert second["Message-ID"] == "<rpt_1.1@example.com>"
    (attached,) = first.iter_attachments()
    assert attached.get_filename() == "tasks_2026-11-01_2026-12-01.xlsx"
    assert attached.get_content() == b"PK\x03\x04"
    (table,) = second.iter_attachments()
    assert table.get_content_type() == "text/csv"
    assert "Wang" not in str(first) + str(second)


async def test_one_day_is_told_as_one() -> None:
    mail = report_mail(
        a_file(from_=date(2026, 11, 30)), b"", "a@example.com", "voicegw@example.com"
    )
    assert mail["Subject"] == "任务 2026-11-30"


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """Who signs the server's certificate."""
    return Authority(tmp_path_factory.mktemp("authority"))


@pytest.fixture
def tls(authority: Authority) -> ssl.SSLContext:
    """What the server proves itself with."""
    made = authority.certificate("mail", "IP:127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made.cert, made.key)
    return context


async def test_login_and_mail_are_encrypted(authority: Authority, tls: ssl.SSLContext) -> None:
    async with mail_server(tls) as server:
        terms = server.terms(
            tls="starttls", ca_file=str(authority.ca), user=USER, password=PASSWORD
        )
        await send(terms)
        assert len(server.mails) == 1
        wrong = msgspec.structs.replace(terms, password="guessed")
        assert await failure(wrong) == ("login-refused", False)
        stranger = msgspec.structs.replace(terms, ca_file="")
        assert await failure(stranger) == ("no-encryption", False)
    assert len(server.mails) == 1


async def test_nothing_is_sent_in_clear_to_a_server_without_starttls() -> None:
    async with mail_server() as server:
        assert await failure(server.terms(tls="starttls")) == ("no-encryption", False)
    assert server.mails == []


@pytest.mark.parametrize(
    ("difficulty", "why", "is_final"),
    [
        ({"to_rcpt": ["450 4.2.0 greylisted"]}, "put-off", False),
        ({"to_rcpt": ["550 5.1.1 no such user"]}, "recipient-refused", True),
        ({"to_data": ["451 4.3.0 try later"]}, "put-off", False),
        ({"to_data": ["552 5.3.4 too big"]}, "message-refused", True),
        ({"cuts": 1}, "connection-lost", False),
    ],
)
async def test_a_refusal_is_final_or_for_now(
    difficulty: dict[str, Any], why: str, is_final: bool
) -> None:
    async with mail_server() as server:
        for name, value in difficulty.items():
            setattr(server, name, value)
        assert await failure(server.terms()) == (why, is_final)
        if not is_final:
            await send(server.terms())
            assert len(server.mails) == 1


async def test_a_server_that_says_nothing_is_not_waited_for_long() -> None:
    gone = asyncio.Event()

    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        gone.set()

    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    port = silent.sockets[0].getsockname()[1]
    async with silent:
        assert await failure(MailServer(port).terms(timeout_s=0.2)) == ("timeout", False)
        await gone.wait()


async def test_a_server_that_is_not_there_is_asked_again_later() -> None:
    async with mail_server() as server:
        terms = server.terms()
    assert await failure(terms) == ("connection-lost", False)


async def test_without_a_server_nothing_is_tried() -> None:
    assert await failure(MailTerms(sender="a@example.com")) == ("no-mail-server", True)


def test_terms_show_no_password(tmp_path: Path) -> None:
    terms = MailTerms("mail.example.com", password=str(tmp_path))
    assert str(tmp_path) not in repr(terms)
