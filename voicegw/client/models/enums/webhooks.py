"""Enumerations of webhooks, as docs/openapi.json has them. Written by `make client`."""

from __future__ import annotations

from voicegw.client.open_enum import OpenEnum


class DeliveryError(OpenEnum):
    """Why an attempt came to nothing. The names are stable. More values may come: clients pass over
    those that they don't know."""

    DNS_FAILED = "dns-failed"
    ADDRESS_REFUSED = "address-refused"
    CONNECT_FAILED = "connect-failed"
    TLS_FAILED = "tls-failed"
    TIMEOUT = "timeout"
    CONNECTION_LOST = "connection-lost"
    REDIRECT = "redirect"
    REFUSED = "refused"
    GONE = "gone"
    EXPIRED = "expired"
    EVENT_GONE = "event-gone"
    INTERNAL_ERROR = "internal-error"
    SECRET_UNREADABLE = "secret-unreadable"


class DeliveryState(OpenEnum):
    """How far a delivery is. More values may come: clients pass over those that they don't know."""

    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
