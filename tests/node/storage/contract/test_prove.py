"""Proofs of committed entries under a signed head."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.ports.store import Nouns, Store, StoreError
from node.storage.memory import MemoryStore
from node.storage.sqlite import open_sqlite
from tests.node.storage.samples import append, open_note
from trust.envelope import LogProof
from trust.merkle import Paths, consistency_proof, leaf_hash, verify_consistency, verify_inclusion


def check(proof: LogProof) -> int:
    """Verify a proof as a receiver does; returns the size of its head."""
    head = open_note(proof.checkpoint)
    leaf = leaf_hash(proof.entry)
    verify_inclusion(leaf=leaf, index=proof.index, size=head.size, path=proof.path, root=head.root)
    return head.size


async def test_a_committed_entry_is_proven(store: Store) -> None:
    index = await store.transact(partial(append, mark=7))
    proof = await store.prove(index)

    assert check(proof) > index == proof.index
    assert [proof.entry] == [one.entry for one in store.read.evidence.entries(index, 1)]


@pytest.mark.parametrize("index", [-1, 3, 2**62])
async def test_what_is_not_committed_is_not_proven(store: Store, index: int) -> None:
    for _ in range(3):
        await store.transact(append)

    with pytest.raises(StoreError):
        await store.prove(index)


async def test_an_entry_of_a_unit_that_failed_is_not_proven(store: Store) -> None:
    def failing(nouns: Nouns) -> None:
        append(nouns)
        raise ValueError("fails")

    with pytest.raises(ValueError, match="fails"):
        await store.transact(failing)
    with pytest.raises(StoreError):
        await store.prove(0)

    index = await store.transact(partial(append, mark="another"))
    assert b"another" in (await store.prove(index)).entry


async def test_many_at_once_are_proven_while_the_log_grows(store: Store) -> None:
    async def one(number: int) -> LogProof:
        proofs = [
            await store.prove(await store.transact(partial(append, mark=number * 10 + step))) for step in range(5)
        ]
        for proof in proofs:
            check(proof)
        return proofs[-1]

    proofs = await asyncio.gather(*(one(number) for number in range(20)))
    marks = [proof.entry for proof in proofs]

    assert len(set(marks)) == 20
    assert {open_note(proof.checkpoint).root for proof in proofs if check(proof) == 100} <= {
        store.read.evidence.head().root
    }


async def test_heads_signed_for_proofs_are_of_one_log(store: Store) -> None:
    """Whatever was handed out is a head of the log as it stands in the end."""
    proofs = [await store.prove(await store.transact(append)) for _ in range(20)]
    fetch = store.read.evidence.node_hash
    size = (await store.checkpoint()).size
    root = Paths(size, fetch).root()
    for proof in proofs:
        head = open_note(proof.checkpoint)
        path = consistency_proof(head.size, size, fetch)
        verify_consistency(old=head.size, new=size, old_root=head.root, new_root=root, path=path)


async def test_a_closed_store_proves_nothing(store: Store) -> None:
    await store.transact(append)
    await store.close()

    with pytest.raises(StoreError):
        await store.prove(0)


@asynccontextmanager
async def keyless(kind: str, folder: Path) -> AsyncIterator[Store]:
    made: Store = MemoryStore() if kind == "memory" else await open_sqlite(folder / "k.db", sign_checkpoint=None)
    try:
        yield made
    finally:
        await made.close()


@pytest.mark.parametrize("kind", ["memory", "sqlite"])
async def test_a_store_without_a_key_proves_nothing(kind: str, tmp_path: Path) -> None:
    async with keyless(kind, tmp_path) as store:
        await store.transact(append)
        with pytest.raises(StoreError):
            await store.prove(0)


@settings(deadline=None, max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 40), min_size=1, max_size=5), st.data())
async def test_any_entry_old_or_new_is_proven(store: Store, sizes: list[int], data: st.DataObject) -> None:
    for size in sizes:
        await store.transact(lambda nouns, size=size: [append(nouns) for _ in range(size)])  # type: ignore[misc]
        total = store.read.evidence.head().size
        index = data.draw(st.integers(0, 2**20)) % total  # the store is older than the example

        assert check(await store.prove(index)) <= total
