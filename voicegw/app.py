"""The composition root: the only place that builds objects.

:func:`build` makes a :class:`~voicegw.node.Node` from settings and starts it; what runs
one until it is told to end is `voicegw.running`.
"""

from __future__ import annotations

import time
from contextlib import AsyncExitStack, suppress
from datetime import timedelta
from random import SystemRandom

from api.services import ApiServices, Repositories
from config.settings import Settings
from config.values import parse_listen
from ivr.prompt_service import PromptService
from ivr.prompts import PromptLibrary
from ivr.spoken import Speaker
from voicegw import __version__, collector
from voicegw.calls.parts import CallCounters, CallParts
from voicegw.calls.recovery import close_interrupted, end_orphans
from voicegw.calls.router import LegRouter
from voicegw.calls.service import CallService
from voicegw.calls.slots import Slots
from voicegw.calls.trace_keeper import TraceKeeper
from voicegw.calls.waiting_room import WaitingRoom
from voicegw.clock import SystemClock
from voicegw.directory.facts import FactFinder
from voicegw.directory.import_runner import ImportProcesses
from voicegw.directory.lookup import CachedDirectory
from voicegw.directory.matters import RecentMatters
from voicegw.directory.service import DirectoryService
from voicegw.errors import StoreUnavailableError
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.journal.entries import Entry, EventsNoted
from voicegw.journal.journal import Journal
from voicegw.journal.writer import JournalWriter
from voicegw.node import Node
from voicegw.setup.addresses import own_address
from voicegw.setup.agents import agent_book
from voicegw.setup.alerts import inherit_alerts
from voicegw.setup.background import Background
from voicegw.setup.calendar import calendars_of, quiet_times, watch_holidays
from voicegw.setup.calls import call_settings, recent_calls, service_settings
from voicegw.setup.delivery import DeliveryPart
from voicegw.setup.dialling import ALERT_LOCKED, PinWatch, dial_desk
from voicegw.setup.dialling_lists import dialling_part, task_chooser
from voicegw.setup.escalations import escalation_watch
from voicegw.setup.events import ArchivePart
from voicegw.setup.flows import flow_check, flow_library, outside_systems
from voicegw.setup.folders import folder, last_sign_of_life
from voicegw.setup.http import api_options, api_server
from voicegw.setup.integrity import key_folder
from voicegw.setup.keys import KeyUse
from voicegw.setup.managers_day import ManagersDay
from voicegw.setup.media import media_engine, prompt_library
from voicegw.setup.mqtt import NodeBroker
from voicegw.setup.node_figures import NodeFigures
from voicegw.setup.nodes import RENEW_S, NodePlace
from voicegw.setup.people import ALERT_LOCKED as ALERT_LOGIN_LOCKED
from voicegw.setup.people import PeopleWatch, openid_provider, secret_box
from voicegw.setup.prompts import prompt_maker, stored_prompts
from voicegw.setup.recordings import RecordingParts, follow_up
from voicegw.setup.reminders import reminder_watch
from voicegw.setup.report_files import ReportFilePart
from voicegw.setup.sms import SmsPart, sms_follow_up, start_conversation
from voicegw.setup.store_watch import StoreWatch
from voicegw.setup.strangers import defence, registrar
from voicegw.setup.tls import ALERT_DAYS, ending, tls_contexts
from voicegw.setup.tracing import trace_terms
from voicegw.setup.trunks import locator_of, trunks_of
from voicegw.signalling import Signalling
from voicegw.sip.binding_file import BindingFile
from voicegw.sip.registrar import Registrar
from voicegw.sip.session_timer import SessionTimerValues
from voicegw.sip.timers import TimerValues
from voicegw.sip.trace import TraceBook, TraceLimits
from voicegw.sip.transport import SipTransport
from voicegw.sip.trunk import SourcePolicy, TrunkBook
from voicegw.sip.trunk_watch import TrunkWatch
from voicegw.sip.user_agent import UserAgentCore
from voicegw.sms.templates import RELOAD_S, SmsTemplates
from voicegw.store.batch import BatchWriter
from voicegw.store.database import Database
from voicegw.store.dialling import DiallingRepository
from voicegw.tasks.rule_lookup import RuleLookup
from voicegw.tasks.types import TaskTypes
from voicegw.trace_terms import tracing_by

_HOUSEKEEPING_S = 600.0
_WATCH_S = 2.0
_TRACES_S = 1.0
_REGISTRATIONS_S = 1.0
_PINS_S = 30.0


async def build(settings: Settings) -> Node:
    """Make and start all parts in the order of their needs.

    Raises ConfigError, StartError, StoreVersionError and StoreUnavailableError, each with the mend
    for the user; whatever had been started is stopped again.
    """
    async with AsyncExitStack() as stack:
        node = await _Assembly(settings, stack).node()
        node.parts = stack.pop_all()
    collector.settle()
    return node


class _Assembly:
    """Builds one node. Each step starts its parts and puts their end on the stack."""

    def __init__(self, settings: Settings, stack: AsyncExitStack) -> None:
        self._settings = settings
        self._stack = stack
        self._clock = SystemClock()
        self._trace = TraceBook(
            TraceLimits(settings.sip.trace_messages, total_bytes=settings.sip.trace_memory),
            epoch_offset_s=time.time() - time.monotonic(),
        )
        self._name = settings.node.name
        self._background = Background(stack)
        self._events = EventFactory(self._clock)
        self._alerts = Alerts(
            self._events, self._name, lambda event: self._append(EventsNoted([event]))
        )

    async def node(self) -> Node:
        """Return the running node."""
        settings = self._settings
        await self._stack.enter_async_context(tracing_by(trace_terms(settings)))
        folder(settings.node.data_dir)
        self._spool_dir = folder(settings.recording.spool_dir)
        self._last_sign = last_sign_of_life(self._spool_dir, settings.node.data_dir / "journal")
        self._prompts = prompts = prompt_library(settings)
        await self._open_store()
        self._prompt_maker = prompt_maker(settings)
        self._stored_prompts = await stored_prompts(
            self._repositories.prompts, self._prompt_maker, prompts, self._background
        )
        await self._recordings.start_making(self._spool_dir)
        await self._start_media(prompts)
        await self._start_signalling()
        calls = await self._make_calls(prompts)
        await self._recover()
        await self._recordings.start_working(lambda: self._guard.overload.is_overloaded)
        self._start_delivery()
        node = Node(
            name=self._name,
            drain_s=settings.node.drain_s,
            writer=self._writer,
            recordings=self._recordings,
            media=self._media,
            agent=self._agent,
            transport=self._transport,
            trunks=self._trunks,
            watch=self._watch,
            locator=self._locator,
            calls=calls,
            alerts=self._alerts,
            delivery=self._delivery,
            sms=self._sms,
            archive=self._archive,
            broker=NodeBroker(settings, self._database, self._clock, self._alerts),
            own_figures=NodeFigures(self._name, self._database),
            escalations=escalation_watch(
                settings,
                self._database,
                self._clock,
                self._task_types,
                self._sms.wake,
                wording=self._wording,
            ),
            reminders=reminder_watch(
                settings,
                self._database,
                self._clock,
                self._task_types,
                self._sms.wake,
                wording=self._wording,
            ),
        )
        node.reminders.start(self._background)
        node.own_figures.start(self._background)
        node.escalations.start(self._background)
        await self._repositories.idempotency.release_abandoned()
        services = await self._start_api(node)
        self._keep_house(calls)
        self._signalling.calls = calls
        await self._locator.start()
        self._watch.start()
        node.diallings = dialling_part(
            settings, self._database, calls, self._directory, services.chooser
        )
        self._stack.push_async_callback(node.diallings.stop)
        node.diallings.start(self._background)
        node.broker.start(services)
        self._stack.push_async_callback(node.broker.stop)
        return node

    async def _open_store(self) -> None:
        settings = self._settings
        self._database = await Database.open(settings.store.url, node=self._name)
        self._stack.push_async_callback(self._database.close)
        self._recordings = RecordingParts(
            settings,
            self._database,
            self._stack,
            clock=self._clock,
            events=self._events,
            alerts=self._alerts,
            note=self._append,
        )
        # Before the journal's writer, and so ended after it: the last recordings are sealed too.
        await self._recordings.start_sealing()
        self._journal = Journal(settings.node.data_dir / "journal", self._name)
        self._stack.callback(self._journal.close)
        batch = BatchWriter(
            self._database,
            self._name,
            follow_up=follow_up(settings),
            messages=sms_follow_up(settings),
        )
        self._writer = JournalWriter(
            self._journal, batch.apply_lines, on_availability=self._store_availability
        )
        self._writer.start(await batch.position())
        self._stack.push_async_callback(self._writer.stop)
        self._repositories = Repositories.of(self._database, self._name)
        await self._repositories.work.reclaim(self._clock.now())
        self._task_types = TaskTypes(self._repositories.task_types)
        await self._task_types.reload()
        self._wording = SmsTemplates(
            self._repositories.sms_templates, self._repositories.directory.groups
        )
        await self._wording.reload()
        self._matters = RecentMatters(self._repositories.tasks, self._clock)
        self._directory = CachedDirectory(
            self._repositories.directory,
            self._clock,
            region=settings.numbers.region,
            on_matter=self._matters.know,
        )
        await self._directory.load()

    def _append(self, entry: Entry) -> None:
        self._writer.append(entry)

    def _store_availability(self, available: bool) -> None:
        self._alerts.set("store-away", not available, "calls go on; their records wait here")

    async def _start_media(self, prompts: PromptLibrary) -> None:
        self._media = media_engine(
            self._settings, prompts, self._rtpengine_availability, self._recordings.keys
        )
        await self._media.start()
        self._stack.push_async_callback(self._media.stop)

    def _rtpengine_availability(self, available: bool) -> None:
        self._alerts.set(
            "rtpengine-away", not available, "no new calls are taken; live calls may go on"
        )

    async def _start_signalling(self) -> None:
        settings = self._settings
        self._signalling = Signalling(own_address(settings, settings.sip.advertise))
        self._trunks = TrunkBook(trunks_of(settings))
        self._locator = locator_of(settings, self._trunks)
        self._registrar = registrar(settings)
        self._guard = defence(settings, self._overload_changed)
        if self._registrar is not None:
            self._keep_registrations(self._registrar)
        self._agent = UserAgentCore(
            user=self._signalling,
            user_agent=settings.sip.user_agent,
            contact=self._signalling.contact,
            sources=SourcePolicy(self._trunks, registrar_enabled=settings.registrar.enabled),
            registrar=self._registrar,
            rng=SystemRandom(),
            clock_monotonic=time.monotonic,
            timers=TimerValues.for_round_trip(settings.sip.t1_ms / 1000),
            session_timers=SessionTimerValues(
                settings.sip.session_expires_s, settings.sip.min_se_s
            ),
            defence=self._guard,
            large_requests_by_tcp=settings.sip.large_requests_by_tcp
            and any(parse_listen(one).transport == "tcp" for one in settings.sip.listen),
            trace=self._trace,
        )
        self._transport = SipTransport(self._agent, tls=tls_contexts(settings))
        self._signalling.transport = self._transport
        await self._transport.start([str(one) for one in settings.sip.listen])
        self._stack.push_async_callback(self._transport.stop)
        self._watch = TrunkWatch(self._agent, self._trunks, self._alerts.set)
        self._agent.traffic = self._watch
        self._stack.push_async_callback(self._locator.stop)

    def _keep_registrations(self, registrar: Registrar) -> None:
        settings = self._settings
        file = BindingFile(
            settings.node.data_dir / "registrations.json",
            registrar,
            [str(one) for one in settings.sip.listen],
        )
        file.load()
        for binding in registrar.bindings.all():
            # Proved before the restart: what is forged in its name now is not held against it.
            self._guard.bans.proved(binding.peer, time.monotonic())
        self._stack.push_async_callback(file.save)
        self._background.every(_REGISTRATIONS_S, "registrations", file.save)

    async def _watch_trunks_for_noise(self) -> None:
        noisy = self._guard.bans.noisy_trunks(time.monotonic())
        self._alerts.set("trunk-noise", bool(noisy), ", ".join(noisy))

    def _overload_changed(self, overloaded: bool) -> None:
        self._alerts.set("overloaded", overloaded, "new calls are refused, running ones go on")

    async def _make_calls(self, prompts: PromptLibrary) -> CallService:
        settings = self._settings
        calendars = calendars_of(settings)
        flows = await flow_library(settings, self._repositories.flows, prompts, self._background)
        self._stored_prompts.on_change = flows.check_again
        slots = Slots(settings.policy.per_manager_calls)
        agents = await agent_book(
            slots, self._clock, settings.node.timezone, self._repositories.calls
        )
        parts = CallParts(
            settings=call_settings(settings, self._name, self._spool_dir),
            clock=self._clock,
            journal=self._writer,
            directory=self._directory,
            facts=FactFinder(self._directory, calendars, self._matters),
            quiet=quiet_times(settings, self._directory, calendars),
            prompts=prompts,
            speaker=Speaker(settings.media.language),
            media=self._media,
            router=LegRouter(self._agent, self._trunks, self._registrar),
            recordings=self._recordings.service,
            events=self._events,
            manager_slots=slots,
            agents=agents,
            waiting_room=WaitingRoom(agents, self._clock, settings.policy.ring_at_once),
            group_slots=Slots(settings.policy.per_group_calls or None),
            counters=CallCounters(),
            trace=self._trace,
            flows=flows,
            outside=outside_systems(settings, self._stack),
            task_rules=RuleLookup(self._repositories.tasks, self._task_types),
        )
        keeper = TraceKeeper(
            self._trace, self._writer.append, self._clock.monotonic, parts.counters
        )
        self._stack.callback(keeper.keep_all)
        self._background.every(_TRACES_S, "traces", keeper.keep_settled)
        return CallService(
            parts,
            service_settings(settings),
            await recent_calls(settings, self._repositories.calls, self._clock.now()),
            dial_desk(settings, parts, self._watch_pins()),
            store_ready=lambda: self._writer.available,
            overloaded=lambda: self._guard.overload.is_overloaded,
        )

    def _watch_people(self, services: ApiServices) -> None:
        self._stack.callback(services.passwords.close)
        if services.provider is not None:
            self._stack.callback(services.provider.close)
        detail = "too many logins of somebody, or from an address, have failed"
        PeopleWatch(
            services, lambda raised: self._alerts.set(ALERT_LOGIN_LOCKED, raised, detail)
        ).start(self._background)

    def _watch_pins(self) -> PinWatch:
        detail = "a manager, or a telephone, gave too many wrong PINs"
        watch = PinWatch(
            DiallingRepository(self._database),
            self._repositories.audit,
            self._clock,
            lambda raised: self._alerts.set(ALERT_LOCKED, raised, detail),
            timedelta(seconds=self._settings.dial_through.pin_lock_s),
        )
        self._background.every(_PINS_S, "pins", watch.look)
        return watch

    async def _recover(self) -> None:
        """End what an earlier run left behind: legs, calls, recordings."""
        # What the journal still holds must be in the store before the store is asked.
        with suppress(StoreUnavailableError):
            await self._writer.committed(self._journal.end)
        await inherit_alerts(self._alerts, self._repositories.alerts, self._name, self._stack)
        left = self._journal.recover()
        end_orphans(self._agent, self._writer, left.open_legs, time.monotonic())
        self._transport.flush()
        await self._recordings.claim_captures(left.open_calls)
        close_interrupted(
            self._writer, self._events, left.open_calls, self._clock.now(), self._last_sign
        )
        await self._recordings.recover()

    def _keep_house(self, calls: CallService) -> None:
        """Look after the store, and forget now and then what is too old to matter."""
        store = StoreWatch(self._database.ping, self._writer.store_answers)
        self._background.every(_WATCH_S, "store-watch", store.look)
        self._background.every(_WATCH_S, "noise-watch", self._watch_trunks_for_noise)

        async def tidy() -> None:
            self._watch_certificate()
            watch_holidays(self._settings, self._alerts, self._clock.now())
            calls.forget_old()
            await self._recordings.tidy()
            collector.collect_if_idle(calls.live_count())
            await self._repositories.idempotency.purge(self._clock.now())
            await self._directory.remember_owners()

        self._background.every(_HOUSEKEEPING_S, "housekeeping", tidy)

    def _watch_certificate(self) -> None:
        expires_at = self._transport.certificate_expires_at
        found = ending(expires_at, self._clock.now().timestamp(), ALERT_DAYS)
        self._alerts.set("certificate-ending", found is not None, f"sip.tls_cert {found}")

    def _start_delivery(self) -> None:
        self._delivery = DeliveryPart(self._settings, self._database, self._alerts)
        self._delivery.start()
        self._stack.push_async_callback(self._delivery.stop)
        self._writer.on_commit(self._delivery.wake)
        self._sms = SmsPart(self._settings, self._alerts)
        self._sms.start()
        self._stack.push_async_callback(self._sms.stop)
        self._archive = ArchivePart(self._settings, self._database, self._clock, self._alerts)
        self._archive.start(self._background)

    def _start_day(self) -> ManagersDay:
        day = ManagersDay(
            self._settings,
            self._database,
            self._repositories,
            self._clock,
            alerts=self._alerts,
            events=self._events,
            directory=self._directory,
            matters=self._matters,
            task_types=self._task_types,
        )
        day.start(self._background, self._stack)
        return day

    async def _start_api(self, node: Node) -> ApiServices:
        settings, recordings = self._settings, self._recordings
        imports = ImportProcesses(
            self._repositories.jobs,
            self._clock,
            store_url=settings.store.url,
            region=settings.numbers.region,
            holidays=settings.calendar.holiday_days,
            worked=settings.calendar.worked_days,
            on_change=self._directory.invalidate,
        )
        self._stack.push_async_callback(imports.stop)
        uploads = folder(settings.node.data_dir / "uploads")
        await imports.clear_up(uploads)
        day = self._start_day()
        chooser = task_chooser(settings, self._database, self._directory, self._task_types)
        services = ApiServices(
            control=node.calls,
            directory=DirectoryService(
                self._repositories.directory,
                self._clock,
                region=settings.numbers.region,
                on_change=self._directory.invalidate,
            ),
            repositories=self._repositories,
            task_types=self._task_types,
            calendars=calendars_of(settings),
            recording_files=recordings.files,
            imports=imports,
            exports=recordings.exports,
            redactor=recordings.redactor,
            deletion=recordings.deleter,
            talks=recordings.checker,
            check_flow=flow_check(settings, self._prompts),
            prompts=PromptService(
                self._repositories.prompts,
                self._prompt_maker,
                self._prompts,
                self._clock,
                refresh=self._stored_prompts.refresh,
            ),
            chooser=chooser,
            readiness=node.readiness,
            options=api_options(settings, __version__, uploads),
            clock=self._clock,
            figures=node.figures,
            status=node.status,
            trunks=node.trunk_details,
            registrations=node.registered_phones,
            load_signer=key_folder(settings).load,
            live_trace=self._trace.trace,
            on_handover=day.handovers.wake,
            on_assignment=day.assigning.wake,
            on_plan=day.plans.wake,
            box=secret_box(settings),
            on_webhook=self._delivery.look,
            provider=openid_provider(settings, self._clock),
            quiet=node.calls.parts.quiet,
        )
        report_files = ReportFilePart(
            settings, services, clock=self._clock, events=self._events, alerts=self._alerts
        )
        report_files.start(self._background)
        self._stack.push_async_callback(report_files.stop)
        key_use = KeyUse(services.authenticator, self._repositories.keys)
        self._stack.push_async_callback(key_use.stop)
        key_use.start(self._background)
        self._watch_people(services)
        start_conversation(
            settings,
            self._database,
            self._background,
            self._clock,
            directory=self._directory,
            quiet=node.calls.parts.quiet,
            messaging=services.messaging,
            wording=self._wording,
        )
        self._background.every(RELOAD_S, "sms-templates", self._wording.reload)
        self._stack.push_async_callback(services.peers.close)
        server = api_server(services, settings.api)
        listening = await server.start()
        node.api_url = settings.api.public_url or listening
        node.api_ended = server.ended
        self._stack.push_async_callback(server.stop)
        self._writer.on_commit(services.tail.wake)
        # Before the server, which waits for what it has begun to answer.
        self._stack.push_async_callback(services.tail.stop)
        place = NodePlace(
            self._repositories.nodes, self._clock, node.name, settings.api.node_address, node.report
        )
        self._stack.push_async_callback(place.leave)
        self._background.every(RENEW_S, "node-lease", place.hold)
        return services
