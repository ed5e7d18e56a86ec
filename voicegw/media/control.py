"""What the node and a media worker say to each other: tagged msgspec structs, as msgpack.

One message a packet on a `SOCK_SEQPACKET` socket, carried out in the order sent. Commands with a
`request` number are answered by one message that carries it; all others are not answered. A worker
exits when the socket closes.
"""

from __future__ import annotations

from typing import Final

import msgspec

from voicegw.encryption import FileKey

MAX_MESSAGE_BYTES: Final = 65_536

MarkDetail = str | dict[str, str | int | float | None]


class Command(msgspec.Struct, tag=True, tag_field="t", array_like=True, frozen=True):
    """Base of what the node tells a worker."""


class Reply(msgspec.Struct, tag=True, tag_field="t", array_like=True, frozen=True):
    """Base of what a worker tells the node."""


class Ping(Command, frozen=True):
    """Ask for a :class:`Pong`."""

    request: int


class OpenSession(Command, frozen=True):
    """Open a session; answered by Done once its spool (if any) exists, or by Failed.

    With `capture_key`, the key of this one file, the spool is encrypted.
    """

    request: int
    session: int
    capture_path: str | None = None
    capture_header: dict[str, str | int | float | None] = {}
    capture_key: FileKey | None = None


class BindLeg(Command, frozen=True):
    """Open the sockets of a leg at `port` and `port` + 1; answered by Done or Failed.

    `host` decides between IPv4 and IPv6; `role` is the leg's number in the spool, `receive` what
    may arrive before an agreement. A leg that was bound before begins anew, on other ports.
    """

    request: int
    session: int
    leg: str
    role: int
    host: str
    port: int
    receive: dict[int, str]


class EndLeg(Command, frozen=True):
    """Close the sockets of a leg before its session ends; its figures are kept for Closed."""

    session: int
    leg: str


class SrtpKeys(msgspec.Struct, array_like=True, frozen=True):
    """The keys of a leg: `local` is what we send with, `remote` what the far end does."""

    suite: str
    local: bytes
    remote: bytes

    def __repr__(self) -> str:
        """Return what logs and tracebacks may show: never a key."""
        return f"SrtpKeys(suite={self.suite!r})"


class Negotiated(Command, frozen=True):
    """What was agreed on for a leg; opens a new window for learning its source.

    `srtp` None is plain sound.
    """

    session: int
    leg: str
    codec: str
    payload_type: int
    event_payload_type: int | None
    receive: dict[int, str]
    host: str
    port: int
    rtcp_host: str
    rtcp_port: int
    may_send: bool
    is_held: bool
    is_sending: bool
    event_clock_hz: int = 8000
    packet_ms: int = 20
    srtp: SrtpKeys | None = None


class ConnectLeg(Command, frozen=True):
    """`leg` hears `source` from now on."""

    session: int
    leg: str
    source: str


class ConnectMix(Command, frozen=True):
    """`leg` hears all of `sources`, added up, from now on."""

    session: int
    leg: str
    sources: list[str]


class PromptFile(msgspec.Struct, array_like=True, frozen=True):
    """One prompt: its name, the hash of its samples and its files by codec."""

    name: str
    digest: str
    files: dict[str, str]


class ConnectPlayback(Command, frozen=True):
    """`leg` hears `prompts` from now on."""

    session: int
    leg: str
    playback: str
    prompts: list[PromptFile]
    loop: bool = False


class Preload(Command, frozen=True):
    """Read prompts into memory before anybody needs them."""

    prompts: list[PromptFile]


class ConnectSilence(Command, frozen=True):
    """`leg` hears nothing from now on."""

    session: int
    leg: str


class Gather(Command, frozen=True):
    """While on, digits of `leg` are not relayed; with `tones` they are found in its sound, too."""

    session: int
    leg: str
    on: bool
    tones: bool = True


class Press(Command, frozen=True):
    """Send `digit` to `leg`."""

    session: int
    leg: str
    digit: str


class InfoPressed(Command, frozen=True):
    """`leg` sent `digit` by SIP INFO."""

    session: int
    leg: str
    digit: str


class Mark(Command, frozen=True):
    """Write a mark to the capture."""

    session: int
    kind: str
    detail: MarkDetail = ""


class CloseSession(Command, frozen=True):
    """End a session; answered by Closed."""

    request: int
    session: int


AnyCommand = (
    Ping
    | OpenSession
    | BindLeg
    | EndLeg
    | Negotiated
    | ConnectLeg
    | ConnectMix
    | ConnectPlayback
    | Preload
    | ConnectSilence
    | Gather
    | Press
    | InfoPressed
    | Mark
    | CloseSession
)


class Ready(Reply, frozen=True):
    """The worker's loop runs."""

    pid: int


class Pong(Reply, frozen=True):
    """Answer to Ping; the figures count from the worker's start."""

    request: int
    capture_dropped: int = 0


class Done(Reply, frozen=True):
    """A request was carried out."""

    request: int


class Failed(Reply, frozen=True):
    """A request could not be carried out; `errno` is the system's reason."""

    request: int
    errno: int
    reason: str


class Digit(Reply, frozen=True):
    """A digit was pressed on a leg; `method` is a DigitMethod's value."""

    session: int
    leg: str
    digit: str
    method: str


class PlaybackDone(Reply, frozen=True):
    """A playback reached its end; `heard` is false for one that could not be played."""

    session: int
    leg: str
    playback: str
    heard: bool = True


class LegSilent(Reply, frozen=True):
    """Nothing was received on a leg for the configured time."""

    session: int
    leg: str


class Figures(msgspec.Struct, array_like=True, frozen=True):
    """A leg's figures at the end: of what was received, except `sent`.

    `rejected` are packets that were not what their key says.
    """

    leg: str
    codec: str | None
    received: int
    sent: int
    expected: int
    jitter_ms: float
    round_trip_ms: float | None
    rejected: int = 0


class Closed(Reply, frozen=True):
    """Answer to CloseSession."""

    request: int
    figures: list[Figures]
    captured_packets: int
    dropped_packets: int
    capture_dropped_total: int


AnyReply = Ready | Pong | Done | Failed | Digit | PlaybackDone | LegSilent | Closed

encode: Final = msgspec.msgpack.Encoder().encode
command_decoder: Final = msgspec.msgpack.Decoder(AnyCommand)
reply_decoder: Final = msgspec.msgpack.Decoder(AnyReply)
