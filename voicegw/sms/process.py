"""The process that sends short messages: `python -m voicegw.sms`, started by the supervisor."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Final

import msgspec

from voicegw.clock import Clock
from voicegw.errors import ConfigError, Problem
from voicegw.events.delivery.outlet import Outlet, OutletContext
from voicegw.events.delivery.process import run_outlets
from voicegw.sms.file_provider import FileProvider
from voicegw.sms.http_provider import HttpProvider
from voicegw.sms.inbox import StoreInbox
from voicegw.sms.outlet import SmsOutlet
from voicegw.sms.provider import Provider
from voicegw.sms.terms import SmsTerms
from voicegw.store.database import Database

_decoder: Final = msgspec.json.Decoder(SmsTerms)


def provider_of(terms: SmsTerms, database: Database, clock: Clock) -> Provider:
    """Return the provider that `terms` describe; what it is told by itself goes into `database`.

    Raises ConfigError where there is none, or its extra is not installed.
    """
    if terms.smpp is not None:
        try:
            from voicegw.sms.smpp_provider import SmppProvider  # noqa: PLC0415 - an extra
        except ImportError as error:
            mend = "pip install voicegw[smpp]"
            raise ConfigError([Problem("sms.provider", "needs the extra smpp", mend)]) from error
        return SmppProvider(terms.smpp, StoreInbox(database, clock, terms.region))
    if terms.http is not None:
        return HttpProvider(terms.http, clock.now)
    if terms.file is not None:
        return FileProvider(Path(terms.file), clock.now)
    raise ConfigError([Problem("sms.provider", "sends nothing", "name another one")])


def sms_outlets(terms: SmsTerms, context: Callable[[], OutletContext]) -> Sequence[Outlet]:
    """Return the one outlet of this process."""
    mine = context()
    return [
        SmsOutlet(
            mine,
            lambda: provider_of(terms, mine.database, mine.clock),
            signature=terms.signature,
            per_s=terms.per_s,
            at_once=terms.at_once,
            takeover_s=terms.takeover_s,
        )
    ]


def main() -> int:
    """Run the process; return the exit code."""
    return run_outlets(_decoder, sms_outlets)
