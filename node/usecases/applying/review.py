"""Manual review (人工核验): a manager with the role `review` sees what waits, and passes or rejects it. Clause 7.3; 11.4 for what is shown.

What one reads of a person is masked, and that it was read is on record. A rejection has a reason, which the consumer's clerk sees: so it
may hold no numbers. Four eyes are not demanded: the case waits at a counter. The queue itself is `review_queue`.
"""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from federation.model.application import Application
from federation.model.evidence import EventType
from federation.model.refusal import Reason, Refusal
from node.errors import RefusedError, refused
from node.ports.reviews import ReviewState, StoredReview
from node.ports.store import Nouns, Store
from node.usecases.applying.review_queue import review_label
from node.usecases.applying.seal import open_as
from node.usecases.on_record import on_record
from node.usecases.plain_reason import plain_reason
from node.usecases.record import Recorder
from node.usecases.workshop.managers import Manager, Role
from node.vault import Vault
from trust import gm

MAX_REASON = 150  # characters; with the line's id it fits the detail of a refusal
PAGE = 50
_KEPT = 4  # characters of a code that stay readable at its end
_STEPS = {ReviewState.PASSED: "passed", ReviewState.REJECTED: "rejected"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ReviewDesk:
    """The reviewers' side of the queue of one province. `digest` makes the keyed digest of a manager's account."""

    store: Store
    vault: Vault
    recorder: Recorder
    clock: Callable[[], datetime]
    digest: Callable[[str], str]

    def page(self, state: ReviewState | None, after: str, limit: int, consumer: str = "") -> dict[str, Any]:
        """Reviews of a consumer ("": of any), oldest first, behind the id `after` ("": from the first); nothing personal.

        Raises:
            RefusedError: NO_RECORD; `after` is no review.
        """
        place = None
        if after:
            last = self._held(self.store.read, after)
            place = (last.queued_at, last.consumer, last.apply_id)
        found = self.store.read.reviews.page(state, self.clock(), place, limit, consumer)
        return {"reviews": [told(one) for one in found], "next": id_of(found[-1]) if len(found) == limit else ""}

    async def show(self, manager: Manager, review_id: str) -> dict[str, Any]:
        """One review with what its application asks; persons are masked. On record.

        Raises:
            RefusedError: NOT_AUTHORISED, or NO_RECORD; on record.
        """
        async with self._refusals(manager):
            return await self._shown(manager, review_id)

    def _refusals(self, manager: Manager) -> AbstractAsyncContextManager[None]:
        return on_record(self.store, self.recorder, EventType.REVIEW, "", by=self.digest(manager.account))

    async def _shown(self, manager: Manager, review_id: str) -> dict[str, Any]:
        manager.require(Role.REVIEW)

        def unit(nouns: Nouns) -> dict[str, Any]:
            held = self._held(nouns, review_id)
            self._record(nouns, held, "shown", manager)
            return told(held) | _asked(self._opened(held))

        return await self.store.transact(unit)

    async def decide(self, manager: Manager, review_id: str, state: ReviewState, reason: str = "") -> dict[str, Any]:
        """Pass or reject what waits: the consumer learns it when it asks again. What is refused is on record, too.

        Raises:
            RefusedError: NOT_AUTHORISED; NO_RECORD; BAD_PARAMETER: no reason, or one with numbers; VERSION_CONFLICT: it waits no more.
        """
        async with self._refusals(manager):
            return await self._decided(manager, review_id, state, reason)

    async def _decided(self, manager: Manager, review_id: str, state: ReviewState, reason: str) -> dict[str, Any]:
        manager.require(Role.REVIEW)
        said = plain_reason(reason, needed=state is ReviewState.REJECTED, most=MAX_REASON)

        def unit(nouns: Nouns) -> StoredReview | Refusal:
            held, now = self._held(nouns, review_id), self.clock()
            if held.expires_at <= now or not nouns.reviews.settle(
                held.consumer, held.apply_id, state, reviewer=manager.account, reason=said, at=now
            ):
                state_word = held.state.value.lower() if held.state is not ReviewState.WAITING else "expired"
                return Refusal(reason=Reason.VERSION_CONFLICT, detail=f"this review waits no more: {state_word}")
            self._record(nouns, held, _STEPS[state], manager)
            return self._held(nouns, review_id)

        outcome = await self.store.transact(unit)
        if isinstance(outcome, Refusal):
            raise refused(outcome)
        return told(outcome)

    def _held(self, nouns: Nouns, review_id: str) -> StoredReview:
        """A review.

        Raises:
            RefusedError: NO_RECORD.
        """
        consumer, _, apply_id = review_id.partition("/")
        held = nouns.reviews.get(consumer, apply_id)
        if held is None:
            raise RefusedError(Reason.NO_RECORD, "there is no review under this id")
        return held

    def _opened(self, held: StoredReview) -> Application:
        return open_as(self.vault, held.sealed, review_label(held.consumer, held.apply_id))

    def _record(self, nouns: Nouns, held: StoredReview, step: str, manager: Manager) -> None:
        entry = self.recorder.entry(
            EventType.REVIEW,
            step,
            "",
            consumer=held.consumer,
            apply=held.apply_id,
            line=held.use_list_id,
            by=self.digest(manager.account),
        )
        nouns.evidence.append(entry)


def id_of(review: StoredReview) -> str:
    """The id by which managers name a review."""
    return f"{review.consumer}/{review.apply_id}"


def told(one: StoredReview) -> dict[str, Any]:
    """What is told of a review to whoever may see the queue: nothing personal but the reviewer's account, once it is decided."""
    return {
        "id": id_of(one),
        "state": one.state.value,
        "consumer": one.consumer,
        "line": one.use_list_id,
        "line_version": one.line_version,
        "unit": one.use_org_code,
        "unit_name": one.use_org_name,
        "item": one.item_code,
        "item_name": one.item_name,
        "types": list(one.type_codes),
        "queued_at": one.queued_at.isoformat(timespec="seconds"),
        "expires_at": one.expires_at.isoformat(timespec="seconds"),
        "decided_at": "" if one.decided_at is None else one.decided_at.isoformat(timespec="seconds"),
        "reviewer": one.reviewer,
        "reason": one.reason,
    }


def _asked(one: Application) -> dict[str, Any]:
    """What an application asks, persons masked."""
    return {
        "holder": {"name": masked_name(one.holder.name), "code": masked(one.holder.code), "type": one.holder.type_code},
        "operator": {
            "name": masked_name(one.operator.name),
            "account": masked(one.operator.account, kept=2),
            "role": one.operator.role,
            "division": one.operator.division,
            "terminal": one.operator.terminal,
        },
        "purpose": one.use_cause,
        "business": one.business_code,
        "case": one.biz_num,
        "app": one.app_id,
        "mode": one.auth_mode.value,
        "kind": one.kind.value,
        "outputs": [output.value for output in one.outputs],
        "fields": list(one.fields),
        "consent": gm.sm3(one.consent).hex() if one.consent else "",
        "requested_at": one.requested_at.isoformat(timespec="seconds"),
    }


def masked(text: str, kept: int = _KEPT) -> str:
    """A code or number of which only the last few characters can be read: never more than a quarter of it."""
    shown = min(kept, len(text) // 4)
    return "*" * (len(text) - shown) + text[len(text) - shown :]


def masked_name(name: str) -> str:
    """A name of which the first character can be read."""
    return name[:1] + "*" * (len(name) - 1)
