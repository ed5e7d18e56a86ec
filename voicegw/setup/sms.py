"""Builds what sends short messages; part of the composition root."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Final

import msgspec

from api.metrics import Figure
from api.services import PartStatus
from config.settings import Settings
from config.sms import parse_header
from voicegw.events.alerts import Alerts
from voicegw.events.delivery.supervisor import DeliverySupervisor, ProcessNames
from voicegw.setup.tracing import trace_terms
from voicegw.sms.terms import HttpTerms, SmppTerms, SmsTerms

ALERT_AWAY: Final = "sms-away"
_PROCESS: Final = ProcessNames(
    "sms",
    up="sms_up",
    restarts="sms_restarts",
    alert_away=ALERT_AWAY,
    waiting="messages wait in the store until their process runs again",
)
_COMMAND: Final = (sys.executable, "-m", "voicegw.sms")


class SmsPart:
    """The process that sends messages, as the node's other parts know it."""

    def __init__(self, settings: Settings, alerts: Alerts) -> None:
        """Not started; nothing ever is where no provider is configured."""
        terms = sms_terms(settings)
        self._supervisor = (
            None
            if terms is None
            else DeliverySupervisor(terms, alerts, _always, names=_PROCESS, command=_COMMAND)
        )

    def start(self) -> None:
        """Begin to send."""
        if self._supervisor is not None:
            self._supervisor.start()

    async def stop(self) -> None:
        """End the process; what it has not sent waits in the store."""
        if self._supervisor is not None:
            await self._supervisor.stop()

    def wake(self) -> None:
        """A message may have been put."""
        if self._supervisor is not None:
            self._supervisor.wake()

    def readiness(self) -> list[PartStatus]:
        """Return the state of the sender; calls are taken while messages wait."""
        if self._supervisor is None:
            return []
        return [PartStatus("sms", True, _PROCESS.waiting if self._supervisor.is_away else "")]

    def figures(self) -> Iterable[Figure]:
        """Return the process's figures for `/metrics`."""
        if self._supervisor is not None:
            for figure in self._supervisor.figures():
                yield Figure(**msgspec.structs.asdict(figure))


async def _always() -> bool:
    return True


def sms_terms(settings: Settings) -> SmsTerms | None:
    """Return what the process that sends has to know; None where no provider is configured."""
    sms = settings.sms
    if sms.provider == "none":
        return None
    return SmsTerms(
        store_url=settings.store.url,
        node=settings.node.name,
        file=str(settings.node.data_dir / "sms") if sms.provider == "file" else None,
        http=_http_terms(settings) if sms.provider == "http" else None,
        smpp=_smpp_terms(settings) if sms.provider == "smpp" else None,
        per_s=sms.per_s,
        at_once=sms.at_once,
        tracing=trace_terms(settings),
    )


def _http_terms(settings: Settings) -> HttpTerms:
    http = settings.sms_http
    return HttpTerms(
        url=settings.sms.url,
        method=http.method,
        headers=tuple(parse_header(line) for line in http.headers),
        content_type=http.content_type,
        body=http.body,
        token=settings.sms.token.get_secret_value(),
        secret=http.secret_key.get_secret_value(),
        sign=http.sign,
        sign_text=http.sign_text,
        sign_encoding=http.sign_encoding,
        answer_id=http.answer_id,
        answer_code=http.answer_code,
        accepted_codes=tuple(http.accepted_codes),
        temporary_codes=tuple(http.temporary_codes),
        timeout_s=http.timeout_s,
    )


def _smpp_terms(settings: Settings) -> SmppTerms:
    smpp = settings.sms_smpp
    return SmppTerms(
        host=smpp.host,
        port=smpp.port,
        system_id=smpp.system_id,
        password=smpp.password.get_secret_value(),
        system_type=smpp.system_type,
        source=smpp.source,
        source_ton=smpp.source_ton,
        source_npi=smpp.source_npi,
        enquire_s=smpp.enquire_s,
        timeout_s=smpp.timeout_s,
        window=settings.sms.at_once,
    )
