"""Drafts of catalogue entries and use-list lines: written, submitted, reviewed, dropped. Clause 6.1, REQUIREMENTS C9-1 and C9-2.

Four eyes: who reviews a draft is not its author, and neither is who publishes it (`publishing`). A step with named drafts is taken only
where it can be taken with all of them (a stop in the middle leaves those behind it for another try); "all" takes those drafts with which
this manager may take it.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from federation.model.refusal import Reason
from node.errors import RefusedError
from node.ports.lists import Action, DraftState, Kind, StoredDraft
from node.ports.store import Nouns
from node.usecases.workshop.desk import Desk, breathing
from node.usecases.workshop.entry import effective_faults, id_of, next_version, normal
from node.usecases.workshop.managers import Manager, Role
from node.usecases.workshop.refused import Fault, ListRefusedError, faults_of, refused
from node.usecases.workshop.seen import NOTHING, refuse_changed
from node.usecases.workshop.settling import Settling
from trust import canonical

MAX_REASON = 200  # characters
_ZH = {
    DraftState.DRAFT: "尚未提交",
    DraftState.SUBMITTED: "正在审核",
    DraftState.APPROVED: "已审核，待发布",
    DraftState.STAGED: "正在导入",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Taken:
    """The entries a step was taken with, and how many of "all" this manager could not take it with."""

    ids: tuple[str, ...]
    left: int = 0


Offers = Callable[[Mapping[str, Any]], Sequence[Fault]]


def _anything(_line: Mapping[str, Any]) -> Sequence[Fault]:
    return ()


class Editing:
    """What managers do with drafts."""

    def __init__(self, desk: Desk, settling: Settling, *, offers: Offers = _anything) -> None:
        """`offers` says which types of a line no named provider has in its catalogue."""
        self._desk = desk
        self._settling = settling
        self._offers = offers

    def entry(self, kind: Kind, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
        """The entry as it would be published, and what the rules find wrong with it on its own."""
        desk, entry_id = self._desk, id_of(kind, raw)
        faults = faults_of(desk.check(kind, dict(raw)), entry_id=entry_id)
        return ({}, faults) if faults else (normal(kind, raw, desk.province), [])

    def beyond(self, kind: Kind, entry: Mapping[str, Any]) -> list[Fault]:
        """What is wrong with a well-formed entry at this time and beside the other lists."""
        versions = self._desk.standing(self._desk.store.read, kind, id_of(kind, entry))
        kept = (
            bool(versions) and versions[-1].effective == entry["effective"]
        )  # as it stands in a sheet that was exported
        faults = [] if kept else effective_faults(entry, self._desk.clock())
        if kind is Kind.USELIST:
            faults += self._offers(entry)
        return [replace(one, id=id_of(kind, entry)) for one in faults]

    def checked(self, kind: Kind, raw: Mapping[str, Any]) -> tuple[dict[str, Any], list[Fault]]:
        """The entry as it would be published, and everything that is wrong with it."""
        entry, faults = self.entry(kind, raw)
        return entry, faults or self.beyond(kind, entry)

    async def draft(self, kind: Kind, raw: Mapping[str, Any], manager: Manager) -> StoredDraft:
        """Write a new entry, or the next version of a published one; a draft of the same entry is replaced.

        Raises:
            RefusedError: NOT_AUTHORISED, or LIST_REFUSED with every field that is wrong; nothing was written.
        """
        manager.require(Role.EDIT)
        entry, faults = self.checked(kind, raw)
        if faults:
            raise ListRefusedError(faults)
        async with self._desk.lock(kind):
            return await self._desk.store.transact(lambda nouns: self._draft(nouns, kind, entry, manager))

    def _draft(self, nouns: Nouns, kind: Kind, entry: dict[str, Any], manager: Manager) -> StoredDraft:
        desk, entry_id = self._desk, id_of(kind, entry)
        refuse_in_review(nouns.drafts.get(kind, entry_id))
        version = next_version(kind, desk.standing(nouns, kind, entry_id), entry, desk.clock())
        draft = drafted(kind, entry_id, {**entry, "version": version}, manager, desk.clock())
        nouns.drafts.put(draft)
        desk.note(nouns, draft, version, "DRAFTED", manager.account)
        return draft

    async def submit(self, kind: Kind, ids: Sequence[str] | None, manager: Manager) -> Taken:
        """Hand drafts in for review; None: all of this manager's own.

        Raises:
            RefusedError: NOT_AUTHORISED, or LIST_REFUSED: an entry has no draft, or it is handed in already.
        """
        manager.require(Role.EDIT)
        async with self._desk.lock(kind):
            chosen, left = await self.chosen(kind, ids, DraftState.DRAFT, lambda one: one.author == manager.account)
            await self._step(chosen, DraftState.SUBMITTED, "SUBMITTED", manager)
        return Taken(ids=tuple(one.id for one in chosen), left=left)

    async def review(
        self,
        kind: Kind,
        ids: Sequence[str] | None,
        manager: Manager,
        *,
        approve: bool,
        reason: str = "",
        seen: Mapping[str, str] = NOTHING,
    ) -> Taken:
        """Approve what others handed in, or return it with a reason; None: everything handed in by others. `seen`: see `seen`.

        Raises:
            RefusedError: NOT_AUTHORISED, FOUR_EYES, or LIST_REFUSED: an entry is not handed in or was changed, or no reason.
        """
        manager.require(Role.REVIEW)
        if not approve:
            refuse_reason(reason)
        async with self._desk.lock(kind):
            chosen, left = await self.chosen(kind, ids, DraftState.SUBMITTED, lambda one: one.author != manager.account)
            refuse_author(chosen, manager)
            refuse_changed(chosen, seen)
            await self.reviewed(chosen, manager, approve=approve, reason=reason)
        return Taken(ids=tuple(one.id for one in chosen), left=left)

    async def reviewed(
        self, drafts: Sequence[StoredDraft], manager: Manager, *, approve: bool, reason: str = ""
    ) -> None:
        """Review drafts that may be reviewed by this manager. The caller holds the lock and has checked that."""
        state, move = (DraftState.APPROVED, "APPROVED") if approve else (DraftState.DRAFT, "RETURNED")
        reviewer = manager.account if approve else ""
        await self._step(drafts, state, move, manager, reviewer=reviewer, reason=reason)

    async def drop(self, kind: Kind, ids: Sequence[str], manager: Manager) -> Taken:
        """Forget drafts, wherever they stand.

        Raises:
            RefusedError: NOT_AUTHORISED, or LIST_REFUSED: an entry has no draft.
        """
        manager.require(Role.EDIT)

        def forget(nouns: Nouns, draft: StoredDraft) -> None:
            nouns.drafts.remove(kind, draft.id)
            self._desk.note(nouns, draft, version_of(draft), "DROPPED", manager.account)

        async with self._desk.lock(kind):
            await self._settling.first(kind)  # what was published cannot be dropped any more
            chosen, _ = await self.chosen(kind, ids, None, lambda _: True)
            await self._desk.in_slices(chosen, forget)
        return Taken(ids=tuple(one.id for one in chosen))

    async def chosen(
        self, kind: Kind, ids: Sequence[str] | None, state: DraftState | None, mine: Callable[[StoredDraft], bool]
    ) -> tuple[list[StoredDraft], int]:
        """The named drafts, which must all be in this state; or all in it that are `mine`, and how many are not.

        Raises:
            ListRefusedError: one that was named has no draft or is in another state, or there is none at all.
        """
        if ids is not None:
            return await self._named(kind, ids, state), 0
        found = [one for one in await self._desk.drafts(kind, state) if mine(one)]
        if not found:
            raise refused("there is no draft to take this step with", "没有可执行此操作的草稿")
        return found, self._desk.store.read.drafts.counts(kind).get(state or DraftState.DRAFT, 0) - len(found)

    async def _named(self, kind: Kind, ids: Sequence[str], state: DraftState | None) -> list[StoredDraft]:
        drafts, faults = [], []
        async for entry_id in breathing(dict.fromkeys(ids)):
            draft = self._desk.store.read.drafts.get(kind, entry_id)
            if draft is None:
                faults.append(Fault(id=entry_id, message="has no draft", zh="该条目没有草稿"))
            elif state is not None and draft.state is not state:
                faults.append(Fault(id=entry_id, message=f"is {draft.state}, not {state}", zh=_ZH[draft.state]))
            else:
                drafts.append(draft)
        if faults or not drafts:
            raise ListRefusedError(faults or [Fault(message="name at least one entry", zh="请指定条目")])
        return drafts

    async def _step(
        self,
        drafts: Sequence[StoredDraft],
        state: DraftState,
        move: str,
        manager: Manager,
        *,
        reviewer: str = "",
        reason: str = "",
    ) -> None:
        def take(nouns: Nouns, draft: StoredDraft) -> None:
            why = reason if draft.action is Action.PUT else draft.reason  # why it shall be suspended: that is published
            nouns.drafts.put(replace(draft, state=state, reviewer=reviewer, reason=why, changed_at=self._desk.clock()))
            self._desk.note(nouns, draft, version_of(draft), move, manager.account, reason=reason)

        await self._desk.in_slices(drafts, take)


def drafted(kind: Kind, entry_id: str, entry: Mapping[str, Any], manager: Manager, now: datetime) -> StoredDraft:
    """A draft of this entry by this manager."""
    return StoredDraft(
        kind=kind,
        id=entry_id,
        action=Action.PUT,
        state=DraftState.DRAFT,
        body=canonical.dumps(entry),
        author=manager.account,
        changed_at=now,
    )


def refuse_in_review(draft: StoredDraft | None) -> None:
    """Go on only where no draft is handed in: what a reviewer reads does not change under his eyes.

    Raises:
        ListRefusedError: one is.
    """
    if draft is not None and draft.state is not DraftState.DRAFT:
        message = f"has a draft that is {draft.state}; have it returned, or drop it"
        raise refused(message, f"该条目已有草稿：{_ZH[draft.state]}", entry_id=draft.id)


def refuse_reason(reason: str) -> None:
    """Go on only with a reason.

    Raises:
        ListRefusedError: none, or a long one.
    """
    if faults := reason_faults(reason):
        raise ListRefusedError(faults)


def reason_faults(reason: str) -> list[Fault]:
    """What is wrong with a reason."""
    if reason.strip() and len(reason) <= MAX_REASON:
        return []
    message = f"give a reason of at most {MAX_REASON} characters, without names or numbers of persons"
    return [Fault(field="reason", message=message, zh="请填写理由（200字以内，不含个人信息）")]


def refuse_author(drafts: Sequence[StoredDraft], manager: Manager) -> None:
    """Go on only where a second person acts.

    Raises:
        RefusedError: FOUR_EYES.
    """
    own = [one.id for one in drafts if one.author == manager.account]
    if own:
        raise RefusedError(Reason.FOUR_EYES, ", ".join(own[:3]))


def version_of(draft: StoredDraft) -> int:
    """The version a draft is about; 0 where it is about all of them."""
    return int(json.loads(draft.body).get("version", 0)) if draft.body else 0
