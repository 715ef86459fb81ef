"""Reading the lists page by page: what is published, what is drafted, in which state, and what changed between two versions. C9-8.

Bounded: a page looks at so many entries and says where to go on. Drafts and moves name accounts: they are for this province's managers,
at the admin port, and for nobody else.
"""

import asyncio
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from node.ports.lists import Kind, StoredDraft
from node.usecases.workshop.desk import BREATH, Desk
from node.usecases.workshop.entry import standing
from node.usecases.workshop.refused import refused
from node.usecases.workshop.seen import digest_of
from node.usecases.workshop.states import STATES, States

PAGE = 100  # entries read from the store at a time
LOOKED_AT = 5_000  # entries that one page looks through, at most
MAX_LIMIT = 500
MAX_MOVES = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Filter:
    """Which entries are listed; "" is no restriction. `text` is looked for in every text of an entry, `provider` among those of a line."""

    state: str = ""
    text: str = ""
    provider: str = ""


class ListViews:
    """What managers read."""

    def __init__(self, desk: Desk, states: States) -> None:
        """At this desk."""
        self._desk = desk
        self._states = states

    async def page(
        self, kind: Kind, province: str, wanted: Filter, *, after: str = "", limit: int = PAGE
    ) -> dict[str, Any]:
        """Entries in the order of their ids from after `after` on, as {"entries", "next"}; `next` "" where the list has ended.

        Raises:
            ListRefusedError: no such state.
        """
        if wanted.state and wanted.state not in STATES[kind]:
            raise refused(f"is one of {', '.join(STATES[kind])}", "没有这种状态", field="state")
        found: list[dict[str, Any]] = []
        ends, position = "", after
        for number, entry_id in enumerate(self._ids(kind, province, after)):
            if len(found) == min(limit, MAX_LIMIT) or number == LOOKED_AT:
                ends = position
                break
            if number % BREATH == BREATH - 1:
                await asyncio.sleep(0)
            shown = self._shown(kind, province, entry_id, wanted)
            found += [] if shown is None else [shown]
            position = entry_id
        return {"version": self._version(kind, province), "entries": found, "next": ends}

    def _version(self, kind: Kind, province: str) -> int:
        latest = self._desk.store.read.publications.latest(kind, province)
        return latest.version if latest else 0

    def _ids(self, kind: Kind, province: str, after: str) -> Iterator[str]:
        """Every id published or, of the own lists, drafted; in the order of UTF-8."""
        published, drafts = self._published_ids(kind, province, after), self._drafted_ids(kind, province, after)
        one, two = next(published, None), next(drafts, None)
        while one is not None or two is not None:
            lower = min((each for each in (one, two) if each is not None), key=str.encode)
            yield lower
            one = next(published, None) if one == lower else one
            two = next(drafts, None) if two == lower else two

    def _published_ids(self, kind: Kind, province: str, after: str) -> Iterator[str]:
        publications, version = self._desk.store.read.publications, self._version(kind, province)
        last, key = after, (after, _LAST) if after else None
        while version and (page := publications.page(kind, province, version, key, PAGE)):
            for one in page:
                if one.id != last:
                    yield one.id
                last = one.id
            key = (page[-1].id, page[-1].version)

    def _drafted_ids(self, kind: Kind, province: str, after: str) -> Iterator[str]:
        if province != self._desk.province:
            return
        last = after
        while page := self._desk.store.read.drafts.page(kind, None, last, PAGE):
            yield from (one.id for one in page)
            last = page[-1].id

    def _shown(self, kind: Kind, province: str, entry_id: str, wanted: Filter) -> dict[str, Any] | None:
        """One row of a list; None where it is not wanted."""
        versions = standing(self._desk.store.read.publications.entry(kind, province, entry_id))
        draft = self._draft(kind, province, entry_id)
        raw = versions[-1].raw if versions else json.loads(draft.body) if draft and draft.body else {}
        if wanted.provider and wanted.provider not in raw.get("provider_provinces", ()):
            return None
        if wanted.text and not _says(raw, wanted.text):
            return None
        state = self._states.state(kind, province, entry_id, versions, draft)
        if wanted.state and state != wanted.state:
            return None
        row = {
            "id": entry_id,
            "state": state,
            "version": versions[-1].version if versions else 0,
            "effective_from": self._states.effective_from(versions),
            "draft": _draft_row(draft),
            "entry": dict(raw),
        }
        return {**row, **self._line_row(kind, province, entry_id)}

    def _line_row(self, kind: Kind, province: str, entry_id: str) -> dict[str, Any]:
        line = self._states.line(province, entry_id) if kind is Kind.USELIST else None
        if line is None:
            return {}
        standpoints = [one.to_dict() for one in self._states.standpoints(line)]
        return {"providers": standpoints, "dead": self._states.dead(line)}

    def _draft(self, kind: Kind, province: str, entry_id: str) -> StoredDraft | None:
        return self._desk.store.read.drafts.get(kind, entry_id) if province == self._desk.province else None

    def one(self, kind: Kind, province: str, entry_id: str) -> dict[str, Any]:
        """Everything known of one entry: its versions, its draft, its steps, and for a line what the providers say.

        Raises:
            ListRefusedError: neither published nor drafted here.
        """
        row = self._shown(kind, province, entry_id, Filter())
        draft = self._draft(kind, province, entry_id)
        versions = self._desk.store.read.publications.entry(kind, province, entry_id)
        if row is None or not (versions or draft):
            raise refused("there is no such entry", "没有该条目", entry_id=entry_id)
        body = json.loads(draft.body) if draft and draft.body else None
        return {
            **row,
            "versions": [json.loads(one.body) for one in versions],
            "draft": {**(_draft_row(draft) or {}), "entry": body} if draft else None,
            "moves": self.moves(kind, entry_id) if province == self._desk.province else [],
        }

    def moves(self, kind: Kind, entry_id: str) -> list[dict[str, Any]]:
        """The steps of an own entry, oldest first."""
        return [
            {"version": one.version, "move": one.move, "by": one.by, "at": one.at.isoformat(), "reason": one.reason}
            for one in self._desk.store.read.drafts.moves(kind, entry_id, MAX_MOVES)
        ]


_LAST = 2**53  # above every version


def _says(raw: Mapping[str, Any], text: str) -> bool:
    """Whether one of the entry's texts holds this one, whatever the case. The names of members are none of them."""
    return any(text.casefold() in one.casefold() for one in _texts(raw))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    for one in value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ():
        yield from _texts(one)


def _draft_row(draft: StoredDraft | None) -> dict[str, Any] | None:
    if draft is None:
        return None
    return {
        "action": draft.action.value,
        "state": draft.state.value,
        "author": draft.author,
        "reviewer": draft.reviewer,
        "content": digest_of(draft),
        "reason": draft.reason,
        "changed_at": draft.changed_at.isoformat(),
    }
