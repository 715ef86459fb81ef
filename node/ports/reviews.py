"""Applications that wait for a person's decision at their provider (人工核验). Clause 7.3; only lines flagged for it.

Not the rules (`node.usecases.applying.review`). What names a person is in `sealed`, and nowhere else.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class ReviewState(StrEnum):
    """Where a review stands. PASSED and REJECTED are final."""

    WAITING = "WAITING"
    PASSED = "PASSED"
    REJECTED = "REJECTED"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredReview:
    """One application to be decided by a person, by (consumer, apply_id).

    `content` is a keyed digest of the whole application: the decision is on this very one. It is good until `expires_at`. `reviewer` is a
    manager's account, which stays here; `reason` is of a rejection.
    """

    consumer: str
    apply_id: str
    content: str
    state: ReviewState
    use_list_id: str
    line_version: int
    use_org_code: str
    use_org_name: str
    item_code: str
    item_name: str
    type_codes: tuple[str, ...]
    sealed: bytes = field(repr=False)
    queued_at: datetime
    expires_at: datetime
    decided_at: datetime | None = None
    reviewer: str = field(default="", repr=False)
    reason: str = ""


class Reviews(Protocol):
    """The queue, and what was decided."""

    def put(self, review: StoredReview) -> None:
        """Queue a review in place of one of this (consumer, apply_id) that has expired when it is queued; of no other (StoreError)."""

    def get(self, consumer: str, apply_id: str) -> StoredReview | None:
        """One review."""

    def settle(
        self, consumer: str, apply_id: str, state: ReviewState, *, reviewer: str, reason: str, at: datetime
    ) -> bool:
        """Decide a waiting review; False, and nothing is changed, where none waits under this id."""

    def page(
        self,
        state: ReviewState | None,
        now: datetime,
        after: tuple[datetime, str, str] | None,
        limit: int,
        consumer: str = "",
    ) -> Sequence[StoredReview]:
        """Reviews in this state (None: in any) of this consumer ("": of any), oldest first.

        `after` is the (queued_at, consumer, apply_id) last seen. What waits and has expired is shown under None only.
        """

    def waiting(self, consumer: str, use_list_id: str, now: datetime) -> int:
        """How many wait under one line of a consumer, and have not expired."""

    def counts(self, now: datetime) -> Mapping[ReviewState, int]:
        """How many are in each state; of those that wait, the ones that have not expired."""

    def erase(self, apply_id: str) -> int:
        """Forget the reviews of an application, whoever asked; returns how many."""

    def purge(self, before: datetime, limit: int) -> int:
        """Forget reviews that expired before that time, at most `limit`; returns how many (0: nothing is left)."""
