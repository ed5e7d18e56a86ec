"""Builds what makes scheduled reports; part of the composition root."""

from __future__ import annotations

import logging
from typing import Final

import msgspec

from api.report_owner import OwnerSees, ReportOwners
from api.services import ApiServices, ReportOptions
from config.settings import Settings
from recordings.work_loop import WorkLoop, WorkRules
from voicegw.clock import Clock
from voicegw.errors import VoicegwError
from voicegw.events.alerts import Alerts
from voicegw.events.factory import EventFactory
from voicegw.job_process import run_job
from voicegw.model.report_file import DeliveryKind, FileState, ReportFile, ReportSchedule
from voicegw.model.work import WorkItem, WorkKind
from voicegw.reports.file_job import FileOrder
from voicegw.reports.file_making import outcome
from voicegw.reports.folder import FolderTerms
from voicegw.reports.mail import MailTerms
from voicegw.reports.schedule import due_file
from voicegw.reports.service import ReportRequest
from voicegw.setup.background import Background

_log = logging.getLogger(__name__)

ALERT_MAIL: Final = "mail-failing"
"""Raised when a mail is not taken; cleared when the next one is."""
ALERT_REPORT: Final = "report-failed"
"""Raised when a scheduled report can't be made or brought; cleared when the next one is."""
_LOOK_S: Final = 10.0
#: From five minutes to four hours apart, for most of a day.
_RULES: Final = WorkRules(attempts=10, lease_s=120.0, retry_s=300.0, retry_max_s=14_400.0)
_MODULE: Final = "voicegw.reports.file_job"


class UnfinishedError(VoicegwError):
    """A report was not made, or not brought everywhere, by now; `slug` says why."""

    def __init__(self, why: str) -> None:
        """Say why, as a slug."""
        super().__init__(why)
        self.slug = why


class ReportFilePart:
    """Has scheduled reports made at their time and brought to their places, once among all nodes.

    Each file is made in a process; whether its owner may still see it is asked before.
    """

    def __init__(
        self,
        settings: Settings,
        services: ApiServices,
        *,
        clock: Clock,
        events: EventFactory,
        alerts: Alerts,
        rules: WorkRules = _RULES,
    ) -> None:
        """Not started."""
        repositories = services.repositories
        self._settings = settings
        self._schedules = repositories.report_schedules
        self._files = repositories.report_files
        self._owners = ReportOwners(repositories.keys, repositories.users, services.scopes, clock)
        self._types = services.task_types
        self._clock = clock
        self._events = events
        self._alerts = alerts
        self._queue = queue = repositories.work
        self._loop = WorkLoop(
            queue, [WorkKind.REPORT], self._do, clock, rules=rules, give_up=self._give_up
        )

    def start(self, background: Background) -> None:
        """Begin, and look now and then what is due."""
        self.begin()
        background.every(_LOOK_S, "report-schedules", self.look)

    def begin(self) -> None:
        """Begin to make what waits."""
        self._loop.start()

    async def stop(self) -> None:
        """Stop; what has begun is gone on with by the next one who starts."""
        await self._loop.stop()

    async def look(self) -> None:
        """Have made what is due. Raises StoreUnavailableError."""
        now = self._clock.now()

        def plan(schedule: ReportSchedule) -> tuple[ReportFile, ReportSchedule]:
            return due_file(schedule, now)

        while await self._schedules.begin_due(now, plan):
            self._loop.wake()

    async def _do(self, item: WorkItem) -> None:
        file = await self._files.get(item.subject)
        if file is None:
            await self._queue.conclude(item, self._clock.now(), failure="deleted")
            return
        asked = file.filters
        sees = await self._owners.sees(file.owner, file.report, asked.group_id, asked.manager_id)
        if sees is None:
            failed = msgspec.structs.replace(file, state=FileState.FAILED, failure="owner-may-not")
            await self._conclude(item, failed)
            return
        if file.group_id != sees.group_id:
            file = msgspec.structs.replace(file, group_id=sees.group_id)
            await self._files.keep(file)
        end = await run_job(_MODULE, self._order(file, sees))
        _log.info("report", extra={"file": file.id, "said": end.said, "exit_code": end.code})
        file = await self._files.get(item.subject)
        if end.code != 0 or file is None:
            raise UnfinishedError("job-failed")
        self._tell_of_mail(file)
        ended = file if file.state is FileState.FAILED else outcome(file, last=False)
        if ended is None:
            waits = next(one for one in file.deliveries if not one.is_final)
            raise UnfinishedError(waits.failure or "not-delivered")
        await self._conclude(item, ended)

    async def _give_up(self, item: WorkItem, why: str) -> None:
        file = await self._files.get(item.subject)
        if file is None:
            await self._queue.conclude(item, self._clock.now(), failure=why)
            return
        ended = outcome(file, last=True) if file.state is not FileState.WAITING else None
        failed = msgspec.structs.replace(file, state=FileState.FAILED, failure=why)
        await self._conclude(item, ended or failed)

    async def _conclude(self, item: WorkItem, file: ReportFile) -> None:
        event = self._events.report(file)
        if await self._files.conclude(item, file, self._clock.now(), event):
            is_failed = file.state is FileState.FAILED
            self._alerts.set(ALERT_REPORT, is_failed, f"{file.id}: {file.failure}")

    def _tell_of_mail(self, file: ReportFile) -> None:
        mails = [one for one in file.deliveries if one.kind is DeliveryKind.MAIL]
        failures = [one.failure for one in mails if one.done_at is None]
        if mails:
            self._alerts.set(ALERT_MAIL, bool(failures), str(next(iter(failures), "")))

    def _order(self, file: ReportFile, sees: OwnerSees) -> FileOrder:
        groups, filters = sees.listing.group_ids, file.filters
        return FileOrder(
            store_url=self._settings.store.url,
            node=self._settings.node.name,
            timezone=self._settings.node.timezone,
            file_id=file.id,
            request=ReportRequest(
                file.report,
                file.from_,
                file.until,
                filters.by,
                group_ids=None if groups is None else tuple(groups),
                manager_id=sees.listing.manager_id,
                hotline_id=filters.hotline_id,
                type=filters.type,
                group_id=filters.group_id,
                compare=filters.compare,
            ),
            mail=mail_terms(self._settings),
            folder=folder_terms(self._settings),
            results=self._types.results(),
        )


def report_options(settings: Settings) -> ReportOptions:
    """Return what schedules of reports may ask for."""
    return ReportOptions(
        mails=bool(settings.mail.server),
        mail_domains=frozenset(one.lower() for one in settings.mail.recipient_domains),
        has_folders=bool(settings.reports.storage),
        schedules_per_owner=settings.reports.schedules_per_owner,
    )


def mail_terms(settings: Settings) -> MailTerms:
    """Return how mail is sent."""
    mail = settings.mail
    return MailTerms(
        server=mail.server,
        port=mail.port,
        tls=mail.tls,
        ca_file=mail.ca_file,
        user=mail.user,
        password=mail.password.get_secret_value(),
        sender=mail.sender,
        timeout_s=mail.timeout_s,
        recipient_domains=tuple(one.lower() for one in mail.recipient_domains),
    )


def folder_terms(settings: Settings) -> FolderTerms:
    """Return where folders of reports lie."""
    storage = settings.storage
    config: dict[str, str | bool] = {
        name: value
        for name, value in (
            ("endpoint", storage.endpoint),
            ("region", storage.region),
            ("access_key_id", storage.access_key),
            ("secret_access_key", storage.secret_key.get_secret_value()),
        )
        if value
    }
    config["virtual_hosted_style_request"] = not storage.path_style
    return FolderTerms(
        settings.reports.storage,
        config if settings.reports.storage.startswith("s3://") else {},
        allow_http=storage.endpoint.startswith("http://"),
    )
