"""`voicegw check`: everything a node needs, tried without starting one."""

from __future__ import annotations

import asyncio
import errno
import json
import shutil
import socket
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import asdict
from pathlib import Path

import typer

from config import Settings
from config.checks import Idle, without_effect
from config.values import parse_host_port, parse_listen
from ivr.flow.checker import check
from ivr.prompts import PromptLibrary
from recordings.network.book_file import load_book
from voicegw.cli.broker_check import broker_problems
from voicegw.cli.failures import problems_of
from voicegw.cli.people_check import people_problems
from voicegw.cli.sms_check import mail_problems, sms_problems
from voicegw.cli.storage_check import all_storage_problems
from voicegw.cli.trunk_check import ServerAnswer, ask_trunks, silent_trunks
from voicegw.clock import SystemClock
from voicegw.errors import ConfigError, MediaError, Problem, StartError, VoicegwError
from voicegw.media.rtpengine import ping
from voicegw.setup.calendar import unknown_holidays
from voicegw.setup.flows import prompt_names
from voicegw.setup.integrity import key_folder
from voicegw.setup.tls import RENEW_DAYS, ending, tls_contexts
from voicegw.setup.transcription import missing_model
from voicegw.sip.tls import TlsContexts
from voicegw.store.database import Database
from voicegw.store.directory import DirectoryRepository
from voicegw.store.flows import FlowRepository

#: The key that names the folder in which recordings are made, by whether they leave it again.
_STORAGE_KEY = {False: "recording.storage", True: "recording.local_dir"}


def run_check(settings_of: Callable[[], Settings], *, as_json: bool) -> int:
    """Print every problem with its place and mend; return 0 when there is none, else 1.

    Notes tell of settings that have no effect, and of what recordings wait for; they are no
    problems. Of each trunk it is told what its servers have answered.
    """
    notes: list[Idle] = []
    answers: list[ServerAnswer] = []
    certificate: str | None = None
    model: str | None = None
    holidays: str | None = None
    try:
        settings = settings_of()
        notes = without_effect(settings)
        certificate = _ending_certificate(settings)
        model = missing_model(settings)
        holidays = unknown_holidays(settings, SystemClock().now())
        problems = asyncio.run(_collect(settings, answers))
    except ConfigError as error:
        problems = error.problems
    if as_json:
        found = {
            "ok": not problems,
            "problems": [asdict(problem) for problem in problems],
            "trunks": [asdict(answer) for answer in answers],
            "notes": [
                *(asdict(note) for note in notes),
                *([{"key": "sip.tls_cert", "note": certificate}] if certificate else []),
                *([{"key": "transcription.model", "note": model}] if model else []),
                *([{"key": "calendar.holidays", "note": holidays}] if holidays else []),
            ],
        }
        typer.echo(json.dumps(found, ensure_ascii=False))
    else:
        told = [str(problem) for problem in problems]
        for line in map(str, answers):
            # What is a problem is told once, with its mend.
            if not any(problem.startswith(line) for problem in told):
                typer.echo(line)
        for problem in told:
            typer.echo(problem)
        for note in notes:
            typer.echo(f"note: {note.key} has no effect: {note.instead}")
        if certificate:
            typer.echo(f"note: sip.tls_cert {certificate}")
        if model:
            typer.echo(f"note: recordings will wait for their transcript: {model}")
        if holidays:
            typer.echo(f"note: {holidays}")
        typer.echo(f"{len(problems)} problem(s)" if problems else "all is well")
    return 1 if problems else 0


async def find_problems(settings: Settings, answers: list[ServerAnswer]) -> AsyncIterator[Problem]:
    """Yield everything that would keep a node with these settings from working.

    What trunks have answered is added to `answers`.
    """
    for problem in _folders(settings):
        yield problem
    for problem in await _store(settings):
        yield problem
    for problem in await asyncio.to_thread(all_storage_problems, settings):
        yield problem
    for problem in _signing_key(settings):
        yield problem
    for problem in _announcements(settings):
        yield problem
    for problem in await asyncio.to_thread(_prompts, settings):
        yield problem
    for problem in _ports(settings):
        yield problem
    senders = (sms_problems, mail_problems)
    for look_at in (_flows, _rtpengine, broker_problems, people_problems, *senders):
        for problem in await look_at(settings):
            yield problem
    contexts: TlsContexts | None = None
    try:
        contexts = tls_contexts(settings)
    except ConfigError as error:
        for problem in error.problems:
            yield problem
    asked = await ask_trunks(settings, contexts)
    answers.extend(asked)
    for problem in silent_trunks(asked):
        yield problem


def _ending_certificate(settings: Settings) -> str | None:
    """Return how long the certificate for TLS is valid, when it should have been renewed."""
    try:
        contexts = tls_contexts(settings)
    except ConfigError:
        return None
    return None if contexts is None else ending(contexts.expires_at, time.time(), RENEW_DAYS)


async def _collect(settings: Settings, answers: list[ServerAnswer]) -> list[Problem]:
    return [problem async for problem in find_problems(settings, answers)]


def _folders(settings: Settings) -> Iterator[Problem]:
    folders = {
        "node.data_dir": settings.node.data_dir,
        "recording.spool_dir": settings.recording.spool_dir,
        _STORAGE_KEY[settings.recording.is_remote]: settings.storage_dir,
    }
    for key, folder in folders.items():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=folder):
                free_bytes = shutil.disk_usage(folder).free
        except OSError as error:
            what = f"{folder} can't be written ({error.strerror or error})"
            yield Problem(key, what, "create it for the user that runs voicegw")
            continue
        is_recorded = settings.recording.enabled and key != "node.data_dir"
        if is_recorded and free_bytes < settings.recording.min_free_bytes:
            what = f"{folder} has {free_bytes / 1e9:.1f} GB free, less than min_free_bytes"
            yield Problem(key, what, "free some, or calls that must be recorded are refused")


async def _store(settings: Settings) -> list[Problem]:
    try:
        database = await Database.open(settings.store.url)
        await database.close()
    except (VoicegwError, OSError) as error:
        return problems_of(error)
    return []


def _signing_key(settings: Settings) -> list[Problem]:
    """Return what is wrong with the key that signs seals; none is no problem: one is made."""
    try:
        key_folder(settings).load()
    except StartError as error:
        return [error.problem]
    return []


def _announcements(settings: Settings) -> list[Problem]:
    try:
        load_book(Path(settings.network.announcements) if settings.network.announcements else None)
    except ConfigError as error:
        return error.problems
    return []


def _prompts(settings: Settings) -> list[Problem]:
    own = Path(settings.media.prompts_dir) if settings.media.prompts_dir else None
    with tempfile.TemporaryDirectory() as cache:
        library = PromptLibrary(Path(cache), own=own)
        try:
            library.load()
        except (VoicegwError, OSError) as error:
            return problems_of(error)
        return [*library.check(), *_speech(settings)]


def _speech(settings: Settings) -> list[Problem]:
    command = settings.speech.command
    if not command or shutil.which(command[0]) is not None:
        return []
    what = f"{command[0]} is not installed here"
    return [Problem("speech.command", what, "install it, or leave the command empty")]


async def _flows(settings: Settings) -> list[Problem]:
    """Return what is wrong with the flows in force, and the hotlines that name one that is not."""
    names = prompt_names(settings)
    problems: list[Problem] = []
    try:
        database = await Database.open(settings.store.url)
    except (VoicegwError, OSError):
        return []  # told of as the store's
    try:
        repository = FlowRepository(database)
        heads = await repository.heads()
        for name in sorted(heads):
            flow = await repository.newest(name)
            if flow is not None:
                checked = check(flow.source, names, default_language=settings.media.language)
                problems += checked.problems(f"flow {name}@{flow.version}")
        for hotline in await DirectoryRepository(database).hotlines.all():
            if hotline.flow is not None and hotline.flow not in heads:
                what = f"names the flow {hotline.flow}, which is not there"
                mend = "import it, or have the hotline name another"
                problems.append(Problem(f"hotline {hotline.id}", what, mend))
    finally:
        await database.close()
    return problems


def _ports(settings: Settings) -> Iterator[Problem]:
    wanted: list[tuple[str, str, str, int]] = []
    for text in settings.sip.listen:
        address = parse_listen(text)
        wanted.append((f"sip.listen {text}", address.transport, address.host, address.port))
    wanted.append(("api.listen", "tcp", *settings.api.address))
    if settings.media.engine == "rtpengine":
        digits = parse_host_port(settings.media.rtpengine_digits)
        wanted.append(("media.rtpengine_digits", "udp", *digits))
    else:
        wanted.append(("media.bind", "udp", settings.media.bind, 0))
        if settings.media.bind6:
            wanted.append(("media.bind6", "udp", settings.media.bind6, 0))
    for where, transport, host, port in wanted:
        try:
            _bind(transport, host, port)
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                what, mend = f"port {port} is in use", "stop what uses it, or choose another"
            else:
                what = f"{host} port {port} can't be used ({error.strerror or error})"
                mend = "name an address of this machine and an allowed port"
            yield Problem(where, what, mend)


def _bind(transport: str, host: str, port: int) -> None:
    kind = socket.SOCK_DGRAM if transport == "udp" else socket.SOCK_STREAM
    family, _, _, _, address = socket.getaddrinfo(host, port, type=kind)[0]
    with socket.socket(family, kind) as probe_socket:
        if transport != "udp":
            probe_socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe_socket.bind(address)


async def _rtpengine(settings: Settings) -> list[Problem]:
    media = settings.media
    if media.engine != "rtpengine":
        return []
    try:
        await ping(parse_host_port(media.rtpengine))
    except (OSError, MediaError):
        mend = 'start it with that listen-ng, or set media.engine = "embedded"'
        return [Problem("media.rtpengine", f"nothing answers at {media.rtpengine}", mend)]
    return []
