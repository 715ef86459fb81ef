"""The outbox and the notices received."""

from datetime import datetime, timedelta
from functools import partial
from typing import Any

import pytest

from node.ports.notices import HolderUse, Letter, OutboxItem, OutboxState
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import LATER, NOON, use

ZHEJIANG, ANHUI, HOOK = "330000", "340000", "webhook/app"


def letter(target: str = ZHEJIANG, notice_id: str = "n1", **changes: Any) -> Letter:
    fields: dict[str, Any] = {"event": notice_id.encode(), "queued_at": NOON}
    return Letter(target=target, notice_id=notice_id, **{**fields, **changes})


def fill(nouns: Nouns) -> None:
    for target, notice_id in ((ZHEJIANG, "n1"), (ANHUI, "n2"), (ZHEJIANG, "n3"), (ZHEJIANG, "n1"), (HOOK, "n1")):
        nouns.notices.enqueue(letter(target, notice_id))


async def settle(
    store: Store, item: OutboxItem, state: OutboxState, at: datetime | None = None, **said: str
) -> OutboxItem:
    await store.transact(lambda nouns: nouns.notices.settle(item.seq, state, at, **said))
    return next(one for one in store.read.notices.copies(item.notice_id) if one.target == item.target)


def receive(nouns: Nouns, use: HolderUse) -> bool:
    return nouns.notices.receive(use)


def head(store: Store, target: str) -> OutboxItem:
    item = store.read.notices.head(target)
    assert item is not None
    return item


async def test_a_targets_queue_is_served_in_order_and_a_notice_stands_in_it_once(store: Store) -> None:
    await store.transact(fill)
    served = []
    while item := store.read.notices.head(ZHEJIANG):
        served.append((item.notice_id, item.event, item.attempts, item.state))
        await settle(store, item, OutboxState.DELIVERED, NOON)

    assert served == [("n1", b"n1", 0, OutboxState.PENDING), ("n3", b"n3", 0, OutboxState.PENDING)]
    assert (head(store, ANHUI).notice_id, head(store, HOOK).notice_id) == ("n2", "n1")


async def test_who_queues_is_told_whether_the_notice_was_new_to_the_target(store: Store) -> None:
    assert await store.transact(lambda nouns: nouns.notices.enqueue(letter()))
    assert not await store.transact(lambda nouns: nouns.notices.enqueue(letter(event=b"another")))
    assert head(store, ZHEJIANG).event == b"n1"


async def test_an_item_has_all_that_its_letter_has(store: Store) -> None:
    told = letter(exchange="e1", application="a1", certificate=b"der", signature=b"rs")
    await store.transact(lambda nouns: nouns.notices.enqueue(told))
    item = head(store, ZHEJIANG)

    assert all(getattr(item, name) == getattr(told, name) for name in Letter.__dataclass_fields__ if name != "deferred")


async def test_a_signature_that_was_made_is_kept(store: Store) -> None:
    await store.transact(fill)
    item = head(store, ZHEJIANG)
    await store.transact(lambda nouns: nouns.notices.sign(item.seq, b"der", b"rs"))

    assert (head(store, ZHEJIANG).certificate, head(store, ZHEJIANG).signature) == (b"der", b"rs")


async def test_attempts_are_counted_and_a_dead_item_lets_the_next_pass_until_it_is_set_back(store: Store) -> None:
    await store.transact(fill)
    first = head(store, ZHEJIANG)
    await store.transact(lambda nouns: nouns.notices.count_attempt(first.seq, "BAD_PARAMETER"))
    refused = head(store, ZHEJIANG)
    dead = await settle(store, first, OutboxState.DEAD, LATER, detail="BAD_PARAMETER")
    passing = head(store, ZHEJIANG)
    again = await settle(store, first, OutboxState.PENDING)

    assert (refused.attempts, refused.detail) == (1, "BAD_PARAMETER")
    assert (dead.state, dead.attempts, dead.settled_at) == (OutboxState.DEAD, 1, LATER)
    assert passing.notice_id == "n3"
    assert (head(store, ZHEJIANG), again.attempts, again.settled_at) == (again, 0, None)


async def test_a_delivered_item_keeps_the_receipt(store: Store) -> None:
    await store.transact(fill)
    item = await settle(store, head(store, ZHEJIANG), OutboxState.DELIVERED, LATER, receipt="ab" * 32)

    assert (item.state, item.settled_at, item.receipt) == (OutboxState.DELIVERED, LATER, "ab" * 32)


async def test_items_are_counted_by_target_and_state(store: Store) -> None:
    await store.transact(fill)
    await settle(store, head(store, ZHEJIANG), OutboxState.DEAD)

    assert dict(store.read.notices.outbox_counts()) == {
        (ZHEJIANG, OutboxState.DEAD): 1,
        (ZHEJIANG, OutboxState.PENDING): 1,
        (ANHUI, OutboxState.PENDING): 1,
        (HOOK, OutboxState.PENDING): 1,
    }


@pytest.mark.parametrize("state", list(OutboxState))
async def test_a_page_has_the_items_of_one_target_and_state_newest_first(store: Store, state: OutboxState) -> None:
    def unit(nouns: Nouns) -> None:
        for number in range(5):
            nouns.notices.enqueue(letter(ZHEJIANG, f"n{number}"))
            nouns.notices.enqueue(letter(ANHUI, f"n{number}"))

    await store.transact(unit)
    for item in store.read.notices.letters(ZHEJIANG, OutboxState.PENDING, None, 9):
        await settle(store, item, state)
    first = store.read.notices.letters(ZHEJIANG, state, None, 2)
    second = store.read.notices.letters(ZHEJIANG, state, first[-1].seq, 9)

    assert [one.notice_id for one in first] == ["n4", "n3"]
    assert [one.notice_id for one in second] == ["n2", "n1", "n0"]


async def test_an_event_is_found_at_all_its_targets(store: Store) -> None:
    await store.transact(fill)

    assert [one.target for one in store.read.notices.copies("n1")] == [ZHEJIANG, HOOK]
    assert store.read.notices.copies("n9") == []


async def test_a_deferred_letter_waits_and_is_found_by_what_it_is_about(store: Store) -> None:
    letters = [
        letter(notice_id="n1", exchange="e1", application="a1", deferred=True),
        letter(notice_id="n2", exchange="e2", application="a1", deferred=True),
        letter(notice_id="n3", exchange="e3", application="a2"),
        letter(notice_id="n4", deferred=True),
    ]
    await store.transact(lambda nouns: [nouns.notices.enqueue(one) for one in letters])
    notices = store.read.notices

    def found(state: OutboxState, exchange: str, application: str, limit: int = 9) -> list[str]:
        return [one.notice_id for one in notices.about(state, exchange, application, limit)]

    assert head(store, ZHEJIANG).notice_id == "n3"
    assert found(OutboxState.DEFERRED, "", "a1") == ["n1", "n2"]
    assert found(OutboxState.DEFERRED, "", "a1", 1) == ["n1"]
    assert found(OutboxState.DEFERRED, "e2", "") == ["n2"]
    assert found(OutboxState.PENDING, "e3", "a1") == ["n3"]
    assert found(OutboxState.DEFERRED, "", "") == []
    (first, second) = notices.about(OutboxState.DEFERRED, "", "a1", 9)
    assert notices.about(OutboxState.DEFERRED, "", "a1", 9, after=first.seq) == [second]


async def test_only_what_was_delivered_long_ago_is_forgotten(store: Store) -> None:
    await store.transact(fill)
    delivered = await settle(store, head(store, ZHEJIANG), OutboxState.DELIVERED, NOON)
    await settle(store, head(store, ZHEJIANG), OutboxState.DEAD, NOON)
    kept = await store.transact(lambda nouns: nouns.notices.purge_outbox(NOON, 9))
    gone = await store.transact(lambda nouns: nouns.notices.purge_outbox(LATER, 9))

    assert (kept, gone) == (0, 1)
    assert [one.target for one in store.read.notices.copies(delivered.notice_id)] == [HOOK]
    assert (ZHEJIANG, OutboxState.DELIVERED) not in {
        key for key, count in store.read.notices.outbox_counts().items() if count
    }


async def test_an_item_that_is_not_there_cannot_be_changed(store: Store) -> None:
    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.notices.settle(7, OutboxState.DEAD))
    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.notices.count_attempt(7, ""))
    with pytest.raises(StoreError):
        await store.transact(lambda nouns: nouns.notices.sign(7, b"", b""))


async def test_a_notice_is_received_once_and_a_holders_uses_come_newest_first(store: Store) -> None:
    notices = [
        use("n1"),
        use("n2", NOON + timedelta(hours=1)),
        use("n3"),
        use("n1", NOON + timedelta(hours=2)),
        use("n4", holder_handle="h2"),
    ]
    kept = [await store.transact(partial(receive, use=notice)) for notice in notices]

    assert kept == [True, True, True, False, True]
    assert [notices[1], notices[2], notices[0]] == store.read.notices.uses_of("h1", 10)
    assert [notices[1]] == store.read.notices.uses_of("h1", 1)
    assert store.read.notices.received_count() == 4
