"""In which form a report is answered: JSON, CSV or a workbook, and in which language its files are.

By `Accept` and `Accept-Language` (RFC 9110 §12.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from api.negotiation import preferred
from api.problems import ApiProblem
from voicegw.model.report import ReportTable
from voicegw.model.report_file import FileFormat, Language
from voicegw.reports.rendering import Renderer

_JSON: Final = "application/json"
_FORMATS: Final = {
    one.media_type.partition(";")[0]: one for one in (FileFormat.CSV, FileFormat.XLSX)
}
_VARY: Final = {"Vary": "Accept, Accept-Language"}
#: What OpenAPI tells of the answer of a report, beside its JSON.
FILE_CONTENT: Final[dict[str, Any]] = {
    "text/csv": {"schema": {"type": "string"}},
    FileFormat.XLSX.media_type: {"schema": {"type": "string", "format": "binary"}},
}


@dataclass(frozen=True, slots=True)
class ReportForm:
    """What is asked for; `format` None is JSON."""

    format: FileFormat | None
    language: Language


def report_form(request: Request) -> ReportForm:
    """Return the form that the client likes best. Raises ApiProblem `not-acceptable` for none."""
    wanted = preferred(request.headers.get("accept"), [_JSON, *_FORMATS])
    if wanted is None:
        raise ApiProblem("not-acceptable", "The report is available as JSON, CSV and XLSX.")
    return ReportForm(_FORMATS.get(wanted), language_of(request.headers.get("accept-language")))


def language_of(accept_language: str | None) -> Language:
    """Return the language that is liked best of those there are; English where none is."""
    if not accept_language:
        return Language.EN
    # Of `zh-CN` only the language counts: there is one kind of each.
    plain = ",".join(_primary(one) for one in accept_language.split(","))
    return Language(preferred(plain, [Language.EN, Language.ZH]) or Language.EN)


def _primary(one: str) -> str:
    tag, semicolon, weight = one.partition(";")
    return tag.strip().partition("-")[0] + semicolon + weight


async def file_response(
    renderer: Renderer,
    table: ReportTable,
    form: FileFormat,
    language: Language,
    *,
    for_excel: bool = False,
) -> Response:
    """Return `table` as a file to be saved. Raises RenderError."""
    content = await renderer.file(table, form, language, for_excel=for_excel)
    name = f"{table.kind}_{table.from_}_{table.until}.{form}"
    disposition = f'attachment; filename="{name}"'
    headers = {**_VARY, "Content-Disposition": disposition, "Content-Language": language}
    return Response(content, media_type=form.media_type, headers=headers)
