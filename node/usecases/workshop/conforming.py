"""Deciding by policy: every line that names this province and asks nothing its catalogue does not offer is accepted at once. C9-2.

With the policy "by-hand" nothing is accepted here. In both cases decisions on lines that are gone are dropped. Lines are looked at when
they are new since the version looked at last; all of them after a start and when the own catalogue has changed.
"""

import asyncio
from collections.abc import Collection, Sequence

import structlog

from federation.model.catalogue import CatalogueEntry
from federation.model.decision import Ruling, decision_id
from federation.model.publication import PublicationError
from federation.model.uselist import LineStatus, UseListLine
from node.library.dates import CHINA
from node.ports.lists import EntryChange, Kind, StoredEntry
from node.ports.store import Nouns
from node.usecases.admission.catalogue import ended
from node.usecases.lists import Lists, PublishedLine
from node.usecases.publication.own import Change
from node.usecases.workshop.deciding import SCANNED, Deciding, Verdict, made, readable, stays
from node.usecases.workshop.desk import Desk

MAX_CHANGES = 50_000  # decisions published as one version
_log = structlog.get_logger(__name__)


class Conforming:
    """The policy of one province. Owned by one background job; the versions looked at are its own."""

    def __init__(self, desk: Desk, deciding: Deciding, lists: Lists, *, accept: bool) -> None:
        """`accept` False: decisions are made by hand, here only those on lines that are gone are dropped."""
        self._desk = desk
        self._deciding = deciding
        self._lists = lists
        self._accept = accept
        self._looked: dict[str, int] = {}
        self._catalogue = -1

    async def decide_conforming(self, provinces: Collection[str]) -> int:
        """Decide what is new in the lists of these provinces; how many decisions were made or dropped."""
        desk = self._desk
        catalogue = self._lists.version(Kind.CATALOGUE, desk.province)
        if self._accept and catalogue != self._catalogue:
            self._looked.clear()
        done = 0
        for province in sorted(set(provinces) - {desk.province}):
            version = self._lists.version(Kind.USELIST, province)
            since = self._looked.get(province, 0)
            if version <= since:
                continue
            try:
                async with desk.lock(Kind.DECISIONS):
                    done += await self._publish(province, await self._changes(province, since, version))
            except PublicationError as error:  # what one province's list leads to must not keep the others waiting
                _log.error("decisions.policy_failed", province=province, version=version, why=str(error))
                continue
            self._looked[province] = version
        self._catalogue = catalogue
        return done

    async def _publish(self, province: str, changes: Sequence[Change]) -> int:
        for start in range(0, len(changes), MAX_CHANGES):
            part = changes[start : start + MAX_CHANGES]
            accepted = sum(1 for one in part if one.entry is not None)

            def then(nouns: Nouns, version: int, accepted: int = accepted, dropped: int = len(part) - accepted) -> None:
                self._desk.note_batch(
                    nouns,
                    Kind.DECISIONS,
                    "policy",
                    f"policy-{version}",
                    consumer=province,
                    accepted=accepted,
                    dropped=dropped,
                )

            await self._desk.publisher.change(Kind.DECISIONS, part, then)
        return len(changes)

    async def _changes(self, province: str, since: int, until: int) -> list[Change]:
        publications, changes, after = self._desk.store.read.publications, list[Change](), None
        while page := publications.changes(Kind.USELIST, province, since, until, after, SCANNED):
            after = (page[-1].id, page[-1].version)
            changes += [change for one in page if (change := self._change(province, one)) is not None]
            await asyncio.sleep(0)
        return changes

    def _change(self, province: str, one: EntryChange) -> Change | None:
        """What a changed line does to the decision on it."""
        line = readable(StoredEntry(id=one.id, version=one.version, body=one.body)) if one.body is not None else None
        if line is None or line.line.status == LineStatus.WITHDRAWN:
            key = decision_id(province, one.id, one.version)
            made_before = self._lists.ruling(self._desk.province, province, one.id, one.version)
            gone = made_before is not None and not stays(made_before)
            return Change(entry=None, id=key, version=made_before.version) if made_before and gone else None
        key = decision_id(province, line.line.use_list_id, line.line.version)
        drafted = self._desk.store.read.drafts.get(Kind.DECISIONS, key) is not None  # a hand is at it
        if not self._accept or drafted or not self._deciding.undecided(line) or not self._conforms(line):
            return None
        if self._deciding.reserved(line.line):  # what a person limited or refused, a person decides again
            return None
        decision = made(line, Verdict(ruling=Ruling.ACCEPTED), basis="policy")
        return Change(entry=decision.to_dict(), id=key, version=1)

    def _conforms(self, published: PublishedLine) -> bool:
        line, now = published.line, self._desk.clock()
        entries = [self._lists.entry(self._desk.province, code, now) for code in line.type_codes]
        return offered(line, entries, now.astimezone(CHINA).date().isoformat())


def offered(line: UseListLine, entries: Sequence[CatalogueEntry | None], today: str) -> bool:
    """Whether the catalogue entries of a line's types offer everything that it asks today (an ISO day). An original is a file."""
    asked = {"FILE" if mode == "ORIGINAL" else mode for mode in line.output_modes}
    held = [one for one in entries if one is not None and not ended(one, today)]
    columns = {column for one in held for column in one.columns}
    return (
        len(held) == len(entries)
        and all(asked <= set(one.share_modes) for one in held)
        and set(line.allowed_fields) <= columns
    )
