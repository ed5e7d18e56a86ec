"""The index of owners: what is read, what is kept when reading fails, and its bound."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence

import pytest

from voicegw.directory.owners import OwnedNumber, OwnerIndex
from voicegw.errors import StoreUnavailableError


class Source:
    """Chunks of numbers; away once `chunks` is None."""

    def __init__(self, *chunks: Sequence[OwnedNumber]) -> None:
        self.chunks: tuple[Sequence[OwnedNumber], ...] | None = chunks

    async def owned_numbers(self) -> AsyncIterator[Sequence[OwnedNumber]]:
        if self.chunks is None:
            raise StoreUnavailableError("away")
        for chunk in self.chunks:
            yield chunk


WANG = ("+8613900139000", "cus_1", "grp_1", "mgr_1")
LI = ("10086", "cus_2", "grp_1", None)


async def test_whom_a_number_belongs_to() -> None:
    index = OwnerIndex(Source([WANG], [LI]))
    assert index.customer(WANG[0]) is None
    await index.read()
    assert len(index) == 2
    customer = index.customer(WANG[0])
    assert customer is not None
    assert (customer.id, customer.group_id, customer.owner_id) == WANG[1:]
    assert customer.numbers == [WANG[0]]
    unowned = index.customer(LI[0])
    assert unowned is not None
    assert unowned.owner_id is None
    assert index.customer("110") is None


async def test_what_is_gone_is_forgotten_but_not_while_the_store_is_away() -> None:
    source = Source([WANG])
    index = OwnerIndex(source)
    await index.read()
    source.chunks = None
    with pytest.raises(StoreUnavailableError):
        await index.read()
    assert index.customer(WANG[0]) is not None
    source.chunks = ([LI],)
    await index.read()
    assert index.customer(WANG[0]) is None


async def test_it_is_bounded() -> None:
    index = OwnerIndex(Source([WANG], [LI]), max_numbers=1)
    await index.read()
    assert len(index) == 1
