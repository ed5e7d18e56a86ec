"""Files on this node's disk as answers: whole, in ranges, or unchanged since the last time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from api.problems import ApiProblem
from api.ranges import RangeNotSatisfiableError, requested_range

CHUNK_BYTES: Final = 1 << 18


async def file_response(
    request: Request, path: Path, *, media_type: str, etag: str, name: str
) -> Response:
    """Answer with the file at `path` to be saved as `name`, as far as `request` asks for it.

    `etag` comes without quotes. Raises FileNotFoundError, ApiProblem `range-not-satisfiable`.
    """
    size_bytes = (await asyncio.to_thread(path.stat)).st_size
    quoted = f'"{etag}"'
    headers = {
        "Accept-Ranges": "bytes",
        "ETag": quoted,
        "Cache-Control": "private, no-cache",
        "Content-Disposition": f'attachment; filename="{name}"',
    }
    known = request.headers.get("if-none-match")
    if known is not None and quoted in {tag.strip() for tag in known.split(",")}:
        return Response(status_code=304, headers=headers)
    try:
        part = requested_range(
            request.headers.get("range"),
            size_bytes,
            if_range=request.headers.get("if-range"),
            etag=quoted,
        )
    except RangeNotSatisfiableError:
        raise ApiProblem(
            "range-not-satisfiable",
            "The range lies outside the file.",
            headers={"Content-Range": f"bytes */{size_bytes}", "Accept-Ranges": "bytes"},
        ) from None
    start, stop = (part.start, part.stop) if part is not None else (0, size_bytes)
    if part is not None:
        headers["Content-Range"] = part.content_range
    headers["Content-Length"] = str(stop - start)
    status = 200 if part is None else 206
    if request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=media_type)
    # The iterator is synchronous, so each chunk is read in a thread.
    return StreamingResponse(
        _read(path, start, stop), status_code=status, headers=headers, media_type=media_type
    )


def _read(path: Path, start: int, stop: int) -> Iterator[bytes]:
    with path.open("rb") as stream:
        stream.seek(start)
        left = stop - start
        while left > 0:
            chunk = stream.read(min(left, CHUNK_BYTES))
            if not chunk:
                return
            left -= len(chunk)
            yield chunk
