"""The evidence log read as tiles, and the longest entry it takes: what C2SP tlog-tiles can write down."""

from functools import partial

import pytest

from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import append
from trust import canonical
from trust.envelope import MAX_ENTRY_BYTES

SIZE = 600


def fill(nouns: Nouns) -> None:
    for number in range(SIZE):
        append(nouns, number=number)


@pytest.mark.parametrize(
    ("level", "start", "count"),
    [
        pytest.param(0, 0, 256, id="a full tile of leaves"),
        pytest.param(0, 512, SIZE - 512, id="a partial tile of leaves"),
        pytest.param(0, SIZE - 1, 1, id="the last leaf"),
        pytest.param(8, 0, 2, id="a partial tile above"),
        pytest.param(3, 10, 65, id="a level between tiles, to its end"),
        pytest.param(9, 0, 1, id="the highest subtree"),
    ],
)
async def test_hashes_side_by_side_are_those_one_by_one(store: Store, level: int, start: int, count: int) -> None:
    await store.transact(fill)
    log = store.read.evidence

    wanted = b"".join(log.node_hash(level, start + n) for n in range(count))

    assert log.node_hashes(level, start, count) == wanted
    assert await store.transact(lambda nouns: nouns.evidence.node_hashes(level, start, count)) == wanted


@pytest.mark.parametrize(
    ("level", "start", "count"),
    [
        pytest.param(0, SIZE - 1, 2, id="a leaf beyond the end"),
        pytest.param(8, 0, 3, id="a subtree that is not complete"),
        pytest.param(10, 0, 1, id="a level that is not reached"),
        pytest.param(0, -1, 2, id="from before the beginning"),
        pytest.param(-1, 0, 1, id="no level"),
        pytest.param(63, 0, 1, id="a level that no log has"),
        pytest.param(0, 2**62, 1, id="an index that no log has"),
    ],
)
async def test_what_is_not_complete_is_not_handed_out(store: Store, level: int, start: int, count: int) -> None:
    await store.transact(fill)
    with pytest.raises(StoreError):
        store.read.evidence.node_hashes(level, start, count)


async def test_the_longest_entry_fits_and_a_longer_one_undoes_its_unit(store: Store) -> None:
    room = MAX_ENTRY_BYTES - len(canonical.dumps({"event": "SEARCH", "exchange": "e1", "x": ""}))
    await store.transact(partial(append, x="x" * room))

    def unit(nouns: Nouns) -> None:
        append(nouns)
        append(nouns, x="x" * (room + 1))

    with pytest.raises(StoreError, match="65536 bytes, and the log takes 65535"):
        await store.transact(unit)

    assert [len(one.entry) for one in store.read.evidence.entries(0, 9)] == [MAX_ENTRY_BYTES]
    await store.transact(append)
    assert store.read.evidence.head().size == 2
