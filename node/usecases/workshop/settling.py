"""After a stop: drafts that were published and yet are still there go, and imports that had not ended are forgotten. C9-1.

Where a publishing fails or the node stops after the version was kept, drafts are left over. A draft whose steps and content
a published entry names has been published. Until that is settled nothing else of the kind is published or dropped.
"""

import json
from collections.abc import Mapping

from federation.model.uselist import utc_text
from node.ports.lists import Action, DraftState, Kind, StoredDraft
from node.ports.store import Nouns
from node.usecases.workshop.desk import Desk, breathing
from node.usecases.workshop.entry import Standing, content, status_after
from trust import canonical


class Settling:
    """Knows which kinds are not settled: all of them at start, for the admin port answers before `settle` has run."""

    def __init__(self, desk: Desk) -> None:
        """At this desk."""
        self._desk = desk
        self._unsettled = set(Kind)

    async def settle(self) -> None:
        """At start: end what a stop cut short, and forget imports that had not ended."""
        for kind in Kind:
            async with self._desk.lock(kind):
                await self._settle(kind)
                await self._desk.forget_staged(kind)

    async def first(self, kind: Kind) -> None:
        """Settle this kind unless it is. The caller holds the lock."""
        if kind in self._unsettled:
            await self._settle(kind)

    def begun(self, kind: Kind) -> None:
        """A publishing begins."""
        self._unsettled.add(kind)

    def ended(self, kind: Kind) -> None:
        """It has ended with all of its drafts gone."""
        self._unsettled.discard(kind)

    def done(self, nouns: Nouns, draft: StoredDraft, entry_version: int, version: int, *, by: str, who: str) -> None:
        """Keep, in the unit of the caller, that this draft was published by this account, `who` by digest."""
        nouns.drafts.remove(draft.kind, draft.id)
        self._desk.note(
            nouns,
            draft,
            entry_version,
            "PUBLISHED",
            by,
            who=who,
            reason=draft.reason,
            publication=version,
            author=self._desk.digest(draft.author),
            reviewer=self._desk.digest(draft.reviewer),
        )

    async def _settle(self, kind: Kind) -> None:
        latest = self._desk.store.read.publications.latest(kind, self._desk.province)
        version = latest.version if latest else 0
        settled = {}
        async for draft in breathing(await self._desk.drafts(kind, DraftState.APPROVED)):
            versions = self._desk.standing(self._desk.store.read, kind, draft.id)
            stands = next((one for one in versions if self._is_of(one, draft)), None)
            if stands is not None:
                settled[draft.id] = (draft, stands.version, stands.raw["approvals"][-1]["by"])

        def end(nouns: Nouns, draft: StoredDraft) -> None:
            _, stands, who = settled[draft.id]
            self.done(nouns, draft, stands, version, by=who, who=who)

        await self._desk.in_slices([one[0] for one in settled.values()], end)
        self._unsettled.discard(kind)

    def _is_of(self, stands: Standing, draft: StoredDraft) -> bool:
        """Whether a published version says that this very draft was approved, and says what the draft says: seconds are shared."""
        approved = {"step": "approved", "by": self._desk.digest(draft.reviewer), "at": utc_text(draft.changed_at)}
        return approved in stands.raw.get("approvals", ()) and _says(stands, draft)


def _says(stands: Standing, draft: StoredDraft) -> bool:
    """Whether a published version is what publishing the draft makes of it."""
    if draft.action is not Action.PUT:
        return stands.status == status_after(draft.kind, draft.action)
    raw = json.loads(draft.body)
    if draft.kind is Kind.DECISIONS:
        return canonical.dumps(_bare(stands.raw)) == canonical.dumps(_bare(raw))
    return content(draft.kind, stands.raw) == content(draft.kind, raw)


def _bare(decision: Mapping[str, object]) -> dict[str, object]:
    return {name: value for name, value in decision.items() if name != "approvals"}
