"""The HTTP server as configured; part of the composition root."""

from __future__ import annotations

from api.app import create_app
from api.connection_book import ConnectionLimits
from api.server import ApiServer
from api.services import ApiServices
from config.api import ApiSettings


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
