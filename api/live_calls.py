"""Finding a call for the one who asks, and doing something to it while it runs."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import msgspec
from starlette.requests import Request
from starlette.responses import Response

from api.audit import note_done
from api.dependencies import Caller
from api.problems import ApiProblem
from api.services import ApiServices
from api.views import call_view, respond
from voicegw.errors import NotFoundError
from voicegw.model.audit import AuditEntry
from voicegw.model.call import Call


async def seen_call(services: ApiServices, caller: Caller, call_id: str) -> Call:
    """Return a call as it is now. Raises NotFoundError when the caller may see no such call."""
    call = services.control.live(call_id) or await services.repositories.calls.get(call_id)
    if call is None or not caller.scope.has(call.group_id, call.manager_id):
        raise NotFoundError("call", call_id)
    return call


async def at_live_call(
    request: Request,
    services: ApiServices,
    caller: Caller,
    call_id: str,
    act: Callable[[str], Awaitable[Call]],
    *,
    entry: AuditEntry,
    over: str,
    status: int = 200,
) -> Response:
    """Do something to a live call, note it, and answer with the call.

    One that runs on another node is that node's to answer. `over` is the code of the problem when
    the call has ended. Raises NotFoundError when the caller may see no such call, what `act` raises
    and what :meth:`api.peers.PeerNodes.pass_on` does.
    """
    found = await seen_call(services, caller, call_id)
    try:
        call = await act(call_id)
    except NotFoundError as missing:
        if missing.kind != "call":
            raise
        if found.is_final:
            raise ApiProblem(over, "The call is over.") from None
        return await services.peers.pass_on(request, found.node)
    await note_done(services, msgspec.structs.replace(entry, group_id=found.group_id))
    return respond(call_view(call, caller.role), status)
