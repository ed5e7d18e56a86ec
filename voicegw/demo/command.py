"""`voicegw demo`: run the lab, print what happened, and stay up for the user's own telephones."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import signal
import socket
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from voicegw.errors import Problem, StartError

if TYPE_CHECKING:
    from voicegw.demo.lab import Lab
    from voicegw.demo.people import Login
    from voicegw.demo.scenario import CallReport

_API_PORT = 8080
_CARRIER_PORT = 5070
_INTERRUPTED = 130


def run_demo(*, once: bool, as_json: bool, host: str = "127.0.0.1") -> int:
    """Run the demo; return 0 when both calls were as they must be, else 1.

    Raises StartError when the lab can't be built, with the mend.
    """
    for module in ("pyVoIP", "httpx"):
        if importlib.util.find_spec(module) is None:
            mend = 'run pip install "voicegw[demo]" or make demo'
            raise StartError(Problem("demo", f"{module} isn't installed", mend))
    console = Console(stderr=as_json)
    verdict = _Verdict()
    try:
        asyncio.run(_run(console, verdict, once=once, as_json=as_json, host=host))
    except (KeyboardInterrupt, asyncio.CancelledError):
        console.print("ended")
    if verdict.faults is None:
        return _INTERRUPTED
    return 1 if verdict.faults else 0


@dataclass(slots=True)
class _Verdict:
    """What was wrong with the calls; None until both are over."""

    faults: list[str] | None = None


async def _run(
    console: Console, verdict: _Verdict, *, once: bool, as_json: bool, host: str
) -> None:
    # Here, so that a missing extra is told in one line above.
    from voicegw.demo.day import close_day  # noqa: PLC0415
    from voicegw.demo.lab import Lab  # noqa: PLC0415
    from voicegw.demo.scenario import Scenario  # noqa: PLC0415

    this = asyncio.current_task()
    if this is not None:
        # As Ctrl-C does: cancelled, so that every process of the lab is ended on the way out.
        asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, this.cancel)
    started = time.monotonic()
    folder = _folder(once=once)
    api_port = 0 if once else _if_free(host, _API_PORT, socket.SOCK_STREAM)
    carrier_port = 0 if once else _if_free(host, _CARRIER_PORT, socket.SOCK_DGRAM)

    def say(step: str) -> None:
        elapsed = f"[dim]{time.monotonic() - started:5.1f} s[/]"
        console.print(f"{elapsed}  {escape(step)}", soft_wrap=True, highlight=False)

    say(f"starting a node, a carrier and two telephones in {folder} …")
    async with Lab(folder, host=host, api_port=api_port, carrier_port=carrier_port) as lab:
        directory = await lab.seed()
        logins = await lab.logins(directory)
        say(f"the node is ready at {lab.url}, with a sample directory and tasks")
        reports: list[CallReport] = []
        async with lab.client() as client:
            scenario = Scenario(lab, directory, client, say)
            reports.append(await scenario.click_to_dial())
            reports.append(await scenario.call_back())
            tasks = await close_day(client, directory.task_ids)
        took_s = round(time.monotonic() - started, 1)
        _show(console, reports)
        for task in tasks:
            say(f"task {task['type']}: {task['state']}, calls {len(task['attempts'])}")
        faults = [f"{report.title}: {fault}" for report in reports for fault in report.faults]
        verdict.faults = faults
        for fault in faults:
            print(f"voicegw: {fault}", file=sys.stderr)
        if as_json:
            result = {
                "calls": [report.as_json() for report in reports],
                "console": f"{lab.url}/",
                "logins": [login.as_json() for login in logins],
                "tasks": tasks,
                "took_s": took_s,
            }
            print(json.dumps(result, ensure_ascii=False), flush=True)
        if not once:
            _invite(console, lab, directory.manager_id)
            _tell_logins(console, lab, logins)
            await lab.node.wait()
            raise StartError(Problem("node", "has ended by itself", f"see {lab.folder}/node.log"))


def _folder(*, once: bool) -> Path:
    """Return a new folder; it is kept, because the recordings are in it."""
    if once:
        return Path(tempfile.mkdtemp(prefix="voicegw-demo-"))
    return Path("demo-data", f"{datetime.now():%Y%m%d-%H%M%S}").absolute()  # noqa: DTZ005


def _if_free(host: str, port: int, kind: socket.SocketKind) -> int:
    """Return `port` when it is free, else 0 (any)."""
    with socket.socket(socket.AF_INET, kind) as probe:
        try:
            probe.bind((host, port))
        except OSError:
            return 0
    return port


def _show(console: Console, reports: list[CallReport]) -> None:
    """Print what the witnesses say of each call."""
    table = Table()
    for column in ("call", "outcome", "customer saw", "manager saw", "verdict"):
        table.add_column(column, no_wrap=True)
    for report in reports:
        verdict = "[green]right[/]" if not report.faults else "[red]not right[/]"
        table.add_row(
            report.title,
            str(report.call["outcome"]),
            *(", ".join(report.seen[who]) for who in ("customer", "manager")),
            verdict,
        )
    console.print(table)
    for report in reports:
        if report.recording is not None:
            console.print(
                f"{report.title}: {report.recording['duration_s']} s, customer left, manager right",
                highlight=False,
            )
            console.print(f"  {report.recording['path']}", soft_wrap=True, highlight=False)


def _invite(console: Console, lab: Lab, manager_id: str) -> None:
    """Tell how to take part."""
    host, port = lab.carrier.address
    number, hotline = lab.spare_number, lab.hotline
    console.print(
        f"""
Everything stays up until Ctrl-C. To take part:

  [bold]a telephone of your own[/]  register any SIP phone (UDP) with
      server {host}:{port}   user {number}   password {lab.passwords[number]}
      and dial {hotline}: the manager's phone answers. (For phones elsewhere on your network:
      make demo ARGS="--host ADDRESS".)

  [bold]a call to it[/]
      curl -X POST {lab.url}/v1/calls -H 'Authorization: Bearer {lab.api_key}' \\
           -H 'Content-Type: application/json' \\
           -d '{{"manager_id": "{manager_id}", "customer_number": "{number}"}}'

  [bold]the manager's day[/]
      curl -H 'Authorization: Bearer {lab.api_key}' \\
           '{lab.url}/v1/tasks/next?manager_id={manager_id}'
      curl -H 'Authorization: Bearer {lab.api_key}' '{lab.url}/v1/reports/tasks?by=type'
      and short messages, which nobody is sent: {lab.folder}/data/sms/outbox.jsonl

  [bold]the API[/]  {lab.url}/docs
  [bold]files[/]    {lab.folder}
""",
        highlight=False,
        soft_wrap=True,
    )


def _tell_logins(console: Console, lab: Lab, logins: list[Login]) -> None:
    """Tell how to log in: on a terminal only, for what is written to a file stays there."""
    console.print(f"  [bold]the console[/]  {lab.url}/", highlight=False, soft_wrap=True)
    if not console.is_terminal:
        console.print("      logins: with --json, or on a terminal")
        return
    table = Table("login", "role", "password", box=None, padding=(0, 2, 0, 6))
    for login in logins:
        table.add_row(login.login, login.role.value, login.password)
    console.print(table)
