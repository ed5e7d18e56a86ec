"""What client and server transactions share: states, timers, and the layer as they see it."""

from __future__ import annotations

import logging
from abc import ABC, abstractmethod
from collections import Counter
from enum import StrEnum
from typing import Literal, Protocol

from voicegw.sip.timers import Timer, TimerAction, TimerQueue, TimerValues
from voicegw.sip.wire import Peer

logger = logging.getLogger(__name__)

FailureReason = Literal["timeout", "transport"]


class TransactionState(StrEnum):
    """States of RFC 3261 §17 and RFC 6026 §7; not every machine has every state."""

    CALLING = "calling"
    TRYING = "trying"
    PROCEEDING = "proceeding"
    COMPLETED = "completed"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    TERMINATED = "terminated"


class TransactionHost(Protocol):
    """What a transaction needs of the layer that keeps it."""

    values: TimerValues
    timers: TimerQueue
    counters: Counter[str]

    def transmit(self, peer: Peer, data: bytes) -> None:
        """Queue a transmission."""
        ...

    def forget(self, transaction: Transaction) -> None:
        """Drop a terminated transaction from all indexes."""
        ...


class Transaction(ABC):
    """State, timers and the end of a transaction.

    At most two timers run at a time: one that repeats something, one that ends something.
    `context` belongs to the user.
    """

    __slots__ = ("_ending", "_host", "_repeating", "context", "peer", "state")

    def __init__(
        self, host: TransactionHost, peer: Peer, state: TransactionState, context: object
    ) -> None:
        """`peer` is where this transaction sends to."""
        self._host = host
        self._repeating: Timer | None = None
        self._ending: Timer | None = None
        self.peer = peer
        self.state = state
        self.context = context

    @property
    def is_reliable(self) -> bool:
        """Whether the transport itself repeats what is lost."""
        return self.peer.transport != "udp"

    @property
    def is_terminated(self) -> bool:
        """Whether the transaction is over and forgotten by the layer."""
        return self.state is TransactionState.TERMINATED

    def terminate(self) -> None:
        """End now, without telling anyone. A second time is harmless."""
        if self.state is TransactionState.TERMINATED:
            return
        self._stop_timers()
        self._set_state(TransactionState.TERMINATED)
        self._host.forget(self)

    @abstractmethod
    def transport_failed(self, now: float) -> None:
        """What this transaction sent did not leave."""

    @abstractmethod
    def connection_lost(self, now: float) -> None:
        """The connection has closed; what was sent over it last may not have arrived."""

    def _set_state(self, state: TransactionState) -> None:
        logger.debug(
            "transaction changes state",
            extra={"kind": type(self).__name__, "from": self.state, "to": state},
        )
        self.state = state

    def _repeat_after(self, delay_s: float, now: float, action: TimerAction) -> None:
        if self._repeating is not None:
            self._repeating.cancel()
        self._repeating = self._host.timers.set(now + delay_s, action)

    def _end_after(self, delay_s: float, now: float, action: TimerAction) -> None:
        if self._ending is not None:
            self._ending.cancel()
        self._ending = self._host.timers.set(now + delay_s, action)

    def _linger(self, delay_s: float, now: float) -> None:
        """Terminate after `delay_s`; at once when there is nothing to wait for."""
        if delay_s > 0:
            self._end_after(delay_s, now, self._lingered)
        else:
            self.terminate()

    def _lingered(self, now: float) -> None:  # noqa: ARG002 - a timer's action
        self.terminate()

    def _stop_repeating(self) -> None:
        if self._repeating is not None:
            self._repeating.cancel()
            self._repeating = None

    def _stop_timers(self) -> None:
        self._stop_repeating()
        if self._ending is not None:
            self._ending.cancel()
            self._ending = None
