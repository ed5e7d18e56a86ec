"""`/v1/webhooks`: where events are posted to, and what became of each."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any

import msgspec
from fastapi import APIRouter, Header, Query, Request
from starlette.responses import Response

from api.audit import Subject, audit_entry
from api.dependencies import (
    FIRST_PAGE,
    Caller,
    Cursor,
    From,
    Limit,
    Services,
    Until,
    WebhookKeeper,
    problems,
)
from api.guards import check_group
from api.made_once import made_once
from api.preconditions import etag, expected_revision
from api.problems import ApiProblem
from api.schemas.base import Id, ListView, PathId
from api.schemas.webhooks import (
    DEFAULT_OVERLAP_S,
    NewWebhookView,
    ReplayBody,
    RotateWebhookBody,
    WebhookBody,
    WebhookDeliveryView,
    WebhookView,
)
from api.services import ApiServices
from api.views import (
    empty_page,
    respond,
    respond_page,
    webhook_delivery_view,
    webhook_view,
)
from voicegw.errors import InvalidError, NotFoundError
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.event_filter import matching_types
from voicegw.model.ids import IdKind, new_id
from voicegw.model.webhook import DeliveryState, Webhook, WebhookDelivery, delivery_number
from voicegw.store.webhook_deliveries import DeliveryFilter

router = APIRouter(prefix="/v1/webhooks", tags=["webhooks"])

IfMatch = Annotated[str | None, Header(description="The version this change is meant for")]
EventId = Annotated[Id | None, Query(description="Of this event only")]
EventTypeName = Annotated[
    str | None, Query(alias="type", max_length=64, description="Of events of this type only")
]


@router.get(
    "",
    operation_id="listWebhooks",
    summary="List webhooks",
    response_class=Response,
    responses={200: {"model": ListView[WebhookView]}, **problems()},
)
async def list_webhooks(
    *,
    services: Services,
    caller: WebhookKeeper,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    group_id: Annotated[Id | None, Query(description="Of this group and those below")] = None,
    enabled: Annotated[bool | None, Query(description="Only those that are on, or off")] = None,
) -> Response:
    """The webhooks of the key's groups, the oldest first, without their secrets."""
    groups = await services.scopes.narrowed(caller.scope, group_id)
    if groups is not None and not groups:
        return empty_page()
    page = await services.webhooks.webhooks.list(
        group_ids=groups, enabled=enabled, limit=limit, cursor=cursor
    )
    return await respond_page(page, webhook_view)


@router.post(
    "",
    operation_id="createWebhook",
    summary="Create a webhook",
    status_code=201,
    response_class=Response,
    responses={201: {"model": NewWebhookView}, **problems(400, 409)},
)
@made_once(shown_once="secret")
async def create_webhook(
    body: WebhookBody, request: Request, services: Services, caller: WebhookKeeper
) -> Response:
    """Events from now on are posted to it. `secret` is shown this once."""
    await _check_body(services, caller, body)
    webhook_id = new_id(IdKind.WEBHOOK)
    secret, sealed = services.webhooks.new_secret(webhook_id)
    webhook = Webhook(
        id=webhook_id,
        secrets=[sealed],
        created_at=services.clock.now(),
        created_by=caller.principal.id,
        **_fields(body),
    )
    entry = _entry(services, caller, request, webhook, how="created")
    await services.webhooks.create(webhook, entry)
    return _with_secret(webhook, secret, 201)


@router.get(
    "/{webhook_id}",
    operation_id="getWebhook",
    summary="Get a webhook",
    response_class=Response,
    responses={200: {"model": WebhookView}, **problems()},
)
async def get_webhook(webhook_id: PathId, services: Services, caller: WebhookKeeper) -> Response:
    """One webhook, without its secrets."""
    return _shown(await _seen(services, caller, webhook_id))


@router.put(
    "/{webhook_id}",
    operation_id="replaceWebhook",
    summary="Replace a webhook",
    response_class=Response,
    responses={200: {"model": WebhookView}, **problems(400, 409, 412)},
)
async def replace_webhook(
    *,
    webhook_id: PathId,
    body: WebhookBody,
    request: Request,
    services: Services,
    caller: WebhookKeeper,
    if_match: IfMatch = None,
) -> Response:
    """Its secrets stay. It holds within a second or two. One that is switched on again gets the
    events from then on; those before can be replayed.
    """
    known = await _seen(services, caller, webhook_id, if_match)
    await _check_body(services, caller, body)
    fields = _fields(body)
    wanted = msgspec.structs.replace(known, **fields)
    changed = sorted(name for name, value in fields.items() if getattr(known, name) != value)
    entry = _entry(services, caller, request, known, how="replaced", fields=changed)
    return _shown(await services.webhooks.change(known, wanted, entry))


@router.delete(
    "/{webhook_id}",
    operation_id="deleteWebhook",
    summary="Delete a webhook",
    status_code=204,
    response_class=Response,
    responses=problems(409, 412),
)
async def delete_webhook(
    *,
    webhook_id: PathId,
    request: Request,
    services: Services,
    caller: WebhookKeeper,
    if_match: IfMatch = None,
) -> Response:
    """Nothing more is posted to it; its deliveries are forgotten."""
    known = await _seen(services, caller, webhook_id, if_match)
    entry = _entry(services, caller, request, known, how="deleted")
    await services.webhooks.delete(known, entry)
    return Response(status_code=204)


@router.post(
    "/{webhook_id}/rotate",
    operation_id="rotateWebhook",
    summary="Give a webhook another secret",
    response_class=Response,
    responses={200: {"model": NewWebhookView}, **problems(400, 409, 412)},
)
async def rotate_webhook(
    *,
    webhook_id: PathId,
    request: Request,
    services: Services,
    caller: WebhookKeeper,
    body: RotateWebhookBody | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Events are signed with both secrets for `overlap_s`; one before that ends now.

    `secret` is shown this once.
    """
    known = await _seen(services, caller, webhook_id, if_match)
    overlap_s = DEFAULT_OVERLAP_S if body is None else body.overlap_s
    entry = _entry(services, caller, request, known, how="rotated", overlap_s=overlap_s)
    changed, secret = await services.webhooks.rotate(known, timedelta(seconds=overlap_s), entry)
    return _with_secret(changed, secret, 200)


@router.post(
    "/{webhook_id}/ping",
    operation_id="pingWebhook",
    summary="Try a webhook out",
    status_code=202,
    response_class=Response,
    responses={202: {"model": WebhookDeliveryView}, **problems(409)},
)
async def ping_webhook(
    webhook_id: PathId, request: Request, services: Services, caller: WebhookKeeper
) -> Response:
    """Posts an event `webhook.ping` to it, once. What became of it: at `Location`."""
    webhook = await _seen(services, caller, webhook_id)
    if not webhook.enabled:
        raise ApiProblem("webhook-off", "The webhook is switched off.")
    entry = _entry(services, caller, request, webhook, how="pinged")
    return _accepted(await services.webhooks.ping(webhook, entry))


@router.post(
    "/{webhook_id}/replay",
    operation_id="replayWebhook",
    summary="Send events once more",
    status_code=202,
    response_class=Response,
    responses={202: {"model": WebhookView}, **problems(400, 409)},
)
async def replay_webhook(
    webhook_id: PathId,
    body: ReplayBody,
    request: Request,
    services: Services,
    caller: WebhookKeeper,
) -> Response:
    """Those after an event, or of a time, that the webhook's types name: delivered ones, too.

    Each has the `webhook-id` that it had. `replaying` is true until all are noted to be sent.
    """
    webhook = await _seen(services, caller, webhook_id)
    _check_range(body)
    if not webhook.enabled:
        raise ApiProblem("webhook-off", "The webhook is switched off.")
    entry = _entry(services, caller, request, webhook, how="replayed")
    if body.after is not None:
        await services.webhooks.replay_after(webhook, body.after, entry)
    elif body.from_ is not None:
        await services.webhooks.replay_range(webhook, body.from_, body.until, entry)
    return respond(webhook_view(webhook) | {"replaying": True}, 202, etag(webhook.version))


@router.get(
    "/{webhook_id}/deliveries",
    operation_id="listWebhookDeliveries",
    summary="List deliveries",
    response_class=Response,
    responses={200: {"model": ListView[WebhookDeliveryView]}, **problems()},
)
async def list_webhook_deliveries(
    *,
    webhook_id: PathId,
    services: Services,
    caller: WebhookKeeper,
    limit: Limit = FIRST_PAGE,
    cursor: Cursor = None,
    state: DeliveryState | None = None,
    event_id: EventId = None,
    event_type: EventTypeName = None,
    from_: From = None,
    until: Until = None,
) -> Response:
    """What was posted to it or is to be, the newest first. Finished ones for
    `webhooks.keep_days`.
    """
    webhook = await _seen(services, caller, webhook_id)
    wanted = DeliveryFilter(
        webhook_id=webhook.id,
        state=state,
        event_id=event_id,
        event_type=event_type,
        from_=from_,
        until=until,
    )
    page = await services.webhooks.deliveries.list(wanted, limit=limit, cursor=cursor)
    return await respond_page(page, webhook_delivery_view)


@router.get(
    "/{webhook_id}/deliveries/{delivery_id}",
    operation_id="getWebhookDelivery",
    summary="Get a delivery",
    response_class=Response,
    responses={200: {"model": WebhookDeliveryView}, **problems()},
)
async def get_webhook_delivery(
    webhook_id: PathId, delivery_id: PathId, services: Services, caller: WebhookKeeper
) -> Response:
    """One delivery."""
    await _seen(services, caller, webhook_id)
    return respond(webhook_delivery_view(await _delivery(services, webhook_id, delivery_id)))


@router.post(
    "/{webhook_id}/deliveries/{delivery_id}/replay",
    operation_id="replayWebhookDelivery",
    summary="Send one event once more",
    status_code=202,
    response_class=Response,
    responses={202: {"model": WebhookDeliveryView}, **problems(409)},
)
async def replay_webhook_delivery(
    webhook_id: PathId,
    delivery_id: PathId,
    request: Request,
    services: Services,
    caller: WebhookKeeper,
) -> Response:
    """As if it had just happened: at once, and then with all retries."""
    webhook = await _seen(services, caller, webhook_id)
    delivery = await _delivery(services, webhook_id, delivery_id)
    if not webhook.enabled:
        raise ApiProblem("webhook-off", "The webhook is switched off.")
    entry = _entry(services, caller, request, webhook, how="replayed", delivery=delivery_id)
    await services.webhooks.replay(webhook_id, delivery.number, entry)
    return _accepted(await _delivery(services, webhook_id, delivery_id))


async def _seen(
    services: ApiServices, caller: Caller, webhook_id: str, if_match: str | None = None
) -> Webhook:
    """Return a webhook within the caller's scope, at the version that `if_match` names, if any.

    Raises NotFoundError, ApiProblem `revision-changed`.
    """
    webhook = await services.webhooks.webhooks.get(webhook_id)
    if webhook is None or not caller.scope.has_group(webhook.group_id):
        raise NotFoundError("webhook", webhook_id)
    if expected_revision(if_match) not in {None, webhook.version}:
        raise ApiProblem("revision-changed", "The webhook was changed since it was read.")
    return webhook


async def _delivery(services: ApiServices, webhook_id: str, delivery_id: str) -> WebhookDelivery:
    number = delivery_number(delivery_id)
    found = None
    if number is not None:
        found = await services.webhooks.deliveries.get(webhook_id, number)
    if found is None:
        raise NotFoundError("delivery", delivery_id)
    return found


async def _check_body(services: ApiServices, caller: Caller, body: WebhookBody) -> None:
    """Raise InvalidError unless the types are known and the group is within reach."""
    for pattern in body.types:
        matching_types([pattern])
    if body.group_id is None and caller.scope.group_ids is None:
        return
    # Whoever sees some groups only may not have the events of all.
    check_group(caller, "group_id", body.group_id or "")
    if await services.repositories.directory.groups.get(body.group_id or "") is None:
        raise InvalidError("group_id", "no such group", kind="not-found")


def _check_range(body: ReplayBody) -> None:
    if (body.after is None) == (body.from_ is None):
        raise InvalidError(
            "after", "give either `after` or `from`", kind="choose-one", fields="after, from"
        )
    if body.until is None:
        return
    if body.from_ is None:
        raise InvalidError("until", "goes with `from` only", kind="goes-with", other="from")
    if body.until <= body.from_:
        raise InvalidError("until", "must be later than `from`", kind="not-after", other="from")


def _fields(body: WebhookBody) -> dict[str, Any]:
    return {
        "url": body.url,
        "types": list(dict.fromkeys(body.types)),
        "group_id": body.group_id,
        "description": body.description,
        "enabled": body.enabled,
    }


def _entry(
    services: ApiServices, caller: Caller, request: Request, webhook: Webhook, **detail: Any
) -> AuditEntry:
    subject = Subject(SubjectKind.WEBHOOK, webhook.id, webhook.group_id)
    return audit_entry(services, caller, request, AuditAction.WEBHOOK, subject, **detail)


def _shown(webhook: Webhook) -> Response:
    return respond(webhook_view(webhook), headers=etag(webhook.version))


def _with_secret(webhook: Webhook, secret: str, status: int) -> Response:
    headers = etag(webhook.version)
    if status == 201:
        headers["Location"] = f"/v1/webhooks/{webhook.id}"
    return respond({**webhook_view(webhook), "secret": secret}, status, headers)


def _accepted(delivery: WebhookDelivery) -> Response:
    location = f"/v1/webhooks/{delivery.webhook_id}/deliveries/{delivery.id}"
    return respond(webhook_delivery_view(delivery), 202, {"Location": location})
