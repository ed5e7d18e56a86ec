"""What the API needs to work, put together by the composition root."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from api.access import Scopes
from api.audio import FileOpener
from api.auth import Authenticator
from api.client import Networks
from api.idempotency import Idempotency
from api.login import LoginDesk
from api.metrics import ApiMetrics, Figure
from api.node_status import KeptFor, QueueDepth, RegisteredPhone, TrunkDetail
from api.oidc.desk import OidcDesk
from api.oidc.provider import Provider
from api.passwords import PasswordDesk
from api.peers import PeerNodes
from api.rate_limit import RateLimits
from api.rates import RateBook
from api.sessions import SessionRules, Sessions
from api.stream_desk import StreamDesk, StreamLimits
from ivr.flow.checker import Checked
from ivr.prompt_service import PromptService
from recordings.care.export_service import ExportService
from recordings.care.redaction_service import Redactor
from recordings.integrity.deletion import RecordingDeleter
from recordings.integrity.signature import Signer
from recordings.quality.check import CheckOutcome, CheckRequest
from recordings.quality.review_service import ReviewService
from recordings.quality.sample_service import SampleService
from voicegw.calls.control import CallControl
from voicegw.clock import Clock, SystemClock
from voicegw.dialer.chooser import TaskChooser
from voicegw.directory.calendar import Calendars
from voicegw.directory.handover import HandoverService
from voicegw.directory.import_reach import ImportReach
from voicegw.directory.quiet import QuietTimes
from voicegw.directory.service import DirectoryService
from voicegw.events.tail import EventTail
from voicegw.events.webhooks.addresses import Network
from voicegw.events.webhooks.service import WebhookService
from voicegw.model.directory import Role
from voicegw.model.introduction import Introduction
from voicegw.model.recording import Recording
from voicegw.model.script import Script
from voicegw.model.trace import CallTrace
from voicegw.model.transcript import Transcript
from voicegw.reports.rendering import Renderer
from voicegw.reports.service import ReportService
from voicegw.secret_box import SecretBox
from voicegw.sms.inbound import InboundTerms
from voicegw.store.alerts import AlertRepository
from voicegw.store.assignments import AssignmentRepository
from voicegw.store.audit import AuditLog
from voicegw.store.calls import CallRepository
from voicegw.store.checks import CheckRepository
from voicegw.store.database import Database
from voicegw.store.diallings import Diallings
from voicegw.store.directory import DirectoryRepository
from voicegw.store.disposal import DisposalRepository
from voicegw.store.events import EventRepository
from voicegw.store.exports import ExportRepository
from voicegw.store.flows import FlowRepository
from voicegw.store.handovers import HandoverRepository
from voicegw.store.idempotency import IdempotencyRepository
from voicegw.store.import_mappings import ImportMappingRepository
from voicegw.store.jobs import JobRepository
from voicegw.store.keys import KeyRepository
from voicegw.store.login_failures import LoginFailureRepository
from voicegw.store.nodes import NodeRepository
from voicegw.store.plans import PlanRepository, PlanRunRepository
from voicegw.store.prompts import PromptRepository
from voicegw.store.quality_report import QualityReports
from voicegw.store.recordings import RecordingRepository
from voicegw.store.report_files import ReportFileRepository
from voicegw.store.report_months import MonthRepository
from voicegw.store.report_names import ReportNames
from voicegw.store.report_rollups import RollupRepository
from voicegw.store.report_schedules import ReportScheduleRepository
from voicegw.store.reviewers import ReviewerRepository
from voicegw.store.reviews import ReviewRepository
from voicegw.store.samples import SampleRepository
from voicegw.store.scorecards import ScorecardRepository
from voicegw.store.scripts import ScriptRepository
from voicegw.store.seals import SealRepository
from voicegw.store.search import RecordingSearch
from voicegw.store.sessions import SessionRepository
from voicegw.store.sms import SmsRepository
from voicegw.store.sms_replies import SmsReplyRepository
from voicegw.store.sms_templates import SmsTemplateRepository
from voicegw.store.task_changes import TaskChanges
from voicegw.store.task_history import TaskHistoryRepository
from voicegw.store.task_types import TaskTypeRepository
from voicegw.store.tasks import TaskRepository
from voicegw.store.traces import TraceRepository
from voicegw.store.transcripts import TranscriptRepository
from voicegw.store.trigger_kinds import TriggerKindRepository
from voicegw.store.triggers import TriggerRepository
from voicegw.store.users import UserRepository
from voicegw.store.webhook_deliveries import WebhookDeliveryRepository
from voicegw.store.webhooks import WebhookRepository
from voicegw.store.work import WorkQueue
from voicegw.tasks.assignment_service import AssignmentService
from voicegw.tasks.follow_ups import FollowUps
from voicegw.tasks.messaging import Messaging
from voicegw.tasks.telling import Telling
from voicegw.tasks.triggering import Triggering
from voicegw.tasks.types import TaskTypes


class PartState(StrEnum):
    """How a part of the node is."""

    READY = "ready"
    DEGRADED = "degraded"
    NOT_READY = "not-ready"


@dataclass(frozen=True, slots=True)
class PartStatus:
    """Whether one part of the node lets it take calls; `detail`: what is wrong, and its mend.

    A part that is ready but has a detail is degraded: calls are taken, something else waits.
    """

    name: str
    ready: bool
    detail: str = ""

    @property
    def state(self) -> PartState:
        """The same in one word."""
        if not self.ready:
            return PartState.NOT_READY
        return PartState.DEGRADED if self.detail else PartState.READY


@dataclass(frozen=True, slots=True)
class TrunkStatus:
    """A trunk at this moment; `registered` is None where no contact is to be registered."""

    name: str
    up: bool
    registered: bool | None
    calls: int
    max_calls: int


@dataclass(frozen=True, slots=True)
class OutletStatus:
    """How many events an outlet (`webhooks`, `mqtt`) has not brought out, when last looked."""

    name: str
    behind_events: int


@dataclass(frozen=True, slots=True)
class SystemStatus:
    """What a node is busy with; times in seconds.

    `alerts` are the slugs of those raised, `store` is the database and its version.
    """

    trunks: Sequence[TrunkStatus] = ()
    outlets: Sequence[OutletStatus] = ()
    alerts: Sequence[str] = ()
    media_workers: int = 0
    recordings_backlog: int = 0
    recording_free_bytes: int = 0
    recording_total_bytes: int = 0
    journal_backlog_bytes: int = 0
    journal_behind_s: float = 0.0
    queues: Sequence[QueueDepth] = ()
    store: str = ""


@dataclass(frozen=True, slots=True)
class ReportOptions:
    """What schedules of reports may ask for: mail (to these domains; none: any), folders."""

    mails: bool = False
    mail_domains: frozenset[str] = frozenset()
    has_folders: bool = False
    schedules_per_owner: int = 50


@dataclass(frozen=True, slots=True)
class ApiOptions:
    """The part of the configuration that the API knows.

    `max_body_bytes` bounds JSON bodies, `max_upload_bytes` files for import, `max_prompt_bytes`
    prompts. `timezone` is that of what has no group. `upload_folder` takes uploads until their
    import is done. `appeal_within` is how long a score may be appealed. `trusted_proxies` are
    believed who they were asked by. `rates` is how often may be asked, `streams` how many may
    follow events. `public_url` is the address that people reach it by, `sessions` says how long
    they stay logged in, `require_totp_for` who needs a second factor. `webhook_networks` may be
    posted to though they are not public. `sms_inbound` says how a provider of short messages signs
    what it posts. `console` is the folder with the built console; None: none is served.
    `kept_for` says how long records are kept.
    """

    node: str
    version: str
    upload_folder: Path
    region: str = "CN"
    timezone: str = "Asia/Shanghai"
    max_body_bytes: int = 1 << 20
    max_upload_bytes: int = 64 << 20
    max_prompt_bytes: int = 20 << 20
    appeal_within: timedelta = timedelta(days=14)
    webhook_networks: Sequence[Network] = ()
    sms_inbound: InboundTerms | None = None
    streams: StreamLimits = field(default_factory=StreamLimits)
    trusted_proxies: Networks = ()
    log_requests: bool = False
    rates: RateLimits = field(default_factory=RateLimits)
    public_url: str = ""
    sessions: SessionRules = field(default_factory=SessionRules)
    require_totp_for: frozenset[Role] = frozenset()
    reports: ReportOptions = field(default_factory=ReportOptions)
    console: Path | None = None
    kept_for: Sequence[KeptFor] = ()


class ImportRunner(Protocol):
    """Runs imports in a process of their own, so that no call waits for one."""

    async def start(
        self,
        job_id: str,
        kind: str,
        file: Path,
        *,
        dry_run: bool,
        role: str,
        mapping: Mapping[str, str],
        introduction: Introduction | None,
        reach: ImportReach,
    ) -> None:
        """Begin the import of `file` for the job `job_id`, and return at once.

        `role` is that of the job's principal, `mapping` says what titles of columns mean,
        `introduction` how new owners get known to their customers, `reach` what rows may name.
        The runner brings the job in the store to its end and removes `file`. Raises StartError
        when no process can be started.
        """
        ...


class TalkChecks(Protocol):
    """Compares talks with scripts; `recordings.quality.checker.Checker` is one."""

    async def request(
        self, recording: Recording, transcript: Transcript | None, scripts: list[Script] | None
    ) -> CheckRequest:
        """Return all that a check of `recording` needs, against `scripts`, if given."""
        ...

    async def check(self, request: CheckRequest) -> CheckOutcome:
        """Return what a check comes to, nothing written. Raises RecordingError."""
        ...


@dataclass(frozen=True, slots=True)
class Repositories:
    """The store, concern by concern."""

    calls: CallRepository
    recordings: RecordingRepository
    checks: CheckRepository
    scorecards: ScorecardRepository
    scripts: ScriptRepository
    reviewers: ReviewerRepository
    reviews: ReviewRepository
    samples: SampleRepository
    quality_reports: QualityReports
    rollups: RollupRepository
    report_names: ReportNames
    events: EventRepository
    keys: KeyRepository
    idempotency: IdempotencyRepository
    jobs: JobRepository
    import_mappings: ImportMappingRepository
    directory: DirectoryRepository
    traces: TraceRepository
    tasks: TaskRepository
    task_changes: TaskChanges
    sms: SmsRepository
    sms_replies: SmsReplyRepository
    sms_templates: SmsTemplateRepository
    triggers: TriggerRepository
    trigger_kinds: TriggerKindRepository
    task_history: TaskHistoryRepository
    task_types: TaskTypeRepository
    diallings: Diallings
    work: WorkQueue
    transcripts: TranscriptRepository
    alerts: AlertRepository
    audit: AuditLog
    search: RecordingSearch
    exports: ExportRepository
    seals: SealRepository
    disposal: DisposalRepository
    flows: FlowRepository
    prompts: PromptRepository
    handovers: HandoverRepository
    assignments: AssignmentRepository
    plans: PlanRepository
    plan_runs: PlanRunRepository
    users: UserRepository
    sessions: SessionRepository
    login_failures: LoginFailureRepository
    webhooks: WebhookRepository
    webhook_deliveries: WebhookDeliveryRepository
    nodes: NodeRepository
    report_schedules: ReportScheduleRepository
    report_files: ReportFileRepository
    report_months: MonthRepository

    @classmethod
    def of(cls, database: Database, node: str) -> Repositories:
        """Return repositories that work on `database`."""
        return cls(
            calls=CallRepository(database),
            recordings=RecordingRepository(database),
            checks=CheckRepository(database),
            scorecards=ScorecardRepository(database),
            scripts=ScriptRepository(database),
            reviewers=ReviewerRepository(database),
            reviews=ReviewRepository(database),
            samples=SampleRepository(database),
            quality_reports=QualityReports(database),
            rollups=RollupRepository(database),
            report_names=ReportNames(database),
            events=EventRepository(database),
            keys=KeyRepository(database),
            idempotency=IdempotencyRepository(database, node),
            jobs=JobRepository(database),
            import_mappings=ImportMappingRepository(database),
            directory=DirectoryRepository(database),
            traces=TraceRepository(database),
            tasks=TaskRepository(database),
            task_changes=TaskChanges(database),
            sms=SmsRepository(database),
            sms_replies=SmsReplyRepository(database),
            sms_templates=SmsTemplateRepository(database),
            triggers=TriggerRepository(database),
            trigger_kinds=TriggerKindRepository(database),
            task_history=TaskHistoryRepository(database),
            task_types=TaskTypeRepository(database),
            diallings=Diallings(database, node),
            work=WorkQueue(database, node),
            transcripts=TranscriptRepository(database),
            alerts=AlertRepository(database),
            audit=AuditLog(database),
            search=RecordingSearch(database),
            exports=ExportRepository(database),
            seals=SealRepository(database),
            disposal=DisposalRepository(database),
            flows=FlowRepository(database),
            prompts=PromptRepository(database),
            handovers=HandoverRepository(database),
            assignments=AssignmentRepository(database),
            plans=PlanRepository(database),
            plan_runs=PlanRunRepository(database),
            users=UserRepository(database),
            sessions=SessionRepository(database),
            login_failures=LoginFailureRepository(database),
            webhooks=WebhookRepository(database),
            webhook_deliveries=WebhookDeliveryRepository(database),
            nodes=NodeRepository(database),
            report_schedules=ReportScheduleRepository(database),
            report_files=ReportFileRepository(database),
            report_months=MonthRepository(database),
        )


@dataclass(slots=True)
class ApiServices:
    """Everything a route may use.

    `readiness` tells the state of each part and must be quick: probes call it. `figures` gives the
    node's own numbers for `/metrics`, `status` what it does, `trunks` and `registrations` its ways
    outside and its telephones, `live_trace` the messages of a call that it still holds,
    `load_signer` the key that signs dossiers (it blocks on the disk). `on_handover` is called when
    a handover was asked for or called off, `on_assignment` when tasks are to be given, `on_plan`
    when a month is to be planned, `on_webhook` when a webhook was written. `passwords` hashes and
    compares them; whoever made the services closes it, and `peers`. `box` seals second factors and
    webhooks' secrets. `provider` is the OpenID provider, if people log in by one; it is closed by
    whoever made it, too. `calendars` know holidays, `quiet` when customers are not called; None:
    they may be at any hour. `hidden_numbers`: how many numbers are searched by those who see none.
    """

    control: CallControl
    directory: DirectoryService
    repositories: Repositories
    task_types: TaskTypes
    calendars: Calendars
    recording_files: FileOpener
    imports: ImportRunner
    exports: ExportService
    redactor: Redactor
    deletion: RecordingDeleter
    talks: TalkChecks
    check_flow: Callable[[str], Checked]
    prompts: PromptService
    chooser: TaskChooser
    readiness: Callable[[], Sequence[PartStatus]]
    options: ApiOptions
    clock: Clock = field(default_factory=SystemClock)
    figures: Callable[[], Iterable[Figure]] = tuple
    status: Callable[[], SystemStatus] = SystemStatus
    trunks: Callable[[], Sequence[TrunkDetail]] = tuple
    registrations: Callable[[], Sequence[RegisteredPhone]] = tuple
    load_signer: Callable[[], Signer | None] = lambda: None
    live_trace: Callable[[str], CallTrace | None] = lambda _call_id: None
    on_handover: Callable[[], None] = lambda: None
    on_assignment: Callable[[], None] = lambda: None
    on_plan: Callable[[], None] = lambda: None
    passwords: PasswordDesk = field(default_factory=PasswordDesk)
    box: SecretBox = field(default_factory=SecretBox)
    on_webhook: Callable[[], None] = lambda: None
    provider: Provider | None = None
    quiet: QuietTimes | None = None
    metrics: ApiMetrics = field(init=False)
    authenticator: Authenticator = field(init=False)
    scopes: Scopes = field(init=False)
    sessions: Sessions = field(init=False)
    logins: LoginDesk = field(init=False)
    oidc: OidcDesk | None = field(init=False, default=None)
    idempotency: Idempotency = field(init=False)
    reviewing: ReviewService = field(init=False)
    sampling: SampleService = field(init=False)
    handing_over: HandoverService = field(init=False)
    assigning: AssignmentService = field(init=False)
    reports: ReportService = field(init=False)
    renderer: Renderer = field(default_factory=Renderer, init=False)
    webhooks: WebhookService = field(init=False)
    triggering: Triggering = field(init=False)
    messaging: Messaging = field(init=False)
    tail: EventTail = field(init=False)
    streams: StreamDesk = field(init=False)
    peers: PeerNodes = field(init=False)
    hidden_numbers: RateBook = field(default_factory=RateBook, init=False)
    started_at: datetime = field(init=False)

    def __post_init__(self) -> None:
        """Build what only depends on the parts given."""
        self.tail = EventTail(self.repositories.events, self.options.node)
        self.streams = StreamDesk(self.tail, self.options.streams)
        self.peers = PeerNodes(self.repositories.nodes, self.clock, self.options.node)
        self.metrics = ApiMetrics(self._all_figures)
        self.authenticator = Authenticator(self.repositories.keys, self.clock)
        self.sessions = Sessions(self.repositories.sessions, self.clock, self.options.sessions)
        self.logins = LoginDesk(
            self.repositories.users,
            self.sessions,
            self.repositories.login_failures,
            self.passwords,
            self.box,
            self.repositories.audit,
            self.clock,
        )
        directory = self.repositories.directory
        if self.provider is not None:
            self.oidc = self.openid_desk(self.provider)
        self.scopes = Scopes(directory.groups, directory.managers, self.clock)
        self.idempotency = Idempotency(self.repositories.idempotency, self.clock.now)
        reviews, checks = self.repositories.reviews, self.repositories.checks
        self.reviewing = ReviewService(
            reviews, checks, self.clock, appeal_within=self.options.appeal_within
        )
        self.sampling = SampleService(self.repositories.samples, reviews, checks, self.clock)
        self.handing_over = HandoverService(
            self.repositories.handovers, directory, self.clock, on_request=self.on_handover
        )
        self.assigning = AssignmentService(
            self.repositories.assignments,
            directory.managers,
            directory.groups,
            self.clock,
            on_request=self.on_assignment,
        )
        self.reports = ReportService(
            self.repositories.rollups,
            self.repositories.report_names,
            self.clock,
            self.options.timezone,
            results=self.task_types.results,
        )
        self.webhooks = WebhookService(
            self.repositories.webhooks,
            self.repositories.webhook_deliveries,
            self.repositories.events,
            self.clock,
            box=self.box,
            allowed=self.options.webhook_networks,
            on_change=self.on_webhook,
        )
        self.repositories.task_changes.on_closed = FollowUps(
            self.task_types.of, self.task_types.named
        ).of
        repositories = self.repositories
        self.messaging = Messaging(
            repositories.sms,
            repositories.sms_replies,
            Telling(
                repositories.tasks,
                repositories.task_changes,
                repositories.calls,
                self.task_types,
                repositories.audit,
                self.clock,
            ),
            self.options.sms_inbound,
            self.options.timezone,
        )
        self.triggering = Triggering(
            self.repositories.triggers,
            self.repositories.trigger_kinds,
            self.task_types,
            directory.groups,
            self.clock,
            calendars=self.calendars,
            quiet=self.quiet,
        )
        self.started_at = self.clock.now()

    def _all_figures(self) -> Iterator[Figure]:
        yield from self.figures()
        yield from self.streams.figures()
        yield from self.peers.figures()

    def openid_desk(self, provider: Provider) -> OidcDesk:
        """Return what lets people in whom `provider` vouches for."""
        repositories = self.repositories
        return OidcDesk(
            provider, self.logins, repositories.users, repositories.directory, self.clock
        )
