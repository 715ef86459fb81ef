"""Applications that wait for a person: queued once, decided once, forgotten when they have expired."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

import pytest

from node.ports.reviews import ReviewState, StoredReview
from node.ports.store import Nouns, Store, StoreError
from tests.node.storage.samples import LATER, NOON

MINUTE = timedelta(minutes=1)
REVIEW = StoredReview(
    consumer="320000",
    apply_id="apply-1",
    content="ab" * 32,
    state=ReviewState.WAITING,
    use_list_id="JS-0001",
    line_version=2,
    use_org_code="11320000014000000X",
    use_org_name="江苏省样例厅",
    item_code="item",
    item_name="采矿权登记",
    type_codes=("T1", "T2"),
    sealed=b"\xff\x00",
    queued_at=NOON,
    expires_at=LATER,
)


def put(review: StoredReview, nouns: Nouns) -> None:
    nouns.reviews.put(review)


async def queue(store: Store, *reviews: StoredReview) -> None:
    for review in reviews:
        await store.transact(partial(put, review))


def settle(nouns: Nouns, state: ReviewState = ReviewState.REJECTED, reviewer: str = "wang") -> bool:
    return nouns.reviews.settle("320000", "apply-1", state, reviewer=reviewer, reason="不符", at=NOON + MINUTE)


async def test_a_review_is_queued_once_and_kept_whole(store: Store) -> None:
    await queue(store, REVIEW)

    assert store.read.reviews.get("320000", "apply-1") == REVIEW
    assert store.read.reviews.get("310000", "apply-1") is None
    with pytest.raises(StoreError):
        await queue(store, REVIEW)


async def test_a_review_is_decided_once(store: Store) -> None:
    await queue(store, REVIEW)
    first = await store.transact(settle)
    second = await store.transact(lambda nouns: settle(nouns, ReviewState.PASSED, "li"))
    held = store.read.reviews.get("320000", "apply-1")

    assert (first, second) == (True, False)
    assert held == replace(REVIEW, state=ReviewState.REJECTED, reviewer="wang", reason="不符", decided_at=NOON + MINUTE)


async def test_what_is_not_queued_cannot_be_decided(store: Store) -> None:
    assert not await store.transact(settle)


async def test_reviews_are_paged_oldest_first_and_by_state(store: Store) -> None:
    others = [replace(REVIEW, apply_id=f"b{n}", queued_at=NOON + (n // 2) * MINUTE) for n in range(4)]
    await queue(store, *reversed(others), replace(REVIEW, queued_at=NOON - MINUTE))
    await store.transact(settle)
    reviews = store.read.reviews
    first = reviews.page(ReviewState.WAITING, NOON, None, 3)
    last = first[-1]
    rest = reviews.page(ReviewState.WAITING, NOON, (last.queued_at, last.consumer, last.apply_id), 3)

    assert [one.apply_id for one in (*first, *rest)] == ["b0", "b1", "b2", "b3"]
    assert [one.apply_id for one in reviews.page(None, NOON, None, 2)] == ["apply-1", "b0"]
    assert [one.apply_id for one in reviews.page(ReviewState.REJECTED, LATER, None, 9)] == ["apply-1"]


async def test_reviews_are_shown_of_one_consumer(store: Store) -> None:
    await queue(store, REVIEW, replace(REVIEW, consumer="310000"), replace(REVIEW, consumer="310000", apply_id="b"))
    reviews = store.read.reviews
    (first,) = reviews.page(ReviewState.WAITING, NOON, None, 1, "310000")
    rest = reviews.page(None, NOON, (first.queued_at, first.consumer, first.apply_id), 9, "310000")

    assert [(one.consumer, one.apply_id) for one in (first, *rest)] == [("310000", "apply-1"), ("310000", "b")]


async def test_what_waits_is_counted_under_its_line(store: Store) -> None:
    await queue(
        store,
        REVIEW,
        replace(REVIEW, apply_id="b"),
        replace(REVIEW, apply_id="c", expires_at=NOON + MINUTE),
        replace(REVIEW, apply_id="d", use_list_id="JS-0002"),
        replace(REVIEW, consumer="310000"),
    )
    before = store.read.reviews.waiting("320000", "JS-0001", NOON)
    await store.transact(settle)

    assert before == 3
    assert store.read.reviews.waiting("320000", "JS-0001", NOON + MINUTE) == 1


async def test_what_waits_no_more_because_it_expired_is_neither_shown_as_waiting_nor_counted(store: Store) -> None:
    await queue(store, REVIEW)
    reviews = store.read.reviews

    assert reviews.counts(NOON)[ReviewState.WAITING] == 1
    assert reviews.counts(LATER) == dict.fromkeys(ReviewState, 0)
    assert reviews.page(ReviewState.WAITING, LATER, None, 9) == []
    assert reviews.page(None, LATER, None, 9) == [REVIEW]


async def test_expired_reviews_are_purged_at_most_so_many_at_a_time(store: Store) -> None:
    await queue(
        store, *(replace(REVIEW, apply_id=f"b{n}") for n in range(3)), replace(REVIEW, expires_at=LATER + MINUTE)
    )
    purged = [await store.transact(lambda nouns: nouns.reviews.purge(LATER + MINUTE, 2)) for _ in range(3)]

    assert purged == [2, 1, 0]
    assert [one.apply_id for one in store.read.reviews.page(None, NOON, None, 9)] == ["apply-1"]


async def test_a_review_that_has_expired_makes_room_for_another(store: Store) -> None:
    await queue(store, REVIEW)
    later = replace(REVIEW, content="cd" * 32, queued_at=LATER, expires_at=LATER + MINUTE)
    with pytest.raises(StoreError):
        await queue(store, replace(later, queued_at=LATER - MINUTE))
    await queue(store, later)

    assert store.read.reviews.get("320000", "apply-1") == later
