"""A typed client of voicegw's HTTP API, for programs with asyncio and without.

```python
from voicegw.client import Client

with Client("https://voicegw.example.com", key="vgw_…") as gateway:
    call = gateway.calls.start(manager_external_id="4711", customer_number="13800138000")
    print(gateway.calls.wait_until_ended(call.id).outcome)
```

It needs nothing else of the project: httpx, msgspec and standardwebhooks. Fields and values that a
later version of the gateway adds are no errors to it.
"""

from __future__ import annotations

from voicegw.client.aio.client import AsyncClient
from voicegw.client.blocking.client import Client
from voicegw.client.page import Page
from voicegw.client.problems import (
    ConflictError,
    FieldProblem,
    ForbiddenError,
    GoneError,
    InvalidError,
    InvalidSignatureError,
    NoAnswerError,
    NotFoundError,
    PreconditionFailedError,
    ProblemError,
    StreamEndedError,
    TooManyRequestsError,
    UnauthenticatedError,
    UnavailableError,
    VoicegwError,
    WaitedTooLongError,
)
from voicegw.client.retrying import Retries
from voicegw.client.signatures import verify_webhook
from voicegw.client.stored import Stored

__all__ = [
    "AsyncClient",
    "Client",
    "ConflictError",
    "FieldProblem",
    "ForbiddenError",
    "GoneError",
    "InvalidError",
    "InvalidSignatureError",
    "NoAnswerError",
    "NotFoundError",
    "Page",
    "PreconditionFailedError",
    "ProblemError",
    "Retries",
    "Stored",
    "StreamEndedError",
    "TooManyRequestsError",
    "UnauthenticatedError",
    "UnavailableError",
    "VoicegwError",
    "WaitedTooLongError",
    "verify_webhook",
]
