"""A real MQTT broker: Mosquitto, started by tests on an ephemeral port, in a folder of its own."""

from __future__ import annotations

import socket
import subprocess
from dataclasses import dataclass
from pathlib import Path

from tests.parts.certificates import Certificate
from tests.parts.needs import need
from tests.parts.node import wait_for
from tests.parts.ports import free_port


@dataclass(frozen=True)
class BrokerTls:
    """What the broker shows, and whether clients must show a certificate of `ca`, too."""

    ca: Path
    certificate: Certificate
    asks: bool = False


class Mosquitto:
    """One broker. `start`, `stop` and `kill` may be repeated; the port stays the same."""

    def __init__(
        self,
        folder: Path,
        *,
        users: dict[str, str] | None = None,
        acl: str = "",
        tls: BrokerTls | None = None,
        extra: str = "",
    ) -> None:
        """Write the configuration; nothing runs yet. Without `users` everybody may log in.

        It keeps nothing over a restart. As what waits for a subscriber would be lost in a kill,
        nothing waits for one that is there.
        """
        need("mosquitto", "mosquitto")
        folder.mkdir(parents=True, exist_ok=True)
        self._folder = folder
        self.port = free_port()
        self.log = folder / "mosquitto.log"
        self.process: subprocess.Popen[bytes] | None = None
        lines = [f"listener {self.port} 127.0.0.1", "user root", "max_queued_messages 100000"]
        lines.append("max_inflight_messages 0")
        lines.append(f"allow_anonymous {'false' if users else 'true'}")
        if users:
            passwords = folder / "passwords"
            passwords.touch(mode=0o600)
            for name, password in users.items():
                command = ["mosquitto_passwd", "-b", str(passwords), name, password]
                subprocess.run(command, check=True, capture_output=True)
            lines.append(f"password_file {passwords}")
        if acl:
            (folder / "acl").write_text(acl)
            (folder / "acl").chmod(0o600)
            lines.append(f"acl_file {folder / 'acl'}")
        if tls is not None:
            lines += [
                f"cafile {tls.ca}",
                f"certfile {tls.certificate.cert}",
                f"keyfile {tls.certificate.key}",
                f"require_certificate {'true' if tls.asks else 'false'}",
            ]
        lines.append(extra)
        self._config = folder / "mosquitto.conf"
        self._config.write_text("\n".join(lines) + "\n")

    def start(self) -> None:
        """Start the broker and wait until it listens."""
        with self.log.open("ab") as out:
            self.process = subprocess.Popen(
                ["mosquitto", "-c", str(self._config)], stdout=out, stderr=out
            )
        try:
            wait_for("broker listens", self._listens, 15)
        except AssertionError:
            self.kill()
            raise

    def _listens(self) -> bool:
        assert self.process is not None
        if self.process.poll() is not None:
            raise AssertionError(f"the broker ended: {self.log.read_text()[-2000:]}")
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
        except OSError:
            return False
        return True

    def stop(self) -> None:
        """End the broker in order."""
        if self.process is not None:
            self.process.terminate()
            self.process.wait(10)
            self.process = None

    def kill(self) -> None:
        """Kill the broker as a crash would."""
        if self.process is not None:
            self.process.kill()
            self.process.wait(10)
            self.process = None
