"""Carries out commands to dial, as a configured integrator, by the code behind `POST /v1/calls`."""

from __future__ import annotations

import asyncio
import logging
import secrets
from typing import Any, Final

import msgspec

from api.access import Permission, demand
from api.auth import Principal
from api.commands.reading import Refused, id_of, read
from api.dependencies import Caller
from api.dialling import dialled
from api.errors import as_problem
from api.problems import ApiProblem, problem_document
from api.schemas.commands import CommandStatus, DialCommand
from api.services import ApiServices
from voicegw.errors import StoreUnavailableError, VoicegwError
from voicegw.events.mqtt.commands import Answer, Command
from voicegw.model.audit import AuditAction, AuditEntry, SubjectKind
from voicegw.model.directory import Role

_log = logging.getLogger(__name__)

PRINCIPAL: Final = "mqtt"
"""Who dials, in the audit log and for idempotency."""
_INSTANCE: Final = "/v1/commands/dial"
_IN_FLIGHT: Final = "idempotency-in-flight"
_IN_FLIGHT_TRIES: Final = 10
_IN_FLIGHT_S: Final = 0.3


class DialCommands:
    """Acts on commands; a :class:`voicegw.events.mqtt.commands.CommandHandler`."""

    def __init__(
        self, services: ApiServices, group_id: str | None, *, retry_s: float = _IN_FLIGHT_S
    ) -> None:
        """Act as an integrator who sees `group_id` and the groups below it; None: all groups.

        `retry_s` is how long to wait for a command that another node, or message, is acting on.
        """
        self._services = services
        self._retry_s = retry_s
        self._principal = Principal(PRINCIPAL, Role.INTEGRATOR, group_id)

    async def act(self, command: Command) -> Answer:
        """Start the call that `command` asks for, or say why not; raises nothing."""
        request_id = secrets.token_hex(12)
        found = read(command, self._services.clock.now(), self._services.options.region)
        if isinstance(found, Refused):
            return _refused(found.id, found.problem, request_id)
        try:
            call_id = await self._dial(found, request_id)
        except ApiProblem as problem:
            return _refused(found.id, problem, request_id)
        except VoicegwError as error:
            return _refused(found.id, as_problem(error), request_id)
        except Exception:  # noqa: BLE001 - logged whole, and answered
            _log.exception("command failed unexpectedly", extra={"request_id": request_id})
            fault = ApiProblem("internal-error", "The gateway could not carry out this command.")
            return _refused(found.id, fault, request_id)
        _log.info(
            "command accepted",
            extra={"command_id": found.id, "call_id": call_id, "request_id": request_id},
        )
        payload = {"id": found.id, "status": CommandStatus.ACCEPTED, "call_id": call_id}
        return Answer(found.id, CommandStatus.ACCEPTED, msgspec.json.encode(payload))

    def refuse(self, command: Command, code: str, detail: str) -> Answer:
        """Do nothing and say why, at once."""
        command_id = id_of(command.payload, self._services.options.region)
        return _refused(command_id, ApiProblem(code, detail), secrets.token_hex(12))

    async def _dial(self, command: DialCommand, request_id: str) -> str:
        """Return the call's id. Raises ApiProblem and VoicegwError; then nothing is dialled."""
        demand(self._principal, Permission.CALLS_START)
        caller = Caller(self._principal, await self._services.scopes.scope(self._principal))
        tries = _IN_FLIGHT_TRIES
        while True:
            try:
                answer = await dialled(command, self._services, caller, command.id)
                break
            except ApiProblem as problem:
                tries -= 1
                if problem.code != _IN_FLIGHT or not tries:
                    raise
                await asyncio.sleep(self._retry_s)
        call_id = str(msgspec.json.decode(answer.body)["id"])
        if "Idempotent-Replayed" not in answer.headers:
            await self._note(command.id, call_id, request_id)
        return call_id

    async def _note(self, command_id: str, call_id: str, request_id: str) -> None:
        entry = AuditEntry(
            at=self._services.clock.now(),
            principal=PRINCIPAL,
            role=Role.INTEGRATOR,
            action=AuditAction.CALL_COMMANDED,
            subject_kind=SubjectKind.CALL,
            subject=call_id,
            request_id=request_id,
            detail={"command_id": command_id},
        )
        try:
            await self._services.repositories.audit.note(entry)
        except StoreUnavailableError:
            # The call is on its way, and its own record tells of it.
            _log.warning("command not in the audit log", extra={"call_id": call_id})


def _refused(command_id: str | None, problem: ApiProblem, request_id: str) -> Answer:
    _log.info(
        "command refused",
        extra={"command_id": command_id, "code": problem.code, "request_id": request_id},
    )
    document = problem_document(
        status=problem.status,
        code=problem.code,
        detail=problem.detail,
        instance=_INSTANCE,
        request_id=request_id,
        errors=problem.errors,
    )
    payload: dict[str, Any] = {
        "id": command_id,
        "status": CommandStatus.REFUSED,
        "problem": document,
    }
    if "Retry-After" in problem.headers:
        payload["retry_after_s"] = int(problem.headers["Retry-After"])
    return Answer(command_id, problem.code, msgspec.json.encode(payload))
