"""Sends a report by mail (RFC 5321 with STARTTLS of RFC 3207; the message by RFC 5322).

The subject names the report and its days, never a customer or manager. The file is attached as it
is: mail is encrypted on its way to the own server only, and that server's matter from there on.
"""

from __future__ import annotations

import ssl
from collections.abc import Collection
from datetime import date, datetime
from email.message import EmailMessage
from email.utils import format_datetime
from typing import Final

import aiosmtplib
import msgspec

from voicegw.errors import VoicegwError
from voicegw.model.report_file import FileFormat, Language, ReportFile
from voicegw.reports import sheet_words as words

_REFUSED_FOR_GOOD: Final = range(500, 600)


class MailTerms(msgspec.Struct, frozen=True):
    """How mail is sent; `tls` is `starttls`, `tls` or `none`. An empty `server`: not at all."""

    server: str = ""
    port: int = 587
    tls: str = "starttls"
    ca_file: str = ""
    user: str = ""
    password: str = ""
    sender: str = ""
    timeout_s: float = 30.0
    recipient_domains: tuple[str, ...] = ()
    """Whom it may be sent to, in small letters; empty: anybody."""

    def __repr__(self) -> str:
        """Show no password."""
        return f"MailTerms({self.server!r}, {self.port})"


def is_allowed(address: str, domains: Collection[str]) -> bool:
    """Whether mail may be sent to `address`: its domain is one of `domains`, or there are none."""
    return not domains or address.rpartition("@")[2].lower() in domains


class MailError(VoicegwError):
    """A mail was not taken. `why` is a slug; when `is_final` trying again would change nothing."""

    slug = "mail-failed"

    def __init__(self, why: str, *, is_final: bool) -> None:
        """Say why; what the server said is left out, it may repeat the address."""
        super().__init__(why)
        self.why = why
        self.is_final = is_final


def report_mail(file: ReportFile, content: bytes, to: str, sender: str) -> EmailMessage:
    """Return the mail that brings `content` to `to`.

    Its Message-ID follows from file and address: who gets it twice, because the server's answer was
    lost, can see that it is the same.
    """
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = _subject(file)
    mail["Date"] = format_datetime(file.made_at or file.created_at)
    number = [one.to for one in file.deliveries].index(to)
    mail["Message-ID"] = f"<{file.id}.{number}@{sender.rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(_text(file))
    main, _, sub = file.format.media_type.partition(";")[0].partition("/")
    mail.add_attachment(content, maintype=main, subtype=sub, filename=file.file_name)
    return mail


async def send_mail(mail: EmailMessage, terms: MailTerms) -> None:
    """Send `mail` by the server of `terms`. Raises MailError.

    With `starttls` nothing is sent in clear: a server that does not offer it is refused.
    """
    if not terms.server:
        raise MailError("no-mail-server", is_final=True)
    client = aiosmtplib.SMTP(
        hostname=terms.server,
        port=terms.port,
        use_tls=terms.tls == "tls",
        start_tls=False,
        tls_context=None if terms.tls == "none" else _context(terms),
        timeout=terms.timeout_s,
    )
    try:
        async with client:
            if terms.tls == "starttls":
                await _encrypt(client)
            if terms.user:
                await client.login(terms.user, terms.password)
            await client.send_message(mail)
    except aiosmtplib.SMTPRecipientsRefused as error:
        codes = [one.code for one in error.recipients]
        raise _refused("recipient-refused", codes) from error
    except aiosmtplib.SMTPAuthenticationError as error:
        raise MailError("login-refused", is_final=False) from error
    except aiosmtplib.SMTPResponseException as error:
        raise _refused("message-refused", [error.code]) from error
    except ssl.SSLError as error:
        raise MailError("no-encryption", is_final=False) from error
    except (aiosmtplib.SMTPTimeoutError, TimeoutError) as error:
        raise MailError("timeout", is_final=False) from error
    except (aiosmtplib.SMTPException, OSError) as error:
        raise MailError("connection-lost", is_final=False) from error


async def _encrypt(client: aiosmtplib.SMTP) -> None:
    await client.ehlo()
    if not client.supports_extension("starttls"):
        raise MailError("no-encryption", is_final=False)
    await client.starttls()


def _refused(why: str, codes: list[int]) -> MailError:
    is_final = all(code in _REFUSED_FOR_GOOD for code in codes)
    return MailError(why if is_final else "put-off", is_final=is_final)


def _context(terms: MailTerms) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=terms.ca_file or None)


def _subject(file: ReportFile) -> str:
    return f"{words.TITLES[file.report][file.language]} {_days(file.from_, file.until)}"


def _days(from_: date, until: date) -> str:
    last = date.fromordinal(until.toordinal() - 1)
    return from_.isoformat() if last == from_ else f"{from_} – {last}"


def _text(file: ReportFile) -> str:
    """Return what stands in the mail besides its file."""
    title, days = words.TITLES[file.report][file.language], _days(file.from_, file.until)
    made = _minute(file.made_at or file.created_at)
    if file.language is Language.ZH:
        return (
            f"附件为报表“{title}”，统计时段：{days}。\n生成时间：{made}。\n本邮件由系统自动发送。\n"
        )
    kind = "workbook" if file.format is FileFormat.XLSX else "table"
    return (
        f"The attached {kind} is the report “{title}” of {days}.\n"
        f"It was made at {made}.\nThis mail was sent automatically.\n"
    )


def _minute(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
