"""Spans of traces: what a request, a call, a posting consisted of, and how long each part took.

A port, pure: who is to have spans gives a :class:`Tracer` to :func:`install`
(:mod:`voicegw.otlp` is one). Until then every function here yields :data:`NO_SPAN` at the cost of a
look at a variable, and no library of traces is imported.

The current span is bound to the task, as ids of the log are (:mod:`voicegw.log_context`): a task
begins within the span of the task that made it. So a call is part of the trace of the request that
asked for it. A span is begun by what comes from outside (:func:`entry`); everything inside belongs
to a span that is there already, or is not told of at all. Attributes hold ids, kinds and counts:
no telephone number, no person's name, no text of an error.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from enum import Enum
from types import MappingProxyType
from typing import Final, Protocol

Attributes = Mapping[str, str | int | float | bool | None]
"""What is known of a span; None is left out."""
_NONE: Final[Attributes] = MappingProxyType({})


class Side(Enum):
    """Which part a span has in an exchange (OpenTelemetry's span kind)."""

    INTERNAL = "internal"
    SERVER = "server"
    CLIENT = "client"


class Span(Protocol):
    """Something that takes time."""

    @property
    def traceparent(self) -> str | None:
        """The span as W3C Trace Context §3.2 names it; None where nothing is traced."""
        ...

    @property
    def is_kept(self) -> bool:
        """Whether it will be sent: its trace is in the sample."""
        ...

    def note(self, attributes: Attributes) -> None:
        """Add to what is known of it."""
        ...

    def name(self, name: str) -> None:
        """Give it a better name than it was begun with."""
        ...

    def happened(self, what: str, at: datetime) -> None:
        """Note that something happened within it."""
        ...

    def failed(self, code: str) -> None:
        """It came to nothing, for the reason with this stable code."""
        ...

    def end(self, at: datetime | None = None) -> None:
        """It is over, now or since `at`. Harmless when it has been told before."""
        ...


class Tracer(Protocol):
    """Makes spans."""

    def begin(
        self,
        name: str,
        *,
        side: Side,
        parent: Span | str | None,
        links: Sequence[Span],
        at: datetime | None,
        attributes: Attributes,
    ) -> Span:
        """Begin a span, now or at `at`.

        `parent` is a span, or the `traceparent` of one elsewhere, which is passed over when it is
        malformed; None begins a trace.
        """
        ...


class _NoSpan:
    """Takes everything and keeps nothing."""

    traceparent: str | None = None
    is_kept = False

    def note(self, attributes: Attributes) -> None:
        del attributes

    def name(self, name: str) -> None:
        del name

    def happened(self, what: str, at: datetime) -> None:
        del what, at

    def failed(self, code: str) -> None:
        del code

    def end(self, at: datetime | None = None) -> None:
        del at


NO_SPAN: Final[Span] = _NoSpan()
_CURRENT: Final[ContextVar[Span | None]] = ContextVar("voicegw_span", default=None)


class _Installed:
    """The tracer of this process."""

    tracer: Tracer | None = None


def install(tracer: Tracer | None) -> None:
    """Have spans made by `tracer` from now on; None: there are none any more."""
    _Installed.tracer = tracer


def current() -> Span | None:
    """Return the span that this is part of; None where there is none, or nothing is traced."""
    return None if _Installed.tracer is None else _CURRENT.get()


def traceparent() -> str | None:
    """Return the current span as W3C Trace Context names it, for whoever goes on elsewhere."""
    span = current()
    return None if span is None else span.traceparent


@contextmanager
def entry(
    name: str,
    given: str | None = None,
    *,
    side: Side = Side.INTERNAL,
    attributes: Attributes = _NONE,
) -> Iterator[Span]:
    """Be in a span of what came from outside: of the trace of `given`, else of a new one."""
    with _inside(name, given, (), side, attributes) as span:
        yield span


@contextmanager
def child(
    name: str, *, side: Side = Side.INTERNAL, attributes: Attributes = _NONE
) -> Iterator[Span]:
    """Be in a part of the current span; in nothing where there is none."""
    parent = current()
    if parent is None:
        yield NO_SPAN
        return
    with _inside(name, parent, (), side, attributes) as span:
        yield span


@contextmanager
def for_all(spans: Sequence[Span], name: str, *, attributes: Attributes = _NONE) -> Iterator[Span]:
    """Be in what is done for all of `spans` at once: a part of the first, linked to the others.

    Those that are not kept count for nothing.
    """
    kept = [span for span in spans if span.is_kept]
    if not kept:
        yield NO_SPAN
        return
    with _inside(name, kept[0], kept[1:], Side.INTERNAL, attributes) as span:
        yield span


def past(
    name: str,
    began: datetime,
    ended: datetime,
    *,
    attributes: Attributes = _NONE,
    happened: Mapping[str, datetime | None] = MappingProxyType({}),
) -> None:
    """Tell of a part of the current span that is over, and of what happened within it."""
    tracer, parent = _Installed.tracer, current()
    if tracer is None or parent is None:
        return
    span = tracer.begin(
        name, side=Side.INTERNAL, parent=parent, links=(), at=began, attributes=attributes
    )
    for what, at in happened.items():
        if at is not None:
            span.happened(what, at)
    span.end(ended)


@contextmanager
def _inside(
    name: str,
    parent: Span | str | None,
    links: Sequence[Span],
    side: Side,
    attributes: Attributes,
) -> Iterator[Span]:
    tracer = _Installed.tracer
    if tracer is None:
        yield NO_SPAN
        return
    span = tracer.begin(name, side=side, parent=parent, links=links, at=None, attributes=attributes)
    token = _CURRENT.set(span)
    try:
        yield span
    finally:
        _CURRENT.reset(token)
        span.end()
