"""Many records in requests of a size that the gateway takes. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Final

import msgspec

from voicegw.client.models import CustomerRecord, Sync

#: The gateway takes 1,000 records and 1 MiB a request.
MOST_RECORDS: Final = 1000
MOST_BYTES: Final = 1_000_000


def batches(records: Iterable[CustomerRecord]) -> Iterator[list[msgspec.Raw]]:
    """Yield the records as JSON, in order, as many at once as fit into a request."""
    batch: list[msgspec.Raw] = []
    size_bytes = 0
    for record in records:
        encoded = msgspec.json.encode(record)
        if batch and (len(batch) == MOST_RECORDS or size_bytes + len(encoded) > MOST_BYTES):
            yield batch
            batch, size_bytes = [], 0
        batch.append(msgspec.Raw(encoded))
        size_bytes += len(encoded) + 1
    if batch:
        yield batch


def together(answers: Iterable[Sync]) -> Sync:
    """Return the answers to all batches as one."""
    listed = list(answers)
    return Sync(
        items=[item for one in listed for item in one.items],
        created=sum(one.created for one in listed),
        replaced=sum(one.replaced for one in listed),
        unchanged=sum(one.unchanged for one in listed),
        refused=sum(one.refused for one in listed),
    )
