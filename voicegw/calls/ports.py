"""What running calls need of the world, as ports; `voicegw.app` injects the real parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from voicegw.directory.match import CallerMatch
from voicegw.identity import Presentation
from voicegw.journal.entries import Entry
from voicegw.media.engine import Prompt
from voicegw.model.directory import Customer, Group, Hotline, Manager
from voicegw.model.recording import Recording
from voicegw.sip.events import SessionEnded, SessionListener
from voicegw.sip.session_uac import UacSession
from voicegw.sip.trunk import Trunk
from voicegw.sip.wire import Peer


class Journal(Protocol):
    """Where a call writes what it has done."""

    def append(self, entry: Entry) -> int:
        """Write one entry at once (no fsync) and return its position. Never waits for the store.

        Raises OSError when the disk refuses; the caller decides what that means for the call.
        """
        ...

    async def committed(self, position: int, *, urgent: bool = True) -> None:
        """Wait until everything up to `position` is in the store; hasten it when `urgent`.

        Raises StoreUnavailableError when the store does not take it within the configured time.
        """
        ...


class PromptLibrary(Protocol):
    """Spoken sentences and tones by name."""

    def prompt(self, name: str, language: str = "zh") -> Prompt:
        """Return the prompt; raises NotFoundError when neither `language` nor `zh` has it."""
        ...


class Speaker(Protocol):
    """Names of the prompts that numbers and callers are spoken from, in the node's language."""

    def speaking(self, language: str) -> Speaker:
        """Return one that speaks `language`; itself where nobody knows its numbers."""
        ...

    def digits(self, text: str) -> tuple[str, ...]:
        """Return the digits of a number or a code, one by one."""
        ...

    def queue_position(self, ahead: int) -> tuple[str, ...]:
        """Return how many wait before a caller."""
        ...

    def estimated_wait(self, seconds: float) -> tuple[str, ...]:
        """Return how long a caller will wait."""
        ...

    def who_calls(
        self, class_: str | None, last_digits: str, *, known: bool = True
    ) -> tuple[str, ...]:
        """Return what a manager hears of a caller: the class, and the number's last digits."""
        ...


class DirectoryLookup(Protocol):
    """Finds people and hotlines; answers from memory while the store is away."""

    async def hotline_by_number(self, number: str) -> Hotline | None:
        """Return the hotline with this normalised number."""
        ...

    async def hotline(self, hotline_id: str) -> Hotline | None:
        """Return a hotline by id."""
        ...

    async def default_hotline(self, group_id: str) -> Hotline | None:
        """Return the hotline that calls of `group_id` show: its own first, else its parents'."""
        ...

    async def area_code(self, group_id: str) -> str | None:
        """Return what completes local numbers in this group, without the leading 0."""
        ...

    async def groups_above(self, group_id: str) -> Sequence[Group]:
        """Return the group and all above it, nearest first; nothing for one that isn't there."""
        ...

    async def caller(self, number: str, *, recent_days: int = 14) -> CallerMatch:
        """Return who calls from this normalised number, and the owner.

        Contacts more than `recent_days` ago count for nothing.
        """
        ...

    async def manager(self, manager_id: str) -> Manager | None:
        """Return a manager by id."""
        ...

    async def customer(self, customer_id: str) -> Customer | None:
        """Return a customer by id."""
        ...

    async def manager_by_number(self, number: str) -> Manager | None:
        """Return the manager one of whose phones has this normalised number."""
        ...

    async def manager_by_user(self, user: str) -> Manager | None:
        """Return the manager one of whose telephones registers here as `user`."""
        ...

    async def manager_by_staff_no(self, staff_no: str) -> Manager | None:
        """Return the manager with this staff number."""
        ...

    async def customer_by_code(self, code: str) -> Customer | None:
        """Return the customer whom managers dial by `code`."""
        ...

    async def manager_by_extension(self, name: str) -> Manager | None:
        """Return the manager whom a telephone calls `name`: a number, a user or a staff number."""
        ...


class RecordingDesk(Protocol):
    """Takes captures over when their calls end."""

    def ready(self) -> bool:
        """Whether there is room to record (the disk, the key); refusals depend on it."""
        ...

    def submit(self, recording: Recording) -> None:
        """Have the capture of a finished call made into a recording. Never waits."""
        ...


@dataclass(frozen=True, slots=True)
class Target:
    """A telephone to ring: a normalised `number` by trunk, or the address of record `aor` here.

    `max_forwards` is how many more hops the call may take; what came in by some has fewer left.
    With `is_urgent` no place and no rate of a trunk holds it up.
    """

    number: str | None = None
    aor: str | None = None
    max_forwards: int = 70
    is_urgent: bool = False


class Route(Protocol):
    """One way to reach a target: a trunk, or the contacts registered here."""

    @property
    def name(self) -> str:
        """The trunk's name; `registrar` for a phone registered here."""
        ...

    @property
    def codecs(self) -> Sequence[str] | None:
        """What it may be offered, best first; None: all that the node carries."""
        ...

    @property
    def peer(self) -> Peer:
        """Where its INVITEs go; the transport decides what may stand in a description."""
        ...

    @property
    def delay_s(self) -> float:
        """How long to wait, once a place is taken, before the INVITE may leave."""
        ...

    def serves(self, host: str) -> bool:
        """Whether `host`, named by a redirection of this route's, belongs to it."""
        ...

    def take(self) -> bool:
        """Take a place on the route; False when it is full."""
        ...

    def give_back(self) -> None:
        """Give the place back."""
        ...

    def prepare(
        self, target: Target, presentation: Presentation, sdp: str, listener: SessionListener
    ) -> UacSession:
        """Build the INVITE without sending it, so that the journal can hold it first."""
        ...


class Router(Protocol):
    """Chooses the ways to a target."""

    def routes(self, target: Target, presentation: Presentation) -> Sequence[Route]:
        """Return the ways in the order to try; empty when there is none that may be used."""
        ...

    def trunk_codecs(self) -> frozenset[str]:
        """Return the codecs that trunks list, all together: what a call to a number may have."""
        ...

    def reserve(self, numbers: Sequence[str], presentation: Presentation) -> Reservation | None:
        """Take a place on a trunk for each of `numbers`, the first of which is dialled at once.

        The answer is the router of the call these places are for. None, with nothing taken, when
        there are not as many.
        """
        ...

    def has_room(self, numbers: Sequence[str], presentation: Presentation) -> bool:
        """Whether there are places on trunks for calls to `numbers` now; takes none."""
        ...

    def arrive(self, trunk: Trunk) -> bool:
        """Take a place for a call that `trunk` has brought; False when it is full."""
        ...

    def depart(self, trunk: Trunk) -> None:
        """Give back the place of a call that `trunk` had brought."""
        ...

    def may_fail_over(self, ended: SessionEnded) -> bool:
        """Whether the next route may be tried after this end (never once it rang)."""
        ...


class Reservation(Router, Protocol):
    """The router of a call that has places on trunks already, which its routes use."""

    @property
    def delay_s(self) -> float:
        """How long a trunk's rate makes the call wait before its first INVITE may leave."""
        ...

    def give_back(self) -> None:
        """Give back the places that were not used; harmless when repeated."""
        ...
