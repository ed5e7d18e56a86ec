"""`/r/{token}`: the page of a one-time link; who has it tells the result of one talk, once.

The token is all that is needed, and no cookie counts: there is nothing that another site's page
could have a browser do here.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Path, Request
from starlette.datastructures import FormData, UploadFile
from starlette.responses import HTMLResponse, Response

from api import result_page
from api.dependencies import Services
from api.result_page import Asked
from api.services import ApiServices
from voicegw.errors import ConflictError, InvalidError, NotFoundError, StoreUnavailableError
from voicegw.model.sms import SmsMessage
from voicegw.model.task import ResultSource
from voicegw.sms.answers import MAX_NOTE
from voicegw.sms.texts import Texts
from voicegw.tasks.asking import link_hash
from voicegw.tasks.telling import Matter, Told

router = APIRouter(prefix="/r", include_in_schema=False)

Token = Annotated[str, Path(min_length=22, max_length=22, pattern=r"^[A-Za-z0-9_-]{22}$")]
_MOST_FIELDS: Final = 8
_LONGEST_TIME: Final = 32
_TELLING_TAKES: Final = timedelta(minutes=1)
"""So long at most a link may be taken without anything being told."""


@router.get("/{token}", response_class=Response)
async def show_question(token: Token, request: Request, services: Services) -> Response:
    """Show the form; looking at it, as a program may that draws previews, uses nothing up."""
    language = _language(request)
    try:
        message, matter = await _found(services, token)
    except NotFoundError:
        return _answer(language, "gone", 410)
    except StoreUnavailableError:
        return _answer(language, "busy", 503)
    asked = await _asked(services, message, matter, language)
    return HTMLResponse(result_page.question(language, asked), headers=dict(result_page.HEADERS))


@router.post("/{token}", response_class=Response)
async def take_answer(token: Token, request: Request, services: Services) -> Response:
    """Tell the result; then the link leads nowhere."""
    language = _language(request)
    try:
        message, matter = await _found(services, token)
    except NotFoundError:
        return _answer(language, "gone", 410)
    except StoreUnavailableError:
        return _answer(language, "busy", 503)
    async with request.form(max_files=0, max_fields=_MOST_FIELDS) as form:
        asked = await _asked(services, message, matter, language, form)
    try:
        problem = await _tell(services, message, matter, asked)
    except NotFoundError:
        return _answer(language, "gone", 410)
    if problem in {"closed", "contact-missing"}:
        return _answer(language, problem, 409)
    if problem is not None:
        wrong = Asked(
            asked.customer, asked.results, asked.code, asked.note, asked.again_at, problem
        )
        page = result_page.question(language, wrong)
        return HTMLResponse(page, 422, headers=dict(result_page.HEADERS))
    return _answer(language, "saved", 200)


async def _tell(
    services: ApiServices, message: SmsMessage, matter: Matter, asked: Asked
) -> str | None:
    """Tell what was entered; return the name of what is wrong with it, None for nothing.

    Of two who tell at the same moment one is heard: the link is taken before anything is told, and
    given back when that could not be. Raises NotFoundError for the other one.
    """
    telling = services.messaging.telling
    named = next((one for one in asked.results if one.code == asked.code), None)
    if named is None:
        return "choose"
    try:
        at = _time(asked.again_at, services)
    except ValueError:
        return "time"
    what = Told(named.code, asked.note, telling.again_at(matter, named, at))
    replies, taken_at = services.messaging.replies, services.clock.now()
    if message.answered_at is not None:
        await replies.not_answered(message, message.answered_at)
    if not await replies.answered(message, taken_at):
        raise NotFoundError("link", "")
    try:
        await telling.tell(message, matter, what, ResultSource.LINK)
    except (InvalidError, ConflictError) as error:
        await replies.not_answered(message, taken_at)
        return _problem(error)
    return None


def _problem(error: InvalidError | ConflictError) -> str:
    """Return what the page says of a result that was not taken."""
    if isinstance(error, InvalidError):
        return "reason" if error.field == "reason" else "choose"
    if error.slug == "exception-needed":
        return "exception"
    return "contact-missing" if error.slug == "contact-missing" else "closed"


def _time(text: str, services: ApiServices) -> datetime | None:
    """Return the time to come that was entered, by the clock of the configured zone.

    Raises ValueError.
    """
    if not text:
        return None
    at = datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(services.messaging.timezone))
    if at <= services.clock.now():
        raise ValueError("it is past")
    return at


async def _found(services: ApiServices, token: str) -> tuple[SmsMessage, Matter]:
    """Return what the link is about. Raises NotFoundError when it leads nowhere any more."""
    now = services.clock.now()
    message = await services.messaging.replies.by_link(link_hash(token))
    if message is None or message.asked_until is None or message.asked_until <= now:
        raise NotFoundError("link", "")
    matter = await services.messaging.telling.matter(message)
    if matter is None:
        raise NotFoundError("link", "")
    taken_at = message.answered_at
    # Taken and nothing told: a node that died just then has not used the link up.
    if taken_at is not None and (matter.is_told or now < taken_at + _TELLING_TAKES):
        raise NotFoundError("link", "")
    return message, matter


async def _asked(
    services: ApiServices,
    message: SmsMessage,
    matter: Matter,
    language: str,
    form: FormData | None = None,
) -> Asked:
    customers = services.repositories.directory.customers
    known = None if message.customer_id is None else await customers.get(message.customer_id)
    return Asked(
        Texts(language).customer(
            None if known is None else known.name, matter.call.customer_number
        ),
        matter.results,
        code=_field(form, "code", MAX_NOTE),
        note=_field(form, "note", MAX_NOTE),
        again_at=_field(form, "again_at", _LONGEST_TIME),
    )


def _field(form: FormData | None, name: str, longest: int) -> str:
    value = "" if form is None else form.get(name, "")
    return "" if isinstance(value, UploadFile) else value.replace("\x00", "").strip()[:longest]


def _language(request: Request) -> str:
    return result_page.language_of(request.headers.get("accept-language", ""))


def _answer(language: str, name: str, status: int) -> Response:
    headers = dict(result_page.HEADERS)
    return HTMLResponse(result_page.message(language, name), status, headers=headers)
