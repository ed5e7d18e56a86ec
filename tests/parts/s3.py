"""An S3 server (moto's) in a process of its own, which can be stopped and started again.

What it holds is in its memory: a server that comes back is empty.
"""

from __future__ import annotations

import subprocess
import sys
import time
import urllib.request

from recordings.storage.remote import RemoteOptions
from tests.parts.ports import free_port

BUCKET = "recordings"
_START_S = 20.0


class S3Server:
    """The server; `start` and `stop` may follow each other."""

    def __init__(self) -> None:
        """Take a port, which stays the same."""
        self.port = free_port()
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def options(self, prefix: str = "") -> RemoteOptions:
        """Return how it is reached, below `prefix` of the bucket."""
        return RemoteOptions(
            url=f"s3://{BUCKET}/{prefix}",
            endpoint=self.endpoint,
            region="us-east-1",
            access_key="test",
            secret_key="test-secret",
            timeout_s=20,
        )

    def start(self) -> None:
        """Start it and make the bucket."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(self.port)],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        deadline = time.monotonic() + _START_S
        while True:
            try:
                self._ask("PUT", f"/{BUCKET}")
                return
            except OSError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.05)

    def stop(self) -> None:
        """End it; what it held is gone."""
        process, self._process = self._process, None
        if process is not None:
            process.kill()
            process.wait()

    def objects(self) -> dict[str, bytes]:
        """Return all it holds, by key."""
        listing = self._ask("GET", f"/{BUCKET}?list-type=2").decode()
        keys = [part.partition("</Key>")[0] for part in listing.split("<Key>")[1:]]
        return {key: self._ask("GET", f"/{BUCKET}/{key}") for key in keys}

    def put(self, key: str, content: bytes) -> None:
        """Put an object behind the gateway's back."""
        self._ask("PUT", f"/{BUCKET}/{key}", content)

    def _ask(self, method: str, path: str, body: bytes | None = None) -> bytes:
        request = urllib.request.Request(
            self.endpoint + path,
            data=body,
            method=method,
            headers={
                "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/s3/"
                "aws4_request, SignedHeaders=host, Signature=0"
            },
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return bytes(answer.read())
