"""Seals a node's recordings as they become final, and signs the head of the chain.

The work waits in the store, put there by the transaction that made the recording final; it is taken
from there by the transaction that appends the seal. So each recording is sealed once, in order,
whenever the node is killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Final, Protocol

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from recordings.integrity.chain import head_document, next_seal
from recordings.integrity.keys import KeyFolder, key_record
from recordings.integrity.signature import Signer
from recordings.integrity.verification import check_recording
from voicegw.clock import Clock
from voicegw.errors import RecordingError, StartError, StoreError
from voicegw.events.factory import EventFactory
from voicegw.model.recording import Recording, RecordingStatus
from voicegw.model.seal import ChainHead, Seal, SealHead
from voicegw.store.seals import SealRepository

logger = logging.getLogger(__name__)

ALERT_CHAIN: Final = "seal-chain-changed"
"""Raised while the store's chain does not go on from the last head the node has signed."""
ALERT_KEY: Final = "seal-key-unusable"
"""Raised while the end of the chain can't be signed; recordings are sealed all the same."""
ALERT_ALTERED: Final = "recording-altered"
"""Raised when a recording is sealed again, and is not what was sealed first. Kept."""
ALERT_LOST: Final = "seal-key-lost"
"""Raised when the node signs with a key that none of its former ones vouches for. Kept."""
_KEPT: Final = (ALERT_ALTERED, ALERT_LOST)
"""Alerts that stay raised, over restarts, until their file is removed from the folder of keys."""
_LATE: Final = timedelta(days=1)
"""A recording that is sealed so long after it began gets its head at once: of one that is older
than two days a dossier's script wants to see it."""
_NAMED: Final = 5
"""How many altered recordings an alert names; the log names all."""


@dataclass(frozen=True, slots=True)
class SealerOptions:
    """How often things are done, in seconds. `batch` seals are appended in a transaction at most.

    A head is signed every `head_s`, if there are new seals, and when the sealer starts and stops;
    at once for a recording that is sealed more than a day after it began.
    """

    every_s: float = 1.0
    head_s: float = 3600.0
    batch: int = 100


class ChainChangedError(RecordingError):
    """The store's chain is not the one whose head this node has signed: it must not sign it.

    `number` is the seal that the last signed head named.
    """

    slug = "seal-chain-changed"

    def __init__(self, number: int) -> None:
        """Name the seal."""
        super().__init__(f"seal {number} is not what was signed")
        self.number = number


class Alert(Protocol):
    """Raises or clears an alert."""

    def __call__(self, slug: str, raised: bool, detail: str = "") -> None:
        """Say whether `slug` holds."""
        ...


def _no_alert(slug: str, raised: bool, detail: str = "") -> None:
    pass


class Sealer:
    """Seals the recordings of one node. Order of use: `start`, `stop`."""

    def __init__(
        self,
        seals: SealRepository,
        keys: KeyFolder,
        node: str,
        clock: Clock,
        events: EventFactory,
        *,
        options: SealerOptions = SealerOptions(),
        on_alert: Alert = _no_alert,
    ) -> None:
        """Nothing is read or written before `start`; `on_alert` is told from then on."""
        self._on_alert = on_alert
        self._seals = seals
        self._keys = keys
        self._node = node
        self._clock = clock
        self._events = events
        self._options = options
        self._task: asyncio.Task[None] | None = None
        self._signed = 0
        self._untold: str | None = None
        """An altered recording that was sealed, and why it is one, until the alert is raised."""
        self._unkept: dict[str, str] = {}
        """Altered recordings and why they are, until the alert of them is in the folder of keys."""
        self._is_late = False
        """Whether a seal was made that is to be signed at once."""
        self.sealed = 0
        """How many seals were appended since the start."""
        self.waiting = 0
        """How many recordings waited for their seal when last asked."""

    async def start(self) -> None:
        """Make a key where there is none, and begin; the present head is signed soon after.

        Raises StartError when the key can't be used, StoreUnavailableError.
        """
        await ensure_key(self._seals, self._keys, self._node, self._clock)
        last = await self._seals.last_head(self._node)
        self._signed = 0 if last is None else last.number
        self._task = asyncio.create_task(self._run(), name="sealer")

    async def stop(self) -> None:
        """Seal what waits, sign the head, and end; what the store refuses waits for the next."""
        if self._task is None:
            return
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        self._task = None
        with contextlib.suppress(StoreError):
            await self.seal_all()
            await self._try_to_sign()  # no alert: nobody takes events any more
        await self._keep_alert()

    async def seal_all(self) -> None:
        """Seal every recording that waits. Raises StoreUnavailableError; what is done is done."""
        batch = self._options.batch
        looked_at = batch
        while looked_at == batch:
            altered: dict[str, str] = {}
            make = partial(self._next, altered)
            looked_at, sealed = await self._seals.seal_waiting(self._node, batch, make)
            self.sealed += sealed
            if altered:
                await self._keep_altered(altered)
        self.waiting = await self._seals.waiting(self._node)

    async def sign_head(self) -> SealHead | None:
        """Sign where the chain ends and tell of it; None when nothing was sealed since the last.

        The key is read each time, so that a new one is used from the next head on. Raises
        StartError when it can't be used, ChainChangedError, StoreUnavailableError.
        """
        head = await self._seals.head(self._node)
        await self._check_continued()
        if head.number <= self._signed:
            return None
        signer = await ensure_key(self._seals, self._keys, self._node, self._clock)
        now = self._clock.now()
        document = head_document(head, now, signer)
        signed = SealHead(self._node, head.number, now, document)
        await self._seals.add_head(signed, self._events.sealed(self._node, document))
        await asyncio.to_thread(self._keys.keep_head, document)
        self._signed = head.number
        logger.info("head of the chain signed", extra={"node": self._node, "seals": head.number})
        return signed

    async def _try_to_sign(self) -> str | None:
        """Sign the head if there is a new one; return the alert to raise when that can't be."""
        try:
            await self.sign_head()
        except StartError as error:
            logger.error("head of the chain not signed", extra={"why": error.problem.what})
            return ALERT_KEY
        except ChainChangedError as error:
            logger.error("chain not signed: it was changed", extra={"seal": error.number})
            return ALERT_CHAIN
        return None

    async def _check_continued(self) -> None:
        """Raise ChainChangedError unless the chain holds the seal of the last head signed here."""
        kept = await asyncio.to_thread(self._keys.kept_head)
        if kept is None or kept["head"].get("node") != self._node:
            return
        number, digest = kept["head"]["seals"], kept["head"]["hash"]
        found = await self._seals.page(self._node, number - 1, 1)
        if not found or (found[0].number, found[0].hash) != (number, digest):
            raise ChainChangedError(number)

    def _next(
        self,
        altered: dict[str, str],
        recording: Recording,
        earlier: Sequence[Seal],
        head: ChainHead,
    ) -> Seal | None:
        """Return a recording's next seal; one that is not what was sealed is put into `altered`.

        It is sealed all the same: the seal proves when it was altered at the latest.
        """
        try:
            seal = next_seal(recording, earlier, head, self._clock.now())
        except ValueError:
            # It can't be written down exactly. It must not keep the others from being sealed, and
            # verification names it as unsealed.
            logger.exception("recording not sealed", extra={"recording_id": recording.id})
            return None
        if seal is not None and (wrong := check_recording(recording, earlier, waiting=True)):
            altered[recording.id] = wrong[0].detail
        began = recording.created_at
        # A record that was altered may tell a time without its zone: nothing can be said of it.
        if seal is not None and _tells_first(earlier) and began.tzinfo is not None:
            self._is_late |= self._clock.now() - began > _LATE
        return seal

    async def _keep_altered(self, altered: dict[str, str]) -> None:
        """Keep the alert of altered recordings (why, by id): they are not sealed once more."""
        for recording_id, why in altered.items():
            facts = {"recording_id": recording_id, "why": why}
            logger.error("recording sealed that is not what was sealed first", extra=facts)
        self._untold = _named(altered)
        self._unkept |= altered
        if (error := await self._keep_alert()) is not None:
            logger.error("alert not kept", extra={"why": error.problem.what})

    async def _keep_alert(self) -> StartError | None:
        """Write what is not kept yet of altered recordings; return why that can't be."""
        if self._unkept:
            try:
                detail = _named(self._unkept)
                await asyncio.to_thread(self._keys.keep_alert, ALERT_ALTERED, detail)
            except StartError as error:
                return error
            self._unkept = {}
        return None

    async def _run(self) -> None:
        signed_at_s = float("-inf")
        while True:
            await asyncio.sleep(self._options.every_s)
            try:
                await self.seal_all()
                if self._untold is not None:
                    self._on_alert(ALERT_ALTERED, True, self._untold)
                    self._untold = None
                is_due = self._clock.monotonic() - signed_at_s >= self._options.head_s
                if is_due or self._is_late:
                    wrong = await self._try_to_sign()
                    self._is_late = False
                    for slug in (ALERT_CHAIN, ALERT_KEY):
                        self._on_alert(slug, slug == wrong)
                    await self._keep_alert()
                    kept = await asyncio.to_thread(self._keys.alerts)
                    if self._unkept:
                        # Full or broken as the disk may be: nobody seals it a third time.
                        kept.setdefault(ALERT_ALTERED, _named(self._unkept))
                    for slug in _KEPT:
                        self._on_alert(slug, slug in kept, kept.get(slug, ""))
                    signed_at_s = self._clock.monotonic()
            except StoreError as error:
                logger.info("sealing put off", extra={"why": error.slug})
            except Exception:
                # One recording that trips over a defect must not end the sealing of all.
                logger.exception("sealing failed")


def _named(altered: Mapping[str, str]) -> str:
    """Return the detail of an alert of altered recordings (why, by id)."""
    return "; ".join(f"{name}: {why}" for name, why in list(altered.items())[:_NAMED])


def _tells_first(earlier: Sequence[Seal]) -> bool:
    """Whether no seal before told of a recording that was made; one that failed may be yet."""
    facts = earlier[0].document.get("recording") if earlier else None
    return not isinstance(facts, dict) or facts.get("status") == RecordingStatus.FAILED


async def ensure_key(seals: SealRepository, folder: KeyFolder, node: str, clock: Clock) -> Signer:
    """Return the node's signing key, made where there is none, its public half in the store.

    One that comes after others, and that none of them has signed, is an alert that is kept.
    Raises StartError when the key can't be read or written, StoreUnavailableError.
    """
    signer = await asyncio.to_thread(folder.load)
    if signer is None:
        private = Ed25519PrivateKey.generate()
        await asyncio.to_thread(folder.save, private)
        signer = Signer(private)
        logger.info("signing key made", extra={"key_id": signer.key_id})
    known = await _known_keys(seals, folder)
    if signer.key_id not in known:
        former = await asyncio.to_thread(_former_keys, signer.key_id, known, node, folder)
        if former:
            # Whoever trusts an older key of this node has nothing that vouches for the new one.
            # Kept before the key is known: from then on it looks like any other.
            logger.error("signing key replaced by another", extra={"key_id": signer.key_id})
            detail = f"{signer.key_id} follows {', '.join(former)}, and is signed by none of them"
            await asyncio.to_thread(folder.keep_alert, ALERT_LOST, detail)
        record = key_record(signer, node, clock.now(), None)
        await seals.add_key(record)
        await asyncio.to_thread(folder.keep_record, record)
    return signer


def _former_keys(present: str, known: Mapping[str, str], node: str, folder: KeyFolder) -> list[str]:
    """Return the keys that the node had before `present`, by what the store and its folder tell.

    A public key alone says nothing: a node may have been killed before it ever signed with it.
    """
    found = {key_id for key_id, of in known.items() if of == node}
    found |= {record.key_id for record in folder.records()}
    kept = folder.kept_head()
    if kept is not None and kept["head"].get("node") == node:
        found.add(str(kept["head"].get("key_id")))
    # It may have signed already, and be unknown to a store that is older or another.
    return sorted(found - {present})


async def _known_keys(seals: SealRepository, folder: KeyFolder) -> dict[str, str]:
    """Return the nodes of all keys in the store, once it has those that the folder tells of.

    A store that was brought back may be older than some of them.
    """
    records = {key.key_id: key for key in await seals.keys()}
    kept = {key.key_id: key for key in await asyncio.to_thread(folder.records)}
    own = await asyncio.to_thread(folder.public_keys)
    for record in [records[key_id] for key_id in records.keys() & own.keys() - kept.keys()]:
        await asyncio.to_thread(folder.keep_record, record)  # of an earlier version
    for record in [kept[key_id] for key_id in kept.keys() & own.keys() - records.keys()]:
        logger.warning("signing key brought back to the store", extra={"key_id": record.key_id})
        await seals.add_key(record)
    return {key.key_id: key.node for key in [*records.values(), *kept.values()]}


async def rotate_key(
    seals: SealRepository, folder: KeyFolder, node: str, clock: Clock
) -> tuple[Signer, Signer]:
    """Make a new signing key that the present one vouches for; return the old and the new one.

    The running node uses it from its next head on. Raises StartError, StoreUnavailableError.
    """
    before = await ensure_key(seals, folder, node, clock)
    private = Ed25519PrivateKey.generate()
    signer = Signer(private)
    # The store first: a key that is used without being vouched for would be nobody's.
    record = key_record(signer, node, clock.now(), before)
    await seals.add_key(record)
    await asyncio.to_thread(folder.keep_record, record)
    await asyncio.to_thread(folder.save, private)
    return before, signer
