"""The evidence log."""

import asyncio
from contextlib import nullcontext
from functools import partial
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from node.ports.evidence import Evidence
from node.ports.store import Nouns, Store, StoreError
from node.storage.memory import MemoryStore
from tests.node.storage.samples import append, open_note, sign, signed_size, verify
from trust import canonical
from trust.merkle import EMPTY_ROOT, consistency_proof, inclusion_proof, leaf_hash, verify_consistency, verify_inclusion


async def test_an_empty_log_has_the_empty_root_and_no_checkpoint(store: Store) -> None:
    head = store.read.evidence.head()

    assert (head.size, head.root, head.checkpoint) == (0, EMPTY_ROOT, b"")


async def test_entries_are_canonical_and_stand_in_the_order_of_the_units(store: Store) -> None:
    indices = await asyncio.gather(*(store.transact(partial(append, b=n)) for n in range(40)))
    entries = store.read.evidence.entries(0, 100)

    assert list(range(40)) == indices == [entry.index for entry in entries]
    assert canonical.dumps({"b": 7, "event": "SEARCH", "exchange": "e1"}) == entries[7].entry
    assert entries[10:13] == store.read.evidence.entries(10, 3)
    assert store.read.evidence.entries(40, 3) == []


async def test_an_entry_without_canonical_form_undoes_its_unit(store: Store) -> None:
    def unit(nouns: Nouns) -> None:
        append(nouns)
        append(nouns, share=0.5)

    with pytest.raises(ValueError, match="float"):
        await store.transact(unit)

    assert store.read.evidence.head().size == 0


async def test_entries_of_an_exchange_are_found(store: Store) -> None:
    for exchange in ("e1", "e2", "e1"):
        await store.transact(partial(append, exchange=exchange))
    await store.transact(lambda nouns: nouns.evidence.append({"event": "START"}))

    assert [entry.index for entry in store.read.evidence.of_exchange("e1")] == [0, 2]
    assert store.read.evidence.of_exchange("e3") == []


@pytest.mark.parametrize(
    ("of_peer", "limit", "indices"),
    [
        pytest.param(False, None, [0, 5], id="our own, whatever a peer asked between"),
        pytest.param(True, None, [1, 2, 3, 4], id="what it asked"),
        pytest.param(True, 2, [1, 2], id="the first of what it asked"),
        pytest.param(False, 1, [0], id="the first of our own"),
    ],
)
async def test_what_peers_asked_in_an_exchange_is_found_apart(
    store: Store, of_peer: bool, limit: int | None, indices: list[int]
) -> None:
    asked = {"peer": "330000", "request": "ab"}
    every: list[dict[str, Any]] = [
        {"type": "SEARCH", "step": "asked", "peers": ["330000"], "request": "cd"},
        {"type": "REFUSE", "step": "refused", **asked},
        {"type": "SEARCH", "step": "answered", **asked},
        {"type": "VERIFY", "step": "decided", **asked},
        {"type": "RETRIEVE", "step": "ended", **asked},
        {"type": "RETRIEVE", "step": "received", "peer": "330000"},
    ]
    for members in every:
        await store.transact(partial(append, **members))

    def found(evidence: Evidence) -> list[int]:
        return [one.index for one in evidence.of_exchange("e1", of_peer=of_peer, limit=limit)]

    assert found(store.read.evidence) == indices
    assert await store.transact(lambda nouns: found(nouns.evidence)) == indices


async def test_a_subtree_that_is_not_complete_has_no_hash(store: Store) -> None:
    for _ in range(3):
        await store.transact(append)

    for level, index in ((0, 3), (1, 1), (2, 0), (-1, 0), (0, -1), (63, 0), (1, 2**62)):
        with pytest.raises(StoreError):
            store.read.evidence.node_hash(level, index)


async def test_inside_a_unit_the_head_is_that_of_the_last_group(store: Store) -> None:
    await store.transact(append)

    def unit(nouns: Nouns) -> int:
        append(nouns)
        return nouns.evidence.head().size

    assert await store.transact(unit) == 1


async def test_checkpoints_are_signed_on_demand_and_listed_by_size(store: Store) -> None:
    for _ in range(3):
        await store.transact(append)
        await store.checkpoint()
    head = await store.checkpoint()
    notes = [open_note(note).size for note in store.read.evidence.checkpoints(1, 10)]

    assert (head.size, signed_size(head)) == (3, 3)
    assert notes == [2, 3]
    assert [open_note(note).size for note in store.read.evidence.checkpoints(1, 1)] == [2]


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 9), min_size=1, max_size=12), st.data())
async def test_whatever_was_appended_can_be_proved(sizes: list[int], data: st.DataObject) -> None:
    store = MemoryStore(sign_checkpoint=sign)
    await proved(store, sizes, data)


@settings(deadline=None, max_examples=15, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(1, 9), min_size=1, max_size=6), st.data())
async def test_whatever_was_appended_can_be_proved_by_every_store(
    store: Store, sizes: list[int], data: st.DataObject
) -> None:
    await proved(store, sizes, data)


async def proved(store: Store, sizes: list[int], data: st.DataObject) -> None:
    """Append units of these numbers of entries, failing some, then prove any entry and any earlier head."""
    old = store.read.evidence.head()
    for count in sizes:
        fails = data.draw(st.booleans(), label="fails")
        with pytest.raises(ValueError, match="fails") if fails else nullcontext():
            await store.transact(partial(many, count=count, fails=fails))
    head = (await store.checkpoint()) if data.draw(st.booleans(), label="signed") else store.read.evidence.head()
    fetch = store.read.evidence.node_hash
    path = consistency_proof(old.size, head.size, fetch)
    verify_consistency(old=old.size, new=head.size, old_root=old.root, new_root=head.root, path=path)
    for entry in store.read.evidence.entries(old.size, 5):
        proof = inclusion_proof(entry.index, head.size, fetch)
        verify_inclusion(leaf=leaf_hash(entry.entry), index=entry.index, size=head.size, path=proof, root=head.root)
    report = verify(store.read.evidence)

    assert (True, "", head.size) == (report.ok, report.first_bad, report.size)


def many(nouns: Nouns, count: int, *, fails: bool) -> None:
    for _ in range(count):
        append(nouns)
    if fails:
        raise ValueError("a unit that fails")
