"""What every step of the list managers needs: the store, the clock, one step at a time, and the record of each step. Clause 6.1, C9-1.

Every step is kept twice in one unit of work: as a move, which names the manager and stays here, and as an evidence entry, which holds a
keyed digest of the account instead. Not the steps themselves.
"""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import date, datetime
from functools import partial
from typing import Any, Protocol, TypeVar

from federation.model.evidence import EventType
from federation.model.uselist import utc_text
from node.library.dates import CHINA
from node.ports.lists import DraftState, Kind, StoredDraft, StoredMove
from node.ports.store import Nouns, Store
from node.usecases.publication.own import Change
from node.usecases.record import Recorder
from node.usecases.workshop.entry import Standing, standing
from node.usecases.workshop.managers import Manager
from node.usecases.workshop.refused import Problem
from trust import gm

SLICE = 50  # drafts in one unit of work: each is a few rows and an entry of evidence, and units run on the event loop
FORGOTTEN = 500  # rows of an import that are forgotten in one unit of work
BREATH = 10  # entries looked at without giving way to others
EVENTS = {
    Kind.CATALOGUE: EventType.CATALOG_CHANGE,
    Kind.USELIST: EventType.LIST_CHANGE,
    Kind.DECISIONS: EventType.LIST_CHANGE,
}
DRAFTED = frozenset({"DRAFTED", "STAGED", "ASKED"})  # the moves that name the author of what is then decided on

T = TypeVar("T")
Check = Callable[[Kind, dict[str, Any]], Sequence[Problem]]


class Publisher(Protocol):
    """What publishes: `publication.Publications`."""

    async def change(self, kind: Kind, changes: Sequence[Change], then: Callable[[Nouns, int], None]) -> int:
        """Publish these changes as one version; `then` runs in the unit that keeps it."""


class Desk:
    """The managers' desk of one province. Its locks are owned by the event loop: one step of a kind at a time."""

    def __init__(
        self,
        *,
        province: str,
        store: Store,
        recorder: Recorder,
        clock: Callable[[], datetime],
        digest: Callable[[str], str],
        check: Check,
        publisher: Publisher,
    ) -> None:
        """`digest` makes the keyed digest of an account; `check` is the rules for entries."""
        self.province = province
        self.store = store
        self.clock = clock
        self.check = check
        self.publisher = publisher
        self.digest = digest
        self._recorder = recorder
        self._locks = {kind: asyncio.Lock() for kind in Kind}

    def today(self) -> date:
        """The day in Beijing, which is the day of codes and of validity."""
        return self.clock().astimezone(CHINA).date()

    def lock(self, kind: Kind) -> asyncio.Lock:
        """Held over every step with entries of this kind, from its checks to its end."""
        return self._locks[kind]

    def standing(self, nouns: Nouns, kind: Kind, entry_id: str) -> tuple[Standing, ...]:
        """What is published of an own entry."""
        return standing(nouns.publications.entry(kind, self.province, entry_id))

    def note(
        self,
        nouns: Nouns,
        draft: StoredDraft,
        version: int,
        move: str,
        by: str,
        *,
        who: str = "",
        reason: str = "",
        **members: Any,
    ) -> None:
        """Keep that this step was taken with this draft; `by` is the account of who took it, `who` its digest where only that is known."""
        nouns.drafts.record([self.move(draft, version, move, by, reason)])
        entry = self._recorder.entry(
            EVENTS[draft.kind],
            move.lower(),
            f"{draft.kind.value}-{draft.id}",
            by=who or self.digest(by),
            action=draft.action.value,
            version=version,
            content=gm.sm3(draft.body).hex() if draft.body else "",
            **members,
        )
        nouns.evidence.append(entry)

    def note_batch(self, nouns: Nouns, kind: Kind, step: str, name: str, **members: Any) -> None:
        """Keep that something was done with many entries at once; `name` is what this batch is found by."""
        nouns.evidence.append(self._recorder.entry(EVENTS[kind], step, f"{kind.value}-{name}", **members))

    def move(self, draft: StoredDraft, version: int, move: str, by: str, reason: str) -> StoredMove:
        """A step, now."""
        return StoredMove(
            kind=draft.kind, id=draft.id, version=version, move=move, by=by, at=self.clock(), reason=reason
        )

    def approvals(self, nouns: Nouns, draft: StoredDraft, publisher: Manager) -> list[dict[str, str]]:
        """Who took which step of this change, by digest: what the published entry says of it."""
        moves = nouns.drafts.moves(draft.kind, draft.id, SLICE)
        drafted = next((one.at for one in reversed(moves) if one.move in DRAFTED), draft.changed_at)
        return [
            self._approval("drafted", draft.author, drafted),
            self._approval("approved", draft.reviewer, draft.changed_at),
            self._approval("published", publisher.account, self.clock()),
        ]

    def _approval(self, step: str, account: str, at: datetime) -> dict[str, str]:
        return {"step": step, "by": self.digest(account), "at": utc_text(at)}

    async def drafts(self, kind: Kind, state: DraftState | None) -> list[StoredDraft]:
        """Every draft in a state (None: in any that is shown), in the order of the ids."""
        found: list[StoredDraft] = []
        after = ""
        while page := self.store.read.drafts.page(kind, state, after, SLICE):
            found += page
            after = page[-1].id
            await asyncio.sleep(0)
        return found

    async def forget_staged(self, kind: Kind) -> None:
        """Forget what an import left that did not end, so many rows in a unit of work; the lock is held by the caller."""
        rows = FORGOTTEN
        while rows == FORGOTTEN:
            rows = await self.store.transact(partial(self._forget_staged, kind))
            await asyncio.sleep(0)

    def _forget_staged(self, kind: Kind, nouns: Nouns) -> int:
        rows = nouns.drafts.drop_staged(kind, FORGOTTEN)
        if rows:
            self.note_batch(nouns, kind, "import forgotten", "import", rows=rows)
        return rows

    async def in_slices(self, drafts: Iterable[StoredDraft], step: Callable[[Nouns, StoredDraft], None]) -> None:
        """Take one step with each draft, so many in a unit of work; the lock is held by the caller."""
        waiting = list(drafts)
        for start in range(0, len(waiting), SLICE):
            await self.store.transact(partial(_each, waiting[start : start + SLICE], step))


def _each(drafts: Sequence[StoredDraft], step: Callable[[Nouns, StoredDraft], None], nouns: Nouns) -> None:
    for draft in drafts:
        step(nouns, draft)


async def breathing(many: Iterable[T]) -> AsyncIterator[T]:
    """The same one after the other, giving way to others every so often."""
    for number, one in enumerate(many):
        if number % BREATH == BREATH - 1:
            await asyncio.sleep(0)
        yield one
