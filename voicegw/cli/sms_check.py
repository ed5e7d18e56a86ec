"""What is wrong with sending messages and mail, for `voicegw check`; nothing is sent."""

from __future__ import annotations

import asyncio
import os
from urllib.parse import urlsplit

from config.settings import Settings
from voicegw.errors import Problem

_CONNECT_S = 5.0
_PORTS = {"https": 443, "http": 80}


async def sms_problems(settings: Settings) -> list[Problem]:
    """Return what keeps messages from leaving: a provider out of reach, a folder unwritable."""
    if settings.sms.provider == "file":
        return _folder_problems(settings)
    if settings.sms.provider == "none":
        return []
    if settings.sms.provider == "smpp":
        smpp = settings.sms_smpp
        return await _reach("sms_smpp.host", smpp.host, smpp.port)
    try:
        parts = urlsplit(settings.sms.url)
        host, port = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    except ValueError:
        return [Problem("sms.url", "leads nowhere", "write it as https://host/path")]
    return await _reach("sms.url", host, port)


async def mail_problems(settings: Settings) -> list[Problem]:
    """Return what keeps reports from being mailed: a server out of reach."""
    if not settings.mail.server:
        return []
    return await _reach("mail.server", settings.mail.server, settings.mail.port)


async def _reach(key: str, host: str, port: int) -> list[Problem]:
    try:
        async with asyncio.timeout(_CONNECT_S):
            _, writer = await asyncio.open_connection(host, port)
    except (OSError, TimeoutError) as error:
        why = getattr(error, "strerror", None) or "no answer in time"
        mend = "correct the address, or let this machine through"
        return [Problem(key, f"{host}:{port} can't be reached ({why})", mend)]
    writer.close()
    return []


def _folder_problems(settings: Settings) -> list[Problem]:
    folder = settings.node.data_dir / "sms"
    place = next(one for one in (folder, *folder.parents) if one.exists())
    if place.is_dir() and os.access(place, os.W_OK):
        return []
    return [Problem("sms.provider", f"{place} can't be written to", "give it to this user")]
