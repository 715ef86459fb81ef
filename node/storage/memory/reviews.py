"""Reviews in memory. See `node.ports.reviews.Reviews`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from node.ports.reviews import ReviewState, StoredReview
from node.ports.store import StoreError
from node.storage.memory.journal import Journal, Table


class MemoryReviews:
    """Keyed by consumer and application."""

    def __init__(self, journal: Journal) -> None:
        self._reviews = Table[tuple[str, str], StoredReview](journal)

    def put(self, review: StoredReview) -> None:
        """Queue a review."""
        held = self.get(review.consumer, review.apply_id)
        if held is not None and held.expires_at > review.queued_at:
            raise StoreError("a review of this application is held already")
        self._reviews.put((review.consumer, review.apply_id), review)

    def get(self, consumer: str, apply_id: str) -> StoredReview | None:
        """One review."""
        return self._reviews.get((consumer, apply_id))

    def settle(
        self, consumer: str, apply_id: str, state: ReviewState, *, reviewer: str, reason: str, at: datetime
    ) -> bool:
        """Decide a waiting review."""
        held = self.get(consumer, apply_id)
        if held is None or held.state is not ReviewState.WAITING:
            return False
        decided = replace(held, state=state, reviewer=reviewer, reason=reason, decided_at=at)
        self._reviews.put((consumer, apply_id), decided)
        return True

    def page(
        self,
        state: ReviewState | None,
        now: datetime,
        after: tuple[datetime, str, str] | None,
        limit: int,
        consumer: str = "",
    ) -> Sequence[StoredReview]:
        """Reviews, oldest first."""
        found = [one for one in self._reviews if state is None or (one.state is state and _is_open(one, now))]
        found = [one for one in found if consumer in ("", one.consumer) and (after is None or _place(one) > after)]
        return sorted(found, key=_place)[:limit]

    def waiting(self, consumer: str, use_list_id: str, now: datetime) -> int:
        """How many wait under one line."""
        found = (one for one in self._reviews if (one.consumer, one.use_list_id) == (consumer, use_list_id))
        return sum(one.state is ReviewState.WAITING and _is_open(one, now) for one in found)

    def counts(self, now: datetime) -> Mapping[ReviewState, int]:
        """How many are in each state."""
        return {state: sum(one.state is state and _is_open(one, now) for one in self._reviews) for state in ReviewState}

    def erase(self, apply_id: str) -> int:
        """Forget those of an application."""
        return self._reviews.drop(lambda one: one.apply_id == apply_id)

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what expired."""
        return self._reviews.drop(lambda one: one.expires_at < before, limit)


def _is_open(one: StoredReview, now: datetime) -> bool:
    return one.state is not ReviewState.WAITING or one.expires_at > now


def _place(one: StoredReview) -> tuple[datetime, str, str]:
    return one.queued_at, one.consumer, one.apply_id
