"""Publishing approved drafts: one version of the publication for the whole batch, by somebody who wrote none of it. Clause 6.1, C9-1, C9-4.

The drafts vanish and the record of the step is made in the unit of work that keeps the version. Of a large batch that holds for the first
slice; the others follow at once, and where the node stops in between, before anything else is published (`settling`). Not how a
publication is made and spread: `publication.own` and `publication.exchanging`.
"""

import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from node.ports.lists import Action, DraftState, Kind, StoredDraft
from node.ports.store import Nouns
from node.usecases.publication.own import Change
from node.usecases.workshop.desk import SLICE, Desk, breathing
from node.usecases.workshop.editing import Editing, refuse_author
from node.usecases.workshop.entry import id_of, marked, normal, put, refuse_mark
from node.usecases.workshop.managers import Manager, Role
from node.usecases.workshop.refused import Fault, Faults, ListRefusedError, faults_of, refused
from node.usecases.workshop.seen import NOTHING, refuse_changed
from node.usecases.workshop.settling import Settling


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """What a batch became: the version of the publication, the entries in it, and how many approved drafts were left to others."""

    version: int
    ids: tuple[str, ...]
    left: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class _Planned:
    draft: StoredDraft
    version: int
    changes: Sequence[Change]


DecisionPlan = Callable[[StoredDraft, Sequence[Mapping[str, str]]], Sequence[Change]]
Cleanup = Callable[[], Awaitable[Sequence[Change]]]


class Publishing:
    """The last step of every change."""

    def __init__(
        self, desk: Desk, editing: Editing, settling: Settling, *, decide: DecisionPlan, obsolete: Cleanup
    ) -> None:
        """`decide` plans a decision, `obsolete` finds those whose lines are gone: `deciding`."""
        self._desk = desk
        self._editing = editing
        self._settling = settling
        self._decide = decide
        self._obsolete = obsolete

    async def publish(
        self,
        kind: Kind,
        ids: Sequence[str] | None,
        manager: Manager,
        *,
        submitted: bool = False,
        seen: Mapping[str, str] = NOTHING,
    ) -> Published:
        """Publish approved drafts of others; None: all of them. `seen`: the digests of what this manager has read, as in `seen`.

        With `submitted` a draft that is handed in and not yet reviewed is reviewed by this very step, where the manager may review as well.

        Raises:
            RefusedError: NOT_AUTHORISED, FOUR_EYES, or LIST_REFUSED with everything that is wrong; nothing was published.
        """
        manager.require(Role.PUBLISH)
        async with self._desk.lock(kind):
            await self._settling.first(kind)
            chosen, left = await self._chosen(kind, ids, manager, submitted=submitted)
            refuse_changed(chosen, seen)
            planned = await self._plan(kind, chosen, manager)  # all or nothing: before anything is approved
            submitted_ones = [one for one in chosen if one.state is DraftState.SUBMITTED]
            if submitted_ones:
                planned = await self._plan(kind, await self._approved(chosen, submitted_ones, manager), manager)
            version = await self._change(kind, planned, manager)
        return Published(version=version, ids=tuple(one.id for one in chosen), left=left)

    async def _chosen(
        self, kind: Kind, ids: Sequence[str] | None, manager: Manager, *, submitted: bool
    ) -> tuple[list[StoredDraft], int]:
        if ids is not None:
            drafts, _ = await self._editing.chosen(kind, ids, None, lambda _: True)
            refuse_author(drafts, manager)
            _refuse_state(drafts, submitted=submitted)
            return drafts, 0
        states = [DraftState.APPROVED, *([DraftState.SUBMITTED] if submitted else [])]
        counts = self._desk.store.read.drafts.counts(kind)
        found: list[StoredDraft] = []
        for state in states:
            if counts.get(state):
                found += [one for one in await self._desk.drafts(kind, state) if one.author != manager.account]
        if not found:
            raise refused("there is nothing that this manager may publish", "没有可由您发布的草稿")
        return found, sum(counts.get(state, 0) for state in states) - len(found)

    async def _approved(
        self, chosen: Sequence[StoredDraft], submitted: Sequence[StoredDraft], manager: Manager
    ) -> list[StoredDraft]:
        """The chosen drafts after those that were only handed in have been reviewed by this manager."""
        manager.require(Role.REVIEW)
        await self._editing.reviewed(submitted, manager, approve=True)
        drafts = self._desk.store.read.drafts
        return [drafts.get(one.kind, one.id) or one async for one in breathing(chosen)]

    async def _plan(self, kind: Kind, drafts: Sequence[StoredDraft], manager: Manager) -> list[_Planned]:
        """What each draft changes.

        Raises:
            ListRefusedError: everything that is wrong, by entry.
        """
        planned: list[_Planned] = []
        faults = Faults()
        async for draft in breathing(drafts):
            try:
                planned.append(self._planned(kind, draft, manager))
            except ListRefusedError as error:
                faults.add(error.faults)
        faults.refuse()
        return planned

    def _planned(self, kind: Kind, draft: StoredDraft, manager: Manager) -> _Planned:
        desk, nouns = self._desk, self._desk.store.read
        approvals = desk.approvals(nouns, draft, manager)
        if kind is Kind.DECISIONS:
            return _Planned(draft=draft, version=1, changes=self._decide(draft, approvals))
        versions = desk.standing(nouns, kind, draft.id)
        if draft.action is not Action.PUT:
            refuse_mark(kind, draft.action, versions, draft.id)
            changes = marked(kind, draft.action, versions, approvals, desk.clock())
            return _Planned(draft=draft, version=versions[-1].version, changes=changes)
        raw = json.loads(draft.body)
        faults = faults_of(desk.check(kind, raw), entry_id=id_of(kind, raw))
        if faults:
            raise ListRefusedError(faults)
        changes = put(kind, versions, normal(kind, raw, desk.province), approvals, desk.clock())
        return _Planned(draft=draft, version=changes[0].version, changes=changes)

    async def _change(self, kind: Kind, planned: Sequence[_Planned], manager: Manager) -> int:
        changes = [change for one in planned for change in one.changes]
        if kind is Kind.DECISIONS:
            taken = {change.id for change in changes}
            changes += [one for one in await self._obsolete() if one.id not in taken]
        done = partial(self._settling.done, by=manager.account, who=self._desk.digest(manager.account))

        def then(nouns: Nouns, version: int) -> None:
            for one in planned[:SLICE]:
                done(nouns, one.draft, one.version, version)

        self._settling.begun(kind)
        version = await self._desk.publisher.change(kind, changes, then)
        rest = {one.draft.id: one.version for one in planned[SLICE:]}
        await self._desk.in_slices(
            [one.draft for one in planned[SLICE:]], lambda nouns, draft: done(nouns, draft, rest[draft.id], version)
        )
        self._settling.ended(kind)
        return version


def _refuse_state(drafts: Sequence[StoredDraft], *, submitted: bool) -> None:
    faults = [
        Fault(id=one.id, message=f"is {one.state}; it has to be handed in first", zh="尚未提交审核")
        for one in drafts
        if one.state is DraftState.DRAFT
    ]
    faults += [
        Fault(id=one.id, message=f"is {one.state}; review it first, or say submitted", zh="尚未审核")
        for one in drafts
        if one.state is DraftState.SUBMITTED and not submitted
    ]
    if faults:
        raise ListRefusedError(faults)
