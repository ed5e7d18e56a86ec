"""The HTTP server as configured; part of the composition root."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from api.app import create_app
from api.connection_book import ConnectionLimits
from api.console.bundle import FOLDER
from api.node_status import KeptFor
from api.server import ApiServer
from api.services import ApiOptions, ApiServices
from config.api import ApiSettings
from config.settings import Settings
from voicegw.setup.delivery import webhook_terms
from voicegw.setup.events import stream_limits
from voicegw.setup.keys import rate_limits
from voicegw.setup.people import people_options
from voicegw.setup.report_files import report_options
from voicegw.setup.sms import sms_inbound


def api_server(services: ApiServices, settings: ApiSettings) -> ApiServer:
    """Return the server of the API, not yet started; `/metrics` shows its connections."""
    server = ApiServer(
        create_app(services),
        settings.listen,
        limits=ConnectionLimits(settings.max_connections, settings.max_connections_per_address),
        trusted=settings.proxies,
    )
    services.metrics.follow(server.figures)
    return server


def api_options(settings: Settings, version: str, upload_folder: Path) -> ApiOptions:
    """Return what the configuration says of the API."""
    return ApiOptions(
        node=settings.node.name,
        version=version,
        upload_folder=upload_folder,
        region=settings.numbers.region,
        timezone=settings.node.timezone,
        appeal_within=timedelta(days=settings.quality.appeal_days),
        trusted_proxies=settings.api.proxies,
        log_requests=settings.logging.requests,
        rates=rate_limits(settings.api),
        streams=stream_limits(settings.events),
        **people_options(settings),
        reports=report_options(settings),
        webhook_networks=webhook_terms(settings).allowed,
        sms_inbound=sms_inbound(settings),
        kept_for=_kept_for(settings),
        console=FOLDER if settings.api.console else None,
    )


def _kept_for(settings: Settings) -> list[KeptFor]:
    """Return how long records are kept, in the order in which people ask."""
    rules = settings.retention
    return [
        KeptFor("recordings", settings.recording.retention_days),
        KeptFor("calls", rules.calls_days),
        KeptFor("tasks", rules.tasks_days),
        KeptFor("sms", rules.sms_days),
        KeptFor("report_files", rules.report_files_days),
        KeptFor("anonymise", rules.anonymise_days),
        KeptFor("events", settings.events.retention_days),
        KeptFor("deliveries", settings.webhooks.keep_days),
    ]
