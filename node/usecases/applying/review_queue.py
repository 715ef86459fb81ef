"""What a line or a decision flagged for review (人工核验) does to an application: it waits for a person of this province. Clause 7.3.

The queue's side of the deciding unit: queue once, answer by what was decided. Who decides, and how, is `review`'s. The same application,
sent again, brings the decision; another one under its id brings none.
"""

from dataclasses import dataclass
from datetime import timedelta

from federation.model.refusal import Reason, Refusal
from federation.model.uselist import MANUAL
from node.ports.reviews import ReviewState, StoredReview
from node.ports.store import Nouns
from node.usecases.admission.case import Case
from node.usecases.admission.waiting import seconds_between
from node.usecases.applying.seal import content_of, seal_as
from node.vault import Vault

ASK_AGAIN = timedelta(minutes=10)  # a person decides: asking every few seconds brings nothing
MAX_WAITING = 500  # under one line of one province: more than a desk decides in days, and no other province's cases are buried. Our choice


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewQueue:
    """Keeps a review, decided or not, for `lifetime`; then the application has to be made anew."""

    vault: Vault
    lifetime: timedelta

    def held(self, nouns: Nouns, case: Case) -> StoredReview | None:
        """The review of this application, in force; None also where no person has to decide."""
        if not self.wanted(case):
            return None
        found = nouns.reviews.get(case.consumer, case.application.apply_id)
        return found if found is not None and found.expires_at > case.now else None

    def wanted(self, case: Case) -> bool:
        """Whether the line says that a person decides, or this province's decision on it does."""
        return case.limits is not None and case.limits.review == MANUAL

    def full(self, nouns: Nouns, case: Case) -> Refusal | None:
        """Why an application cannot be queued now: as many of its line wait as may."""
        if not self.wanted(case) or nouns.reviews.waiting(case.consumer, case.use_list_id, case.now) < MAX_WAITING:
            return None
        return Refusal(
            reason=Reason.LIMIT_REACHED,
            detail=f"{case.use_list_id}: {MAX_WAITING} wait for review",
            retry_after_s=int(ASK_AGAIN.total_seconds()),
        )

    def ask(self, nouns: Nouns, case: Case, held: StoredReview | None) -> Refusal | None:
        """Why an application that every check lets pass is not admitted yet, or not at all; it is queued where it is new."""
        if not self.wanted(case):
            return None
        review = held or self._queue(nouns, case)
        if review.content != content_of(self.vault, case.application):
            return Refusal(reason=Reason.REPLAYED, detail="this apply id stands for another")
        if review.state is ReviewState.WAITING:
            wait = min(seconds_between(case.now, review.expires_at), int(ASK_AGAIN.total_seconds()))
            return Refusal(reason=Reason.REVIEW_PENDING, detail=case.use_list_id, retry_after_s=wait)
        if review.state is ReviewState.REJECTED:
            return Refusal(reason=Reason.REVIEW_REJECTED, detail=f"{case.use_list_id}: {review.reason}")
        return None

    def _queue(self, nouns: Nouns, case: Case) -> StoredReview:
        one = case.application
        review = StoredReview(
            consumer=case.consumer,
            apply_id=one.apply_id,
            content=content_of(self.vault, one),
            state=ReviewState.WAITING,
            use_list_id=case.use_list_id,
            line_version=one.use_list_version,
            use_org_code=one.use_org_code,
            use_org_name=one.use_org_name,
            item_code=one.item_code,
            item_name=one.item_name,
            type_codes=one.type_codes,
            sealed=seal_as(self.vault, one, review_label(case.consumer, one.apply_id)),
            queued_at=case.now,
            expires_at=case.now + self.lifetime,
        )
        nouns.reviews.put(review)
        return review


def review_label(consumer: str, apply_id: str) -> bytes:
    """What binds a queued application to its place."""
    return f"review\x1f{consumer}\x1f{apply_id}".encode()
