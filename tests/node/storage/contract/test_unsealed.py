"""Rows that an older program left in the clear. What becomes of them: tests/node/usecases/sealed."""

import pytest

from node.ports.consents import StoredConsent
from node.ports.store import Nouns, Store, StoreError
from node.ports.unsealed import Kept, Unsealed
from tests.node.storage.contract.test_notices import fill
from tests.node.storage.samples import LATER, NOON, use


def written(nouns: Nouns) -> None:
    fill(nouns)
    nouns.notices.receive(use())
    nouns.consents.put(
        StoredConsent(consent_id="C-1", grantor="g", app_id="a", document=b"d", taken_at=NOON, ends_at=LATER)
    )


async def test_what_this_program_writes_is_none_of_them(store: Store) -> None:
    await store.transact(written)

    assert list(store.read.unsealed.some(100)) == []


@pytest.mark.parametrize("kept", [pytest.param(kept, id=kept.name) for kept in Kept])
async def test_a_row_that_is_none_of_them_is_not_changed(store: Store, kept: Kept) -> None:
    await store.transact(written)
    one = Unsealed(kept=kept, row=1, place=(), person="p", content=b"c")

    with pytest.raises(StoreError, match="unsealed"):
        await store.transact(lambda nouns: nouns.unsealed.seal(one))
    assert [each.event for each in store.read.notices.copies("n1")] == [b"n1", b"n1"]
