"""A running node: its parts, what it says of itself, and the order in which it ends.

`voicegw.app` builds one. Parts start in the order in which they need each other and stop the other
way round; nothing is lost in between because the journal is opened first and closed last.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Iterable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field
from datetime import datetime

from api.metrics import Figure
from api.node_status import RegisteredPhone, TrunkDetail
from api.services import OutletStatus, PartStatus, SystemStatus, TrunkStatus
from voicegw import __version__
from voicegw.calls.service import CallService
from voicegw.events.alerts import Alerts
from voicegw.journal.writer import JournalWriter
from voicegw.logs import record_counts
from voicegw.media.engine import MediaEngine
from voicegw.model.node import NodeReport, PartTrouble
from voicegw.setup.delivery import DeliveryPart
from voicegw.setup.dialling_lists import DiallingPart
from voicegw.setup.escalations import EscalationWatch
from voicegw.setup.events import ArchivePart
from voicegw.setup.mqtt import NodeBroker
from voicegw.setup.node_figures import NodeFigures
from voicegw.setup.queue_figures import queue_figures
from voicegw.setup.recordings import RecordingParts
from voicegw.setup.reminders import ReminderWatch
from voicegw.setup.sms import SmsPart
from voicegw.setup.trunk_status import registered_phones, trunk_details
from voicegw.sip.locator import TrunkLocator
from voicegw.sip.transport import SipTransport
from voicegw.sip.trunk import TrunkBook
from voicegw.sip.trunk_watch import TrunkWatch
from voicegw.sip.user_agent import UserAgentCore

_log = logging.getLogger(__name__)

_BYES_S = 3.0
"""How long farewells may take to be answered when the node ends."""
_UNREGISTER_S = 2.0
"""The same for what takes our contacts back from carriers."""


@dataclass(slots=True)
class Node:
    """A running node. `parts` ends everything, in the order opposite to its start."""

    name: str
    drain_s: float
    writer: JournalWriter
    recordings: RecordingParts
    media: MediaEngine
    agent: UserAgentCore
    transport: SipTransport
    trunks: TrunkBook
    watch: TrunkWatch
    locator: TrunkLocator
    calls: CallService
    alerts: Alerts
    delivery: DeliveryPart
    sms: SmsPart
    archive: ArchivePart
    broker: NodeBroker
    own_figures: NodeFigures
    escalations: EscalationWatch
    reminders: ReminderWatch
    diallings: DiallingPart | None = None
    api_url: str = ""
    api_ended: asyncio.Event = field(default_factory=asyncio.Event)
    parts: AsyncExitStack = field(default_factory=AsyncExitStack)

    async def drain(self) -> None:
        """Take no new calls and let the live ones end, at most `drain_s` seconds."""
        self.broker.drain()
        await self.calls.drain(self.drain_s)

    async def stop(self) -> None:
        """End what still runs and close every part, in order."""
        await self.calls.end_all()
        await self._await(lambda: self.agent.has_farewells, _BYES_S)
        self.watch.stop()
        await self._await(lambda: self.watch.has_farewells, _UNREGISTER_S)
        await self.parts.aclose()
        _log.info("node stopped", extra={"node": self.name})

    async def _await(self, is_owed: Callable[[], bool], patience_s: float) -> None:
        """Give answers that are still owed a little time."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + patience_s
        # A pure core has no event to wait for.
        while is_owed() and loop.time() < deadline:  # noqa: ASYNC110
            await asyncio.sleep(0.02)

    def readiness(self) -> list[PartStatus]:
        """Return the state of each part; quick, because probes ask."""
        load = self.media.load()
        store = PartStatus(
            "store",
            self.writer.available,
            "" if self.writer.available else "the database can't be written; calls go on",
        )
        media = PartStatus(
            "media", load.workers > 0, "" if load.workers > 0 else "no media worker runs"
        )
        accepting = PartStatus(
            "calls",
            not self.calls.draining,
            "draining: no new calls are taken" if self.calls.draining else "",
        )
        down = [one.name for one in self._trunks() if not one.up or one.registered is False]
        # Not the node's own fault, and another node would fare no better.
        trunks = PartStatus("trunks", True, f"down: {', '.join(down)}" if down else "")
        return [
            store,
            media,
            accepting,
            trunks,
            *self.recordings.readiness(),
            *self.delivery.readiness(),
            *self.sms.readiness(),
            *self.broker.readiness(),
        ]

    def status(self) -> SystemStatus:
        """Return what the node is busy with; quick, too."""
        return SystemStatus(
            trunks=self._trunks(),
            outlets=[OutletStatus(*one) for one in self.own_figures.behind.items()],
            alerts=sorted(self.alerts.raised),
            media_workers=self.media.load().workers,
            recordings_backlog=self.recordings.service.backlog(),
            recording_free_bytes=self.recordings.service.free_bytes(),
            journal_backlog_bytes=self.writer.backlog_bytes,
            journal_behind_s=round(self.writer.behind_s(), 3),
            recording_total_bytes=self.recordings.service.total_bytes(),
            queues=self.own_figures.queues,
            store=self.own_figures.store,
        )

    def report(self, now: datetime) -> NodeReport:
        """Return how the node is `now`, for those who ask another one; quick, too."""
        return NodeReport(
            version=__version__,
            at=now,
            live_calls=self.calls.live_count(),
            media_workers=self.media.load().workers,
            recording_free_bytes=self.recordings.service.free_bytes(),
            recording_total_bytes=self.recordings.service.total_bytes(),
            parts=[
                PartTrouble(part.name, part.ready, part.detail)
                for part in self.readiness()
                if part.detail or not part.ready
            ],
        )

    def trunk_details(self) -> list[TrunkDetail]:
        """Return what is known of each trunk; quick, too."""
        return trunk_details(self.trunks, self.watch, self.agent.now)

    def registered_phones(self) -> list[RegisteredPhone]:
        """Return the telephones that are registered here."""
        return registered_phones(self.agent.registrar, self.agent.now)

    def _trunks(self) -> list[TrunkStatus]:
        return [
            TrunkStatus(
                trunk.name,
                self.trunks.health.has_server_up(trunk.name),
                self.watch.is_registered(trunk.name),
                self.trunks.in_use(trunk),
                trunk.max_calls,
            )
            for trunk in self.trunks.all()
        ]

    def figures(self) -> Iterable[Figure]:
        """Return the node's figures for `/metrics`."""
        yield Figure("calls_live", self.calls.live_count())
        yield Figure("sip_sessions", len(self.agent))
        yield Figure("sip_transactions", len(self.agent.transactions))
        yield Figure("sip_timers", len(self.agent.transactions.timers))
        yield Figure("loop_tasks", len(asyncio.all_tasks()))
        yield from self._media_figures()
        yield Figure("manager_slots_in_use", len(self.calls.parts.manager_slots))
        yield Figure("trunk_calls_in_use", self.trunks.calls())
        yield from self._trunk_figures()
        yield from self._leg_figures()
        yield from queue_figures(self.calls.queues())
        yield from self.recordings.figures()
        yield from self.broker.figures()
        yield from self.delivery.figures()
        yield from self.sms.figures()
        yield from self.archive.figures()
        yield from self.own_figures.figures(self.readiness())
        yield from self.escalations.figures()
        yield from self.reminders.figures()
        if self.diallings is not None:
            yield from self.diallings.figures()
        yield Figure("journal_backlog_bytes", self.writer.backlog_bytes)
        yield Figure("journal_behind_seconds", self.writer.behind_s())
        yield Figure("journal_groups", self.writer.groups_written)
        yield Figure("journal_rejected_entries", self.writer.rejected_entries)
        yield Figure("journal_failures", self.calls.parts.counters.journal_failures)
        yield Figure("flow_faults", self.calls.parts.counters.flow_faults)
        for slug in sorted(self.alerts.raised):
            yield Figure("alerts", 1, {"alert": slug})
        for level, count in record_counts.counts.items():
            yield Figure("log_records", count, {"level": level})
        yield from self._counters()

    def _trunk_figures(self) -> Iterable[Figure]:
        for trunk in self.trunks.all():
            labels = {"trunk": trunk.name}
            up = self.trunks.health.has_server_up(trunk.name)
            yield Figure("trunk_up", up, labels)
            yield Figure("trunk_calls", self.trunks.in_use(trunk), labels)
            registered = self.watch.is_registered(trunk.name)
            if registered is not None:
                yield Figure("trunk_registered", registered, labels)
        for (name, status), count in sorted(self.trunks.results.items()):
            yield Figure("trunk_invites", count, {"trunk": name, "status": str(status)})

    def _leg_figures(self) -> Iterable[Figure]:
        counters, trace = self.calls.parts.counters, self.calls.parts.trace
        for (way, direction, result), count in sorted(counters.legs.items()):
            yield Figure(
                "legs_ended", count, {"trunk": way, "direction": direction, "result": result}
            )
        measures = counters.measures
        for name, label, book in (
            ("call_bridge_seconds", "direction", measures.bridge_s),
            ("call_talk_seconds", "direction", measures.talk_s),
            ("leg_ringing_seconds", "trunk", measures.ringing_s),
            ("leg_answer_seconds", "trunk", measures.answer_s),
            ("leg_mos_score", "trunk", measures.mos),
            ("leg_packet_loss_ratio", "trunk", measures.loss),
            ("leg_jitter_seconds", "trunk", measures.jitter_s),
        ):
            for (value,), distribution in book.items():
                yield Figure(name, distribution, {label: value})
        for (way, cause), count in sorted(counters.causes.items()):
            yield Figure("leg_causes", count, {"trunk": way, "cause": cause})
        yield Figure("trace_bytes", trace.size_bytes)
        yield Figure("traces_given_up", trace.given_up)

    def _media_figures(self) -> Iterable[Figure]:
        load = self.media.load()
        yield Figure("media_sessions", load.sessions)
        yield Figure("media_legs", load.legs)
        yield Figure("media_ports_in_use", load.ports_in_use)
        yield Figure("media_ports_draining", load.ports_draining)
        yield Figure("media_workers", load.workers)
        yield Figure("media_workers_restarted", load.workers_restarted)
        yield Figure("capture_dropped_packets", load.capture_dropped)
        yield Figure("srtp_rejected_packets", load.rejected_packets)

    def _counters(self) -> Iterable[Figure]:
        for (direction, outcome), count in sorted(self.calls.parts.counters.ended.items()):
            yield Figure("calls_ended", count, {"direction": direction, "outcome": outcome})
        for why, count in sorted(self.calls.refused.items()):
            yield Figure("calls_refused", count, {"reason": why})
        defence = self.agent.admission.defence
        yield Figure("sip_banned_sources", defence.bans.banned(asyncio.get_running_loop().time()))
        yield Figure("sip_queue_delay_seconds", defence.overload.delay_s)
        for method, count in sorted(self.agent.sources.counters.items()):
            yield Figure("sip_strangers", count, {"method": method})
        registrar = self.agent.registrar
        if registrar is not None:
            yield Figure("sip_registrations", len(registrar))
            yield Figure("sip_password_guesses", registrar.most_guesses)
        for group, counters in (
            ("agent", self.agent.counters),
            ("transactions", self.agent.transactions.counters),
            ("transport", self.transport.counters),
            ("bans", defence.bans.counters),
            ("registrar", {} if registrar is None else registrar.counters),
        ):
            for event, count in sorted(counters.items()):
                yield Figure("sip_events", count, {"part": group, "event": event})
