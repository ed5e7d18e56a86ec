"""Session timers: asking now and then whether the far end is still there (RFC 4028). Pure.

One side of a session, the refresher, sends a request each half interval; both sides end a session
whose interval has run out. Without it a telephone that lost its network in mid-call, on hold above
all, would occupy its line for hours.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from voicegw.sip.headers import HeaderValue
from voicegw.sip.message import Request, Response
from voicegw.sip.timers import Timer

if TYPE_CHECKING:
    from voicegw.sip.exchange import SessionHost

TIMER: Final = "timer"
"""The option tag (§7.1)."""
LEAST_MIN_SE_S: Final = 90
"""No side may ask for a shorter interval, and Min-SE means this when it is absent (§5)."""
#: What a far end answers against the rules is obeyed down to here, so that none can drive us.
_SHORTEST_S: Final = 30
#: A far end may not make us wait longer than this by 422.
_LONGEST_MIN_SE_S: Final = 7200
#: A refresh that was refused is tried again while at least so much is left.
_LAST_TRY_S: Final = 10
_MAX_LENGTHENED: Final = 3
_EXPIRES: Final = re.compile(r"\s*([0-9]{1,9})\s*(?:;(.*))?", re.DOTALL)
_REFRESHER: Final = re.compile(r"(?:^|;)\s*refresher\s*=\s*(uac|uas)\s*(?:;|$)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class SessionTimerValues:
    """What this node wants, in seconds. `expires_s` 0: it asks for no timer, but keeps others'."""

    expires_s: int = 0
    min_se_s: int = LEAST_MIN_SE_S

    def too_short(self, request: Request) -> bool:
        """Whether the request wants shorter intervals than we bear: answer 422 with Min-SE (§9).

        Only who knows session timers can make sense of a 422.
        """
        wanted = _expires_of(request)
        return wanted is not None and wanted[0] < self.min_se_s and _knows_timers(request)


class SessionTimer:
    """The timer of one session, whatever side of it we are. Runs from each 2xx to the next."""

    def __init__(
        self,
        host: SessionHost,
        *,
        refresh: Callable[[], None],
        expired: Callable[[], None],
    ) -> None:
        """`refresh` is called when it is our turn to ask, `expired` when it is time for BYE."""
        self._host = host
        self._values = host.session_timers
        self._refresh = refresh
        self._expired = expired
        self._min_se_s = self._values.min_se_s
        self._interval_s: int | None = None
        self._we_refresh = False
        self._asked_s = 0
        self._lengthened = 0
        self._ends_at = 0.0
        self._asking: Timer | None = None
        self._ending: Timer | None = None

    @property
    def interval_s(self) -> int | None:
        """The interval agreed on; None while there is none."""
        return self._interval_s

    # For requests of ours.

    def wanted(self) -> list[tuple[str, HeaderValue]]:
        """Return what an INVITE or UPDATE of ours says (§7.1, §7.4)."""
        headers: list[tuple[str, HeaderValue]] = []
        self._asked_s = self._interval_s or self._values.expires_s
        if self._asked_s:
            self._asked_s = max(self._asked_s, self._min_se_s)
            refresher = ""
            if self._interval_s is not None:
                refresher = ";refresher=uac" if self._we_refresh else ";refresher=uas"
            headers.append(("Session-Expires", f"{self._asked_s}{refresher}"))
        if self._min_se_s > LEAST_MIN_SE_S:
            headers.append(("Min-SE", self._min_se_s))
        return headers

    def lengthen(self, response: Response) -> list[tuple[str, HeaderValue]]:
        """Return what the request that got this 422 says in its next attempt (§7.3).

        Empty when there is nothing to be tried: no Min-SE, one that was obeyed before, or one
        beyond reason.
        """
        least_s = _number(response.header("Min-SE"))
        if least_s is None or not self._min_se_s < least_s <= _LONGEST_MIN_SE_S:
            return []
        if self._lengthened >= _MAX_LENGTHENED or not self._asked_s:
            return []
        self._lengthened += 1
        self._min_se_s = least_s
        return self.wanted()

    def agreed(self, response: Response) -> None:
        """Take the 2xx to an INVITE or UPDATE of ours (§7.2).

        A far end that does not know session timers is asked by UPDATE where it allows that; where
        it does not, there is no timer, because a re-INVITE is more than the simplest can take.
        """
        self._lengthened = 0
        given = _expires_of(response)
        if given is not None:
            self._run(max(given[0], _SHORTEST_S), we_refresh=given[1] != "uas")
            return
        if self._asked_s and allows(response, "UPDATE"):
            self._run(self._asked_s, we_refresh=True)
        else:
            self.stop()

    def refused(self) -> None:
        """Our refresh was refused: try again while the interval lasts (§10)."""
        left_s = self._ends_at - self._host.now
        if self._asking is not None:
            self._asking.cancel()
        self._asking = None
        if self._we_refresh and self._interval_s is not None and left_s > _LAST_TRY_S:
            self._asking = self._host.call_later(left_s / 2, self._refresh)

    # For requests of theirs.

    def accept(self, request: Request) -> list[tuple[str, HeaderValue]]:
        """Begin anew with a request of theirs and return what our 2xx says (§9).

        The caller has seen to it that the interval is not :meth:`SessionTimerValues.too_short`.
        Where the far end knows timers, and leaves it to us, it refreshes itself.
        """
        knows = _knows_timers(request)
        wanted = _expires_of(request)
        least_s = max(_number(request.header("Min-SE")) or 0, self._values.min_se_s)
        if wanted is not None and wanted[0] >= LEAST_MIN_SE_S:
            # It may be made shorter, down to Min-SE, never longer.
            ours_s = self._values.expires_s
            interval_s = min(wanted[0], max(ours_s, least_s)) if ours_s else wanted[0]
            we_refresh = not knows or wanted[1] == "uas"
        elif wanted is None and self._values.expires_s and (knows or allows(request, "UPDATE")):
            interval_s = max(self._values.expires_s, least_s)
            we_refresh = not knows
        else:
            self.stop()
            return []
        self._run(interval_s, we_refresh=we_refresh)
        refresher = "uas" if we_refresh else "uac"
        headers: list[tuple[str, HeaderValue]] = [
            ("Session-Expires", f"{interval_s};refresher={refresher}")
        ]
        if knows:
            headers.append(("Require", TIMER))
        return headers

    # Both.

    def stop(self) -> None:
        """There is no timer any more."""
        self._interval_s = None
        self._cancel()

    def close(self) -> None:
        """The session is over. Whom to call is forgotten, so that no ring is left to collect."""
        self.stop()
        self._refresh = self._expired = _nobody

    def _run(self, interval_s: int, *, we_refresh: bool) -> None:
        self._cancel()
        self._interval_s = interval_s
        self._we_refresh = we_refresh
        # A BYE leaves before the interval is over, so that it arrives while both still hold (§10).
        lasts_s = interval_s - min(32, interval_s / 3)
        self._ends_at = self._host.now + lasts_s
        self._ending = self._host.call_later(lasts_s, self._expired)
        if we_refresh:
            self._asking = self._host.call_later(interval_s / 2, self._refresh)

    def _cancel(self) -> None:
        for timer in (self._asking, self._ending):
            if timer is not None:
                timer.cancel()
        self._asking = self._ending = None


def _nobody() -> None:
    """Stand in for a session that is over."""


def allows(message: Request | Response, method: str) -> bool:
    """Whether the sender says to understand `method` (Allow; RFC 3261 §20.5)."""
    return method in message.allow


def _knows_timers(request: Request) -> bool:
    return TIMER in request.supported or TIMER in request.require


def _expires_of(message: Request | Response) -> tuple[int, str | None] | None:
    """Return interval and refresher; what can't be read counts as absent."""
    found = _EXPIRES.fullmatch(message.header("Session-Expires") or "")
    if found is None:
        return None
    refresher = _REFRESHER.search(found[2] or "")
    return int(found[1]), refresher[1].lower() if refresher is not None else None


def _number(value: str | None) -> int | None:
    found = _EXPIRES.fullmatch(value or "")
    return None if found is None else int(found[1])
