"""A call through a real address translation, in network namespaces that end with this program.

Run as root, in a network namespace of its own: `unshare -n python -m tests.parts.nat_call FOLDER`.
The node is in this one, at an inner address; a router translates; customer and carrier are beyond.
"""

from __future__ import annotations

import ctypes
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from tests.parts.lab import CARRIER_HOST, HOTLINE, Lab, customer_number, customer_of, make_lab
from tests.parts.node import wait_for
from tests.parts.raw_lab import RawLab
from tests.parts.raw_sip import Leg, RawPeer, description
from tests.parts.rtp import RtpPort, tone_alaw

HOME, ROUTER, OUTSIDE, FAR = "10.9.0.2", "10.9.0.1", "198.51.100.1", "198.51.100.9"
_CLONE_NEWNET = 0x40000000
_T = TypeVar("_T")


def _run(*command: str | int, inside: int | None = None, given: str | None = None) -> None:
    """Run a command, in the namespace of the process `inside`."""
    enter = [] if inside is None else ["nsenter", "-t", str(inside), "-n"]
    subprocess.run([*enter, *map(str, command)], check=True, text=True, input=given)


@contextmanager
def _namespace() -> Iterator[int]:
    """Yield a process that holds a network namespace."""
    own = os.readlink("/proc/self/ns/net")
    holder = subprocess.Popen(["unshare", "-n", "sleep", "120"])
    try:
        wait_for("a namespace", lambda: os.readlink(f"/proc/{holder.pid}/ns/net") != own)
        _run("ip", "link", "set", "lo", "up", inside=holder.pid)
        yield holder.pid
    finally:
        holder.kill()
        holder.wait()


def _within(process: int, make: Callable[[], _T]) -> _T:
    """Return what `make` makes in the namespace of `process`: its sockets stay there."""
    made: list[_T] = []

    def work() -> None:
        namespace = os.open(f"/proc/{process}/ns/net", os.O_RDONLY)
        if ctypes.CDLL(None, use_errno=True).setns(namespace, _CLONE_NEWNET):
            raise OSError(ctypes.get_errno(), "setns")
        os.close(namespace)
        made.append(make())

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    return made[0]


def _connect(router: int, far: int, sip_port: int) -> None:
    """Lay the lines, and have the router translate."""
    _run("ip", "link", "set", "lo", "up")
    _run("ip", "link", "add", "h0", "type", "veth", "peer", "name", "r0", "netns", router)
    _run(
        "ip", "link", "add", "r1", "type", "veth", "peer", "name", "f0", "netns", far, inside=router
    )
    for device, address, where in (
        ("h0", HOME, None),
        ("r0", ROUTER, router),
        ("r1", OUTSIDE, router),
        ("f0", FAR, far),
    ):
        _run("ip", "addr", "add", f"{address}/24", "dev", device, inside=where)
        _run("ip", "link", "set", device, "up", inside=where)
    _run("ip", "route", "add", "default", "via", ROUTER)
    _run("sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward", inside=router)
    ports = f"{{ {sip_port}, 20000-29999 }}"
    rules = [
        "add table ip nat",
        "add chain ip nat pre { type nat hook prerouting priority -100; }",
        "add chain ip nat post { type nat hook postrouting priority 100; }",
        f'add rule ip nat pre iifname "r1" udp dport {ports} dnat to {HOME}',
        'add rule ip nat post oifname "r1" masquerade',
    ]
    _run("nft", "-f", "-", inside=router, given="\n".join([*rules, ""]))


def _call(lab: Lab, far: int) -> None:
    """A customer calls, the manager answers beyond the carrier, both are heard, one hangs up."""
    node = (OUTSIDE, lab.sip_port)
    carrier = _within(far, lambda: RawPeer(FAR, node, lab.carrier_port))
    caller = _within(far, lambda: RawPeer(FAR, node))
    ear, mouth = (_within(far, lambda: RtpPort(FAR)) for _ in range(2))
    customer = Leg.calling(caller, HOTLINE, caller=customer_number(customer_of(1)))
    customer.invite(description(ear.port, host=FAR))
    raw = RawLab(lab, carrier)
    invite, manager = raw.manager_rung()
    manager.answer(invite, 200, body=description(mouth.port, host=FAR))
    assert manager.expect("ACK")
    answer = customer.expect(200)
    customer.ack(answer)
    for message in (invite, answer):
        assert message.sound[0] == OUTSIDE, message
        assert f"@{OUTSIDE}:{lab.sip_port}" in message.contact, message
        assert HOME not in f"{message.lines}{message.body}", message
    mouth.speak(invite.sound, tone_alaw(580, 1))
    ear.speak(answer.sound, tone_alaw(1060, 1))
    wait_for("the customer hears", lambda: len(ear.packets) > 25)
    wait_for("the manager hears", lambda: len(mouth.packets) > 25)
    raw.hang_up(customer)
    assert manager.expect("BYE")
    for port in (ear, mouth):
        port.close()


def main(folder: Path) -> None:
    """Make the world, and a call in it."""
    with _namespace() as router, _namespace() as far:
        lab = make_lab(
            folder,
            sources=f'"{FAR}"',
            start=False,
            sip=f'advertise = "{OUTSIDE}"\nlocal_networks = ["10.9.0.0/24"]',
        )
        _connect(router, far, lab.sip_port)
        config = lab.node.config.read_text().replace("dp://127.0.0.1:", f"dp://{HOME}:")
        config = config.replace('bind = "127.0.0.1"', f'bind = "{HOME}"')
        lab.node.config.write_text(config.replace(f"sip:{CARRIER_HOST}:", f"sip:{FAR}:"))
        lab.node.start()
        try:
            _call(lab, far)
        finally:
            lab.close()


if __name__ == "__main__":
    main(Path(sys.argv[1]))
