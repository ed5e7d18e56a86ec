"""`/v1/sms/templates`: what short messages say, for everybody and for groups of their own words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Final

from fastapi import APIRouter, Query, Request
from starlette.responses import Response

from api.access import Scope
from api.dependencies import Services, TaskReader, TaskTypeWriter, problems
from api.named_documents import NamedDocuments
from api.preconditions import (
    ETAG_HEADER,
    PUT_HEADERS,
    IfMatch,
)
from api.problems import ApiProblem
from api.schemas.base import Id, ListView, PathId
from api.schemas.sms_templates import SmsTemplateBody, SmsTemplateView
from api.services import ApiServices
from api.views import respond_page
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditAction, SubjectKind
from voicegw.model.sms_template import SmsKind, SmsTemplate
from voicegw.sms.shipped_texts import LANGUAGES, TEXT_RULES
from voicegw.sms.template_rules import parts_of, wrong_texts
from voicegw.sms.templates import line_above, text_of
from voicegw.store.paging import Page

router = APIRouter(prefix="/v1/sms/templates", tags=["tasks"])

OfGroup = Annotated[
    Id | None, Query(description="The texts of this group, and of those below it; else everybody's")
]
_PATH: Final = "/v1/sms/templates"
_ONE = {"model": SmsTemplateView, "headers": ETAG_HEADER}
_PUT = {"model": SmsTemplateView, "headers": PUT_HEADERS}


@router.get(
    "",
    operation_id="listSmsTemplates",
    summary="List texts of short messages",
    response_class=Response,
    responses={200: {"model": ListView[SmsTemplateView]}, **problems(404)},
)
async def list_sms_templates(
    services: Services, caller: TaskReader, group_id: OfGroup = None
) -> Response:
    """All kinds, on one page, with what is sent, what was put and what is shipped."""
    texts = await _Texts.read(services, caller.scope, group_id)
    page = Page([texts.put_or_none(kind) for kind in SmsKind], None)
    return await respond_page(page, texts.view)


@router.get(
    "/{kind}",
    operation_id="getSmsTemplate",
    summary="Get a text of short messages",
    response_class=Response,
    responses={200: _ONE, **problems()},
)
async def get_sms_template(
    kind: PathId, services: Services, caller: TaskReader, group_id: OfGroup = None
) -> Response:
    """One kind; nodes that send know within seconds what was put."""
    texts = await _Texts.read(services, caller.scope, group_id)
    return texts.documents(_kind(kind)).shown(texts.put_or_none(_kind(kind)))


@router.put(
    "/{kind}",
    operation_id="putSmsTemplate",
    summary="Put a text of short messages",
    response_class=Response,
    responses={200: _PUT, **problems(400, 403, 404, 412, 415)},
)
async def put_sms_template(
    *,
    kind: PathId,
    body: SmsTemplateBody,
    request: Request,
    services: Services,
    caller: TaskTypeWriter,
    group_id: OfGroup = None,
    if_match: IfMatch = None,
) -> Response:
    """In place of all that was put for the kind and group; messages that wait stay as they are.

    A text may hold the slots of its kind and no telephone number, and goes in few parts.
    """
    named = _kind(kind)
    texts = await _Texts.read(services, caller.scope, group_id)
    documents = texts.documents(named)
    if group_id is None:
        documents.check_caller(caller)
    given = body.texts.model_dump(exclude_none=True)
    wrong = wrong_texts(named, given)
    if wrong:
        raise ApiProblem("invalid", "A text is not acceptable.", errors=wrong)
    document = SmsTemplate(named, given, group_id)
    return await documents.put(services, caller, request, document, if_match=if_match)


@router.delete(
    "/{kind}",
    operation_id="deleteSmsTemplate",
    summary="Take back a text of short messages",
    status_code=204,
    response_class=Response,
    responses=problems(403, 404, 412),
)
async def delete_sms_template(
    *,
    kind: PathId,
    request: Request,
    services: Services,
    caller: TaskTypeWriter,
    group_id: OfGroup = None,
    if_match: IfMatch = None,
) -> Response:
    """The text of the group above holds again, or the shipped one; 404 where nothing was put."""
    texts = await _Texts.read(services, caller.scope, group_id)
    documents = texts.documents(_kind(kind))
    if group_id is None:
        documents.check_caller(caller)
    name = texts.put_or_none(_kind(kind)).name
    return await documents.delete(services, caller, request, name, if_match=if_match)


class _Texts:
    """What was put, as it is shown for one group, or for everybody."""

    def __init__(
        self,
        put: Mapping[str, SmsTemplate],
        group_id: str | None,
        parents: Mapping[str, str | None],
    ) -> None:
        self._put = put
        self._group_id = group_id
        self._line = line_above(group_id, parents)

    @classmethod
    async def read(cls, services: ApiServices, scope: Scope, group_id: str | None) -> _Texts:
        """Read them. Raises NotFoundError for a group that the caller does not see."""
        parents: dict[str, str | None] = {}
        if group_id is not None:
            groups = await services.repositories.directory.groups.all()
            parents = {group.id: group.parent_id for group in groups}
            if group_id not in parents or not scope.has_group(group_id):
                raise NotFoundError("group", group_id)
        return cls(await services.repositories.sms_templates.all(), group_id, parents)

    def put_or_none(self, kind: SmsKind) -> SmsTemplate:
        """Return what was put for a kind, without any text where nothing was."""
        empty = SmsTemplate(kind, {}, self._group_id)
        return self._put.get(empty.name, empty)

    def documents(self, kind: SmsKind) -> NamedDocuments[SmsTemplate]:
        """Return what writes a kind; that nothing was put counts as an empty text."""
        empty = SmsTemplate(kind, {}, self._group_id)
        return NamedDocuments(
            name="sms-template",
            words="Texts for everybody",
            path=_PATH,
            kind=SubjectKind.SMS_TEMPLATE,
            action=AuditAction.SMS_TEMPLATE,
            shipped={empty.name: empty},
            repository=lambda services: services.repositories.sms_templates,
            view=self.view,
            address=_address,
        )

    def view(self, template: SmsTemplate) -> dict[str, Any]:
        """Return what is told of a kind."""
        kind, rule = template.kind, TEXT_RULES[template.kind]
        put = {**self._put, template.name: template}
        texts = {one: text_of(put, kind, one, self._line) for one in LANGUAGES}
        return {
            "kind": kind,
            "group_id": template.group_id,
            "reader": rule.reader,
            "texts": texts,
            "own": {one: template.texts.get(one) for one in LANGUAGES},
            "shipped": dict(rule.shipped),
            "slots": [
                {"name": name, "is_needed": name in rule.needed, "sample": dict(sample)}
                for name, sample in rule.slots.items()
            ],
            "parts": {one: parts_of(kind, one, texts[one]) for one in LANGUAGES},
        }


def _kind(name: str) -> SmsKind:
    """Return the kind of this name. Raises NotFoundError."""
    try:
        return SmsKind(name)
    except ValueError:
        raise NotFoundError("sms-template", name) from None


def _address(template: SmsTemplate) -> str:
    of_group = "" if template.group_id is None else f"?group_id={template.group_id}"
    return f"{_PATH}/{template.kind}{of_group}"
