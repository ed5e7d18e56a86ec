"""Reads a form of which every field is known: what is unknown or repeated is refused by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Final

from starlette.datastructures import FormData
from starlette.requests import Request

from api.problems import ApiProblem
from voicegw.field_faults import FieldFault

_MOST_PARTS: Final = 32
"""Parts of a form that are looked at; one of more is no form for anything here."""


@asynccontextmanager
async def known_form(request: Request, *names: str) -> AsyncIterator[FormData]:
    """Read the multipart form of a request, with at most one file; its files end with the block.

    Raises ApiProblem `invalid` for fields other than `names` and for repeated ones, `bad-request`
    (the framework's own exception) for what is no form or has too many parts.
    """
    async with request.form(max_files=1, max_fields=_MOST_PARTS) as form:
        counted = Counter(name for name, _ in form.multi_items())
        wrong = [
            FieldFault(name, "given twice", "given-twice")
            if name in names
            else FieldFault(name or "form", "unknown field", "unknown-field")
            for name, count in counted.items()
            if name not in names or count > 1
        ]
        if wrong:
            raise ApiProblem("invalid", "A value is not acceptable.", errors=wrong)
        yield form
