"""A provider that is a message centre: SMPP 3.4 by aiosmpplib, the extra `voicegw[smpp]`.

The library binds, keeps the binding alive and binds again; joins and splits long messages. It is
not given a log: it would write whole messages, with their numbers, into it.
"""

from __future__ import annotations

import asyncio
import logging
from typing import Final, Protocol

from aiosmpplib import (
    ESME,
    NPI,
    TON,
    AbstractHook,
    DeliverSm,
    GenericNack,
    PhoneNumber,
    SmppCommandStatus,
    SmppMessage,
    SmppSessionState,
    SubmitSm,
    SubmitSmResp,
)
from aiosmpplib.correlator import SimpleCorrelator

from voicegw.errors import StoreError
from voicegw.sms.provider import Accepted, Outcome, Outgoing, Refused
from voicegw.sms.terms import SmppTerms

_log = logging.getLogger(__name__)

_SILENT: Final = logging.CRITICAL + 10
_UDH: Final = 0b0100_0000
"""Long messages go in parts that telephones join (TS 23.040 §9.2.3.24.1)."""
_RECEIPTS_S: Final = 3600.0
_LOOK_S: Final = 0.05
#: The centre has too much to do, or is not well: the message is none the worse (§5.1.3).
_BUSY: Final = frozenset(
    {
        SmppCommandStatus.ESME_RSYSERR,
        SmppCommandStatus.ESME_RMSGQFUL,
        SmppCommandStatus.ESME_RTHROTTLED,
    }
)
_DELIVERED: Final = frozenset({"DELIVRD"})
_FAILED: Final = frozenset({"UNDELIV", "EXPIRED", "REJECTD", "DELETED", "UNKNOWN"})


class Inbox(Protocol):
    """Takes what comes from the centre; a StoreError has the centre send it again."""

    async def report(self, provider_id: str, failure: str | None) -> None:
        """Note that a message has arrived, or not for `failure`."""
        ...

    async def reply(self, sender: str, text: str) -> None:
        """Write down what somebody has answered."""
        ...


class _Session(ESME):  # type: ignore[misc]  # untyped
    """The library's, but connections that are over are closed, not left to the collector."""

    async def connect(self) -> None:
        """Bind, on a new connection."""
        if self._writer is not None:
            self._writer.close()
        await super().connect()

    async def _disconnect(self) -> None:
        writer = self._writer
        await super()._disconnect()
        if writer is not None:
            writer.close()


class SmppProvider(AbstractHook):  # type: ignore[misc]  # untyped
    """One binding, as transceiver. Must be made within a running loop."""

    def __init__(self, terms: SmppTerms, inbox: Inbox) -> None:
        """Begin to bind, and go on trying."""
        self._terms = terms
        self._inbox = inbox
        self._asked: dict[str, asyncio.Future[Outcome]] = {}
        self._esme = _Session(
            terms.host,
            terms.port,
            terms.system_id,
            terms.password,
            system_type=terms.system_type,
            enquire_link_interval=terms.enquire_s,
            log_level=_SILENT,
            log_handler=logging.NullHandler(),
            hook=self,
            correlator=SimpleCorrelator(terms.system_id or "voicegw", max_ttl_delivery=_RECEIPTS_S),
            socket_timeout=terms.timeout_s,
        )
        self._task = asyncio.create_task(self._esme.start(), name="smpp")

    async def send(self, message: Outgoing) -> Outcome:
        """Hand over one message, once; nothing is left behind for later."""
        answer: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(self._terms.timeout_s):
                await self._until_bound()
                self._asked[message.id] = answer
                await self._esme.broker.enqueue(self._submit(message))
                return await answer
        except TimeoutError:
            return Refused("timeout" if message.id in self._asked else "unreachable")
        finally:
            self._asked.pop(message.id, None)

    async def _until_bound(self) -> None:
        # The library tells nobody when it is.
        while self._esme.session_state is not SmppSessionState.BOUND_TRX:  # noqa: ASYNC110
            await asyncio.sleep(_LOOK_S)

    def _submit(self, message: Outgoing) -> SubmitSm:
        terms = self._terms
        return SubmitSm(
            short_message=message.text,
            source=PhoneNumber(terms.source, TON(terms.source_ton), NPI(terms.source_npi)),
            destination=PhoneNumber(message.to.removeprefix("+"), TON.INTERNATIONAL, NPI.ISDN),
            esm_class=_UDH,
            auto_message_payload=False,
            log_id=message.id,
        )

    async def close(self) -> None:
        """Unbind."""
        try:
            async with asyncio.timeout(self._terms.timeout_s):
                await self._esme.stop()
        except TimeoutError:
            _log.info("the message centre did not answer to unbinding")
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)

    # -- called by the library -------------------------------------------------------------------

    async def sending(self, smpp_message: SmppMessage, pdu: bytes, client_id: str) -> None:
        """Nothing is to be seen to."""

    async def received(
        self,
        smpp_message: SmppMessage | None,
        pdu: bytes,  # noqa: ARG002 - the library's signature
        client_id: str,  # noqa: ARG002 - the library's signature
    ) -> None:
        """Take an answer, a receipt or a reply.

        Raises ConnectionAbortedError where it can't be written down.
        """
        if isinstance(smpp_message, SubmitSmResp):
            self._answered(smpp_message.log_id, _outcome(smpp_message))
        elif isinstance(smpp_message, GenericNack):
            self._answered(smpp_message.log_id, Refused("not-understood", is_permanent=True))
        elif isinstance(smpp_message, DeliverSm):
            try:
                await self._take(smpp_message)
            except StoreError as error:
                # As a lost connection: the centre is not answered, and will send it again.
                raise ConnectionAbortedError("not written down") from error

    async def send_error(
        self,
        smpp_message: SmppMessage,
        error: Exception,
        client_id: str,  # noqa: ARG002 - the library's signature
    ) -> None:
        """Take that a message could not be sent."""
        if isinstance(smpp_message, SubmitSm):
            is_permanent = isinstance(error, ValueError)
            reason = "not-encodable" if is_permanent else "connection-lost"
            self._answered(smpp_message.log_id, Refused(reason, is_permanent))

    def _answered(self, message_id: str, outcome: Outcome) -> None:
        answer = self._asked.get(message_id)
        if answer is not None and not answer.done():
            answer.set_result(outcome)

    async def _take(self, message: DeliverSm) -> None:
        if not message.is_receipt():
            await self._inbox.reply(message.source.number, message.short_message)
            return
        receipt = message.parse_receipt()
        state, provider_id = str(receipt.get("stat", "")), str(receipt.get("id", ""))
        if provider_id and state in _DELIVERED | _FAILED:
            failure = None if state in _DELIVERED else state.lower()
            await self._inbox.report(provider_id, failure)


def _outcome(answer: SubmitSmResp) -> Outcome:
    status = answer.command_status
    if status is SmppCommandStatus.ESME_ROK:
        return Accepted(answer.message_id or None)
    return Refused(f"smpp-{int(status):#x}", status not in _BUSY)
