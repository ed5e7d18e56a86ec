"""When a request is sent again, and after which pause. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from voicegw.client.problems import NoAnswerError, ProblemError

#: Refusals that tell something of the customer or the hour: whoever asked decides what follows.
_NOT_BY_ITSELF: Final = frozenset({"customer-rate", "quiet-hours", "login-locked"})
#: What a proxy answers when the gateway behind it can't.
_PROXY: Final = frozenset({502, 504})


@dataclass(frozen=True, slots=True)
class Retries:
    """How often and how long a client tries by itself.

    A request that may be repeated is one that has the same effect however often it comes: reads,
    `PUT`, `DELETE`, and a `POST` with an Idempotency-Key.
    """

    attempts: int = 4
    """How often a request is sent at most, the first time included."""
    first_pause_s: float = 0.5
    """The pause before the second attempt; it doubles each time."""
    longest_pause_s: float = 30
    """A Retry-After beyond this is not waited for: the problem is raised with it."""
    stream_attempts: int = 20
    """How often a stream of events is opened in vain before it is given up: over 5 minutes."""

    def after_failure(self, attempt: int, *, repeatable: bool, was_sent: bool) -> float | None:
        """Return the pause in seconds after a broken connection; None: give up."""
        if attempt >= self.attempts or (was_sent and not repeatable):
            return None
        return self._pause_s(attempt)

    def after_problem(
        self, attempt: int, problem: ProblemError, *, repeatable: bool
    ) -> float | None:
        """Return the pause in seconds after a refusal; None: raise it."""
        if attempt >= self.attempts or problem.code in _NOT_BY_ITSELF:
            return None
        waiting_helps = (
            problem.status == 429
            or (problem.status in _PROXY and repeatable)
            or (problem.status == 503 and repeatable)
            or problem.code == "idempotency-in-flight"
        )
        if not waiting_helps:
            return None
        pause_s = max(self._pause_s(attempt), problem.retry_after_s or 0)
        return pause_s if (problem.retry_after_s or 0) <= self.longest_pause_s else None

    def _pause_s(self, attempt: int) -> float:
        return min(self.first_pause_s * float(2 ** (attempt - 1)), self.longest_pause_s)


class Reconnecting:
    """Tells when a stream that broke is opened again."""

    def __init__(self, retries: Retries) -> None:
        """Nothing has failed yet."""
        self._retries = replace(retries, attempts=retries.stream_attempts)
        self._failures = 0

    def worked(self) -> None:
        """Note that something came: the next failure is a first one."""
        self._failures = 0

    def pause_s(self, error: NoAnswerError | ProblemError | None) -> float | None:
        """Return the pause before opening it again; None: give up.

        `error` is why it ended; None: the gateway asks to come back.
        """
        self._failures += 1
        if isinstance(error, ProblemError):
            return self._retries.after_problem(self._failures, error, repeatable=True)
        return self._retries.after_failure(self._failures, repeatable=True, was_sent=True)
