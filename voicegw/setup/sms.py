"""Builds what sends short messages; part of the composition root."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from datetime import timedelta
from typing import Final

import msgspec

from api.metrics import Figure
from api.services import PartStatus
from config.settings import Settings
from config.sms import parse_header
from voicegw.clock import Clock
from voicegw.directory.lookup import CachedDirectory
from voicegw.events.alerts import Alerts
from voicegw.events.delivery.supervisor import DeliverySupervisor, ProcessNames
from voicegw.model.sms_follow_up import SmsFollowUp
from voicegw.setup.background import Background
from voicegw.setup.tracing import trace_terms
from voicegw.sms.inbound import InboundTerms
from voicegw.sms.templates import Wording
from voicegw.sms.terms import HttpTerms, SmppTerms, SmsTerms
from voicegw.sms.texts import Texts
from voicegw.store.database import Database
from voicegw.store.groups import GroupRepository
from voicegw.store.plan_notices import PlanNotices
from voicegw.store.plans import PlanRepository
from voicegw.store.sms_follow_ups import SmsFollowUps
from voicegw.store.task_changes import TaskChanges
from voicegw.store.tasks import TaskRepository
from voicegw.tasks.asking import Asker, AskingTerms, Quiet
from voicegw.tasks.messaging import Messaging
from voicegw.tasks.notices import NoticeDesk, NoticeSender
from voicegw.tasks.reply_reading import ReplyReader

ALERT_AWAY: Final = "sms-away"
_PROCESS: Final = ProcessNames(
    "sms",
    up="sms_up",
    restarts="sms_restarts",
    alert_away=ALERT_AWAY,
    waiting="messages wait in the store until their process runs again",
)
_LOOK_S: Final = 1.0
_NOTICES_S: Final = 60.0
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


def sms_follow_up(settings: Settings) -> SmsFollowUp:
    """Return which calls are looked at for what follows from them."""
    return SmsFollowUp(settings.sms.ask_after_s, sends=settings.sms.provider != "none")


def sms_inbound(settings: Settings) -> InboundTerms | None:
    """Return how a provider signs what it posts; None where it may post nothing."""
    inbound = settings.sms_inbound
    secret = inbound.secret_key.get_secret_value()
    if not secret:
        return None
    return InboundTerms(
        secret=secret,
        scheme=inbound.scheme,
        signature_header=inbound.signature_header,
        timestamp_header=inbound.timestamp_header,
        report_id=inbound.report_id,
        report_message=inbound.report_message,
        report_status=inbound.report_status,
        delivered_values=tuple(inbound.delivered_values),
        failed_values=tuple(inbound.failed_values),
        reply_id=inbound.reply_id,
        reply_from=inbound.reply_from,
        reply_text=inbound.reply_text,
        reply_message=inbound.reply_message,
        region=settings.numbers.region,
    )


def start_conversation(
    settings: Settings,
    database: Database,
    background: Background,
    clock: Clock,
    *,
    directory: CachedDirectory,
    quiet: Quiet,
    messaging: Messaging,
    wording: Wording,
) -> None:
    """Begin to tell tasks what keys have told, to ask what came of talks, to read the answers.

    Nobody is asked, and nothing read, where no messages are sent.
    """
    follow_ups, texts = SmsFollowUps(database), Texts(settings.sms.language, wording)
    asker = Asker(
        follow_ups,
        messaging.telling,
        directory=directory,
        quiet=quiet,
        texts=texts,
        terms=asking_terms(settings),
        clock=clock,
    )
    groups = GroupRepository(database)
    desk = NoticeDesk(
        TaskRepository(database), TaskChanges(database), groups, settings.node.timezone
    )
    notices = NoticeSender(
        PlanRepository(database), PlanNotices(database), groups, quiet, clock, wording=wording
    )
    reader = ReplyReader(
        messaging.replies,
        follow_ups,
        messaging.telling,
        people=directory,
        texts=texts,
        clock=clock,
        timezone=settings.node.timezone,
        notices=desk,
    )
    background.every(_NOTICES_S, "plan-notices", notices.look)
    background.every(_LOOK_S, "sms-asking", asker.look)
    if settings.sms.provider == "none":
        return
    background.every(_LOOK_S, "sms-replies", reader.look)


def asking_terms(settings: Settings) -> AskingTerms:
    """Return what is configured of asking for results."""
    sms = settings.sms
    remind = timedelta(minutes=sms.remind_after_min)
    return AskingTerms(
        public_url=settings.api.public_url.rstrip("/"),
        timezone=settings.node.timezone,
        asks=sms.ask_results,
        answer_within=timedelta(hours=sms.answer_hours),
        remind_after=remind or None,
        reminders_per_day=sms.reminders_per_day,
        tells_missed=sms.tell_missed,
    )


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
        region=settings.numbers.region,
        signature=sms.signature,
        per_s=sms.per_s,
        at_once=sms.at_once,
        takeover_s=sms.takeover_s,
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
    )
