"""The proofs under which messages of other provinces came."""

from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial

from node.ports.receipts import MAX_OF_EXCHANGE
from node.ports.store import Nouns, Store
from tests.node.storage.samples import LATER, NOON
from trust.envelope import LogProof

PROOF = LogProof(entry=b'{"v":1}', index=2**53 - 1, path=(b"\x00" * 32, b"\xff" * 32), checkpoint=b"note\n")
OTHER = replace(PROOF, entry=b"{}", index=0, path=())


def keep(nouns: Nouns, subject: str, at: datetime = NOON) -> None:
    nouns.receipts.put(subject, {"330000": PROOF}, {}, at)


async def test_proofs_come_back_as_they_were_put_by_province(store: Store) -> None:
    await store.transact(lambda nouns: nouns.receipts.put("e1", {"340000": OTHER, "330000": PROOF}, {}, NOON))

    assert list(store.read.receipts.of("e1").items()) == [("330000", PROOF), ("340000", OTHER)]
    assert store.read.receipts.of("e2") == {}


async def test_a_later_proof_of_the_same_replaces_the_earlier_one_and_leaves_the_others(store: Store) -> None:
    await store.transact(lambda nouns: nouns.receipts.put("e1", {"340000": PROOF, "330000": PROOF}, {}, NOON))
    await store.transact(lambda nouns: nouns.receipts.put("e1", {"330000": OTHER}, {}, LATER))

    assert store.read.receipts.of("e1") == {"330000": OTHER, "340000": PROOF}
    assert [(one.province, one.proof) for one in store.read.receipts.every("e1")] == [
        ("340000", PROOF),
        ("330000", PROOF),
        ("330000", OTHER),
    ]


async def test_what_peers_asked_is_apart_from_what_this_node_asked(store: Store) -> None:
    await store.transact(lambda nouns: nouns.receipts.put("e1", {"330000": PROOF}, {}, NOON))
    await store.transact(lambda nouns: nouns.receipts.put("e1", {"330000": OTHER}, {}, NOON, of_peer=True))

    assert store.read.receipts.of("e1") == {"330000": PROOF}
    assert [one.proof for one in store.read.receipts.every("e1", of_peer=True)] == [OTHER]


async def test_rows_are_gone_through_in_the_order_in_which_they_were_kept(store: Store) -> None:
    for number in range(4):
        await store.transact(partial(keep, subject=f"e{number}"))
    first = store.read.receipts.since(0, 3)
    rest = store.read.receipts.since(first[-1].row, 3)

    assert [len(first), len(rest)] == [3, 1]
    assert sorted({one.row for one in (*first, *rest)}) == [one.row for one in (*first, *rest)]
    assert store.read.receipts.since(rest[-1].row, 3) == []
    assert store.read.receipts.last() == rest[-1].row


async def test_no_row_comes_back_under_the_number_of_one_that_was_forgotten(store: Store) -> None:
    await store.transact(partial(keep, subject="old"))
    last = store.read.receipts.since(0, 9)[-1].row
    await store.transact(lambda nouns: nouns.receipts.purge(LATER, 9))
    await store.transact(partial(keep, subject="new"))

    assert [one.row > last for one in store.read.receipts.since(0, 9)] == [True]


async def test_of_a_subject_no_more_is_handed_out_than_can_be_read(store: Store) -> None:
    def many(nouns: Nouns) -> None:
        for _ in range(MAX_OF_EXCHANGE + 5):
            nouns.receipts.put("e1", {"330000": PROOF}, {}, NOON, of_peer=True)

    await store.transact(many)

    assert len(store.read.receipts.every("e1", of_peer=True)) == MAX_OF_EXCHANGE


async def test_orders_come_back_as_they_were_put_with_proofs_or_without(store: Store) -> None:
    first = {"340000": (b"one", b"two"), "330000": [b"three"]}
    await store.transact(lambda nouns: nouns.receipts.put("e1", {}, first, NOON))
    await store.transact(lambda nouns: nouns.receipts.put("e1", {"310000": PROOF}, {"330000": (b"four",)}, LATER))

    assert list(store.read.receipts.stops("e1").items()) == [("330000", (b"four",)), ("340000", (b"one", b"two"))]
    assert store.read.receipts.of("e1") == {"310000": PROOF}
    assert store.read.receipts.stops("e2") == {}


async def test_the_oldest_are_forgotten_at_most_so_many_at_a_time(store: Store) -> None:
    for number in range(5):
        await store.transact(partial(keep, subject=f"old {number}"))
    await store.transact(partial(keep, subject="kept", at=LATER))
    await store.transact(partial(keep, subject="young", at=LATER + timedelta(minutes=1)))
    purged = [await store.transact(lambda nouns: nouns.receipts.purge(LATER, 3)) for _ in range(3)]

    assert purged == [3, 2, 0]
    assert all(store.read.receipts.of(subject) for subject in ("kept", "young"))
    assert await store.transact(lambda nouns: nouns.receipts.purge(LATER + timedelta(days=1), 3)) == 2


async def test_no_proofs_leave_nothing(store: Store) -> None:
    await store.transact(lambda nouns: nouns.receipts.put("e1", {}, {}, NOON))

    assert store.read.receipts.of("e1") == {}
    assert await store.transact(lambda nouns: nouns.receipts.purge(LATER, 9)) == 0
