"""Importing a whole sheet as drafts: all rows or none. Clause 9 (C9-8): spreadsheets are how lists live today.

Rows are staged aside in small units of work and made visible in one, so that a stop in between leaves nothing half done: what was staged is
forgotten at the next start (`settling`). Rows that say what is published already are counted and left out. Not the reading of
files: `node.lists`.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Protocol

from node.ports.lists import DraftState, Kind, StoredDraft
from node.ports.store import Nouns
from node.usecases.workshop.desk import Desk, breathing
from node.usecases.workshop.editing import Editing, drafted, refuse_in_review, version_of
from node.usecases.workshop.entry import differs, id_of, next_version, normal, status_faults
from node.usecases.workshop.managers import Manager, Role
from node.usecases.workshop.refused import Fault, Faults, ListRefusedError, Problem, faults_of, refused


class Row(Protocol):
    """One row of a sheet."""

    @property
    def number(self) -> int:
        """As a person counts it in the sheet."""

    @property
    def raw(self) -> Mapping[str, Any]:
        """The entry it says."""

    @property
    def problems(self) -> Sequence[Problem]:
        """What the rules find wrong with it on its own: they have judged it already."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Imported:
    """How many rows became new entries and new versions of published ones, and how many say what is published."""

    new: int
    changed: int
    skipped: int
    ids: tuple[str, ...]


class Importing:
    """Drafts from sheets."""

    def __init__(self, desk: Desk, editing: Editing) -> None:
        """At this desk."""
        self._desk = desk
        self._editing = editing

    async def import_rows(
        self, kind: Kind, rows: Iterable[Row], manager: Manager, *, sheet: str, more: int = 0
    ) -> Imported:
        """Make drafts of all rows that change something. `sheet` is the digest of the file, `more` problems are known by number only.

        Raises:
            RefusedError: NOT_AUTHORISED, or LIST_REFUSED with everything that is wrong in any row; nothing was done.
        """
        manager.require(Role.EDIT)
        async with self._desk.lock(kind):
            drafts, skipped = await self._drafts(kind, rows, manager, Faults(more))
            if not drafts:
                return Imported(new=0, changed=0, skipped=skipped, ids=())
            await self._desk.forget_staged(kind)
            await self._desk.in_slices(drafts, self._stage)
            await self._desk.store.transact(partial(self._unveil, kind, manager, sheet))
        new = sum(1 for one in drafts if version_of(one) == 1)
        return Imported(new=new, changed=len(drafts) - new, skipped=skipped, ids=tuple(one.id for one in drafts))

    async def _drafts(
        self, kind: Kind, rows: Iterable[Row], manager: Manager, faults: Faults
    ) -> tuple[list[StoredDraft], int]:
        drafts: dict[str, StoredDraft] = {}
        seen: dict[str, int] = {}
        skipped = 0
        async for row in breathing(rows):
            found = [] if row.problems else self._twice(kind, row, seen)
            try:
                draft = None if found else self._draft(kind, row, manager)
            except ListRefusedError as error:
                draft, found = None, [replace(one, row=row.number) for one in error.faults]
            faults.add(found)
            if draft is not None:
                drafts[draft.id] = draft
            elif not found:
                skipped += 1
        faults.refuse()
        if not seen:
            raise refused("the sheet has no rows", "表格中没有数据行")
        return list(drafts.values()), skipped

    def _twice(self, kind: Kind, row: Row, seen: dict[str, int]) -> list[Fault]:
        entry_id = id_of(kind, row.raw)
        first = seen.setdefault(entry_id, row.number)
        if first == row.number or not entry_id:
            return []
        message, zh = f"stands in row {first} already", f"与第{first}行重复"
        return [Fault(row=row.number, id=entry_id, message=message, zh=zh)]

    def _draft(self, kind: Kind, row: Row, manager: Manager) -> StoredDraft | None:
        """The draft of a row; None where it says what is published.

        Raises:
            ListRefusedError: it breaks a rule.
        """
        entry_id = id_of(kind, row.raw)
        if row.problems:
            raise ListRefusedError(faults_of(row.problems, entry_id=entry_id))
        read, now = self._desk.store.read, self._desk.clock()
        versions = self._desk.standing(read, kind, entry_id)
        if faults := status_faults(kind, versions, row.raw):
            raise ListRefusedError([replace(one, id=entry_id) for one in faults])
        entry = normal(kind, row.raw, self._desk.province)
        if not differs(kind, versions, entry, now):
            return None
        if faults := self._editing.beyond(kind, entry):
            raise ListRefusedError(faults)
        refuse_in_review(read.drafts.get(kind, entry_id))
        version = next_version(kind, versions, entry, now)
        return replace(drafted(kind, entry_id, {**entry, "version": version}, manager, now), state=DraftState.STAGED)

    def _stage(self, nouns: Nouns, draft: StoredDraft) -> None:
        nouns.drafts.stage([draft])
        self._desk.note(nouns, draft, version_of(draft), "STAGED", draft.author)

    def _unveil(self, kind: Kind, manager: Manager, sheet: str, nouns: Nouns) -> None:
        rows = nouns.drafts.unveil(kind)
        by = self._desk.digest(manager.account)
        self._desk.note_batch(nouns, kind, "imported", f"import-{sheet}", by=by, rows=rows)
