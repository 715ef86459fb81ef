"""Suspending, resuming and withdrawing what is published: drafts that wait for a second person. Clause 6.1 step 5, REQUIREMENTS C9-5.

A line dies with its item, its using unit or its only certificate type: all such lines are taken in one step, and published in one version.
Stopping something at once, without a second person, is another matter: a stop order (`orders`).
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, replace
from functools import partial

from node.ports.lists import Action, DraftState, Kind, StoredDraft
from node.ports.store import Nouns
from node.usecases.workshop.desk import BREATH, Desk, breathing
from node.usecases.workshop.editing import Taken, refuse_reason
from node.usecases.workshop.entry import WITHDRAWN, Standing, refuse_mark, standing
from node.usecases.workshop.managers import Manager, Role
from node.usecases.workshop.refused import Fault, ListRefusedError, refused


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """Which entries: these ids; or all lines of an item, of a using unit, or that need one certificate type and no other. One of them."""

    ids: tuple[str, ...] = ()
    item: str = ""
    unit: str = ""
    type_code: str = ""

    def takes(self, newest: Standing) -> bool:
        """Whether a line is one of those that a code names."""
        raw = newest.raw
        if self.item:
            return raw.get("item_code") == self.item
        if self.unit:
            return raw.get("use_org_code") == self.unit
        return raw.get("type_codes") == [self.type_code]

    def leaves(self, newest: Standing) -> bool:
        """Whether a line needs the type among others: it goes on with those, and its manager may make it narrower."""
        return bool(self.type_code) and self.type_code in newest.raw.get("type_codes", ()) and not self.takes(newest)


class Ending:
    """Changes of the status of published entries."""

    def __init__(self, desk: Desk) -> None:
        """At this desk."""
        self._desk = desk

    async def mark(self, kind: Kind, action: Action, which: Which, manager: Manager, reason: str) -> Taken:
        """Hand in that entries be suspended, resumed or withdrawn. `left` counts lines that need the named type among others.

        Raises:
            RefusedError: NOT_AUTHORISED, or LIST_REFUSED: no reason, no such entry, or an entry with an open draft; nothing was handed in.
        """
        manager.require(Role.EDIT)
        refuse_reason(reason)
        _refuse_which(kind, which)
        async with self._desk.lock(kind):
            if which.ids:
                ids, left = list(dict.fromkeys(which.ids)), 0
                await self._refuse(kind, action, ids)
            else:
                ids, left = await self._found(action, which)
            drafts = [self._draft(kind, action, one, manager, reason) for one in ids]
            await self._refuse_open(drafts)
            await self._desk.in_slices(drafts, partial(self._hand_in, manager=manager))
        return Taken(ids=tuple(ids), left=left)

    async def _refuse(self, kind: Kind, action: Action, ids: Sequence[str]) -> None:
        faults: list[Fault] = []
        async for entry_id in breathing(ids):
            try:
                refuse_mark(kind, action, self._desk.standing(self._desk.store.read, kind, entry_id), entry_id)
            except ListRefusedError as error:
                faults += error.faults
        if faults:
            raise ListRefusedError(faults)

    async def _found(self, action: Action, which: Which) -> tuple[list[str], int]:
        """The lines that a code names and whose status allows this."""
        ids, left = [], 0
        async for entry_id, newest in self._newest():
            if which.takes(newest) and self._allows(action, entry_id):
                ids.append(entry_id)
            left += which.leaves(newest) and newest.status != WITHDRAWN
        if not ids:
            raise refused("names no line that this can be done with", "没有符合条件的条目")
        return ids, left

    async def _newest(self) -> AsyncIterator[tuple[str, Standing]]:
        """The newest version of every own line, in the order of ids: known when the next id begins, wherever pages end."""
        publications, province = self._desk.store.read.publications, self._desk.province
        latest, after = publications.latest(Kind.USELIST, province), None
        last: tuple[str, Standing] | None = None
        while latest and (page := publications.page(Kind.USELIST, province, latest.version, after, BREATH)):
            after = (page[-1].id, page[-1].version)
            for one, version in zip(page, standing(page), strict=True):
                if last is not None and last[0] != one.id:
                    yield last
                last = (one.id, version)
            await asyncio.sleep(0)
        if last is not None:
            yield last

    def _allows(self, action: Action, entry_id: str) -> bool:
        try:
            refuse_mark(
                Kind.USELIST, action, self._desk.standing(self._desk.store.read, Kind.USELIST, entry_id), entry_id
            )
        except ListRefusedError:
            return False
        return True

    def _draft(self, kind: Kind, action: Action, entry_id: str, manager: Manager, reason: str) -> StoredDraft:
        return StoredDraft(
            kind=kind,
            id=entry_id,
            action=action,
            state=DraftState.SUBMITTED,
            body=b"",
            author=manager.account,
            reason=reason,
            changed_at=self._desk.clock(),
        )

    async def _refuse_open(self, drafts: Sequence[StoredDraft]) -> None:
        """One open change of an entry: another is not thrown away unasked."""
        faults = [
            Fault(id=one.id, message="has an open draft; publish it or drop it first", zh="该条目有未完成的草稿")
            async for one in breathing(drafts)
            if self._desk.store.read.drafts.get(one.kind, one.id) is not None
        ]
        if faults:
            raise ListRefusedError(faults)

    def _hand_in(self, nouns: Nouns, draft: StoredDraft, *, manager: Manager) -> None:
        versions = self._desk.standing(nouns, draft.kind, draft.id)
        nouns.drafts.put(replace(draft, changed_at=self._desk.clock()))
        self._desk.note(nouns, draft, versions[-1].version, "ASKED", manager.account, reason=draft.reason)


def _refuse_which(kind: Kind, which: Which) -> None:
    codes = [one for one in (which.item, which.unit, which.type_code) if one]
    if (len(codes) + bool(which.ids)) != 1:
        raise refused(
            "name either ids, or one item, using unit or certificate type", "请指定条目，或一个事项、单位或证照类型"
        )
    if codes and kind is not Kind.USELIST:
        raise refused("only lines of the use list are found by a code", "仅用证清单可按编码选择")
