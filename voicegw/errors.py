"""The exception tree.

Every error the gateway raises on purpose derives from :class:`VoicegwError` and carries its facts
as attributes. `slug` is stable: it is what an API client, a log filter or a metric label may rely
on. The edges (HTTP, SIP, command line) map an error to their own code once; nothing below them
formats an answer.

    VoicegwError
    ├── ConfigError            the configuration can't be used; lists every problem with its mend
    ├── StartError             a part could not be started (port in use, store of another version)
    ├── PolicyError            a rule refuses a call; `slug` names the rule
    ├── NotFoundError          no such thing, or not for the one who asks
    ├── ConflictError          the request contradicts the present state
    ├── InvalidError           a value is not acceptable; names the field
    ├── DamagedLineError       a line of the journal is not what was written
    ├── StoreError
    │   ├── StoreUnavailableError   the database can't be reached or is locked
    │   └── StoreVersionError       the schema is of another version
    ├── SipError
    │   ├── MalformedMessageError   a peer sent what the grammar forbids
    │   └── SipStateError           the command does not fit the session's state
    ├── SdpError                    a session description can't be used
    ├── MediaError
    │   ├── NoMediaCapacityError    no port or no worker is free
    │   └── MediaSessionLostError   the worker that carried the session has died
    └── RecordingError
        ├── KeyMissingError             encrypted with a key that the key file does not hold
        ├── DamagedFileError            stored bytes are not those that were written
        └── StorageUnavailableError     the storage can't be reached; try again later
"""

from __future__ import annotations

from dataclasses import dataclass

from voicegw.field_faults import FaultKind, FaultParam, FieldFault


class VoicegwError(Exception):
    """Base of all errors raised on purpose. `slug` is a stable machine-readable name."""

    slug: str = "internal-error"


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong, where it is, and what mends it."""

    where: str
    what: str
    mend: str = ""

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" + (f"; {self.mend}" if self.mend else "")


class ConfigError(VoicegwError):
    """The configuration can't be used. `problems` lists all of them, never just the first."""

    slug = "config-invalid"

    def __init__(self, problems: list[Problem]) -> None:
        super().__init__("; ".join(str(p) for p in problems))
        self.problems = problems


class StartError(VoicegwError):
    """A part could not be started; `problem` tells the user what to mend."""

    slug = "start-failed"

    def __init__(self, problem: Problem) -> None:
        super().__init__(str(problem))
        self.problem = problem


class PolicyError(VoicegwError):
    """A rule refuses a call: `slug` names the rule, `retry_after_s` says when to try again."""

    def __init__(self, slug: str, detail: str, *, retry_after_s: int | None = None) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail
        self.retry_after_s = retry_after_s


class NotFoundError(VoicegwError):
    """The thing does not exist, or does not exist for the one who asks."""

    slug = "not-found"

    def __init__(self, kind: str, key: str) -> None:
        super().__init__(f"no such {kind}")
        self.kind = kind
        self.key = key


class ConflictError(VoicegwError):
    """The request contradicts the present state of `kind`."""

    def __init__(self, slug: str, detail: str) -> None:
        super().__init__(detail)
        self.slug = slug
        self.detail = detail


class InvalidError(VoicegwError):
    """A value is not acceptable. `field` names it, `message` says what was expected.

    `kind` and `params` say it to programs: :data:`~voicegw.field_faults.FAULT_KINDS`.
    """

    slug = "invalid"

    def __init__(
        self, field: str, message: str, *, kind: FaultKind = "other", **params: FaultParam
    ) -> None:
        super().__init__(f"{field}: {message}")
        self.fault = FieldFault(field, message, kind, params)

    @classmethod
    def of(cls, fault: FieldFault) -> InvalidError:
        """Return the error that tells of `fault`."""
        return cls(fault.field, fault.message, kind=fault.kind, **fault.params)

    @property
    def field(self) -> str:
        """The field, as a dotted path."""
        return self.fault.field

    @property
    def message(self) -> str:
        """What was expected, in English."""
        return self.fault.message


class DamagedLineError(VoicegwError):
    """A line of the journal is not what was written: its disk, or a person, has changed it."""

    slug = "journal-damaged"


class StoreError(VoicegwError):
    """Something about the database."""

    slug = "store-error"


class StoreUnavailableError(StoreError):
    """The database can't be reached, is locked or its disk is full. Try again later."""

    slug = "store-unavailable"


class StoreVersionError(StoreError):
    """The schema is of another version than this program's. `voicegw migrate` mends it."""

    slug = "store-version"

    def __init__(self, found: str | None, expected: str) -> None:
        super().__init__(f"store has schema {found or 'none'}, this program needs {expected}")
        self.found = found
        self.expected = expected


class SipError(VoicegwError):
    """Something about signalling."""

    slug = "sip-error"


class MalformedMessageError(SipError):
    """A peer sent what the grammar forbids.

    `status` is the code to answer with (400, 416, 505 …) where an answer is possible.
    """

    slug = "sip-malformed"

    def __init__(self, detail: str, *, status: int = 400) -> None:
        super().__init__(detail)
        self.detail = detail
        self.status = status


class SipStateError(SipError):
    """The command does not fit the session's state (answering an ended session, for example)."""

    slug = "sip-state"


class SdpError(VoicegwError):
    """A session description can't be parsed, or no common media exists (answer 488)."""

    slug = "sdp-unusable"


class InsecureSignallingError(SdpError):
    """Encrypted sound is required, and its keys would travel in plain sight (answer 488)."""

    slug = "srtp-needs-tls"

    def __init__(self, transport: str) -> None:
        super().__init__(f"media.srtp is required, and the signalling is {transport}, not tls")
        self.transport = transport


class MediaError(VoicegwError):
    """Something about sound."""

    slug = "media-error"


class NoMediaCapacityError(MediaError):
    """No port or no worker is free (answer 503)."""

    slug = "media-full"


class MediaSessionLostError(MediaError):
    """The worker that carried the session has died; its calls must end."""

    slug = "media-lost"


class RecordingError(VoicegwError):
    """A recording can't be made or kept."""

    slug = "recording-error"


class KeyMissingError(RecordingError):
    """A file is encrypted with a key that `recording.key_file` does not hold; nothing is lost."""

    slug = "key-missing"

    def __init__(self, key_id: str) -> None:
        super().__init__(f"the key {key_id} is not in recording.key_file")
        self.key_id = key_id


class DamagedFileError(RecordingError):
    """The bytes of a stored file are not those that were written. `detail` says where."""

    slug = "recording-damaged"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class StorageUnavailableError(RecordingError):
    """The storage of recordings can't be reached or refuses. Try again later."""

    slug = "storage-unavailable"

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail
