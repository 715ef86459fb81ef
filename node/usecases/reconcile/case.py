"""One round with one peer, from the side that asks: what differs, what either side shows of it, and what is the matter. Clause 8.5.

First the difference is found (`comparing`). What this node lacks the peer shows, with an entry of its log; what the peer lacks is shown to
it, and it says what is the matter. A few records on which both agree are asked for as well: a node that kept the digests and threw away
the entries cannot show them; so is what earlier rounds found, until both sides show it. All of it is written down in one unit of work, and
what is more than one entry names in units before it.
"""

import asyncio
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from random import Random
from typing import Any

from federation.model.reconcile import Admitted, Claim, Element, Finding
from federation.ports import LogReader, Mail, Peers
from node.ports.counterparts import Indexed
from node.ports.reconciliations import MissingRecord, Result, Round
from node.ports.store import Nouns, Store
from node.usecases.reconcile import claims
from node.usecases.reconcile.comparing import MAX_NAMED, Comparison, Difference
from node.usecases.reconcile.judging import Word, denied, standing
from node.usecases.reconcile.naming import name_of
from node.usecases.reconcile.record import MAX_IN_ENTRY, Clerk, Findings, Learned
from node.usecases.reconcile.talking import Talk
from node.usecases.reconcile.walking import Walker
from trust.errors import EvidenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Tools:
    """What a comparison works with. `reader` opens the peers' proofs; `random` draws the sample."""

    province: str
    store: Store
    mail: Mail
    peers: Peers
    reader: LogReader
    clerk: Clerk
    new_id: Callable[[], str]
    random: Random


def last_round(nouns: Nouns, peer: str, now: datetime) -> Round:
    """The newest round with a peer; one that never was, where there is none."""
    none = Round(peer=peer, held_at=now, result=Result.FAILED)
    return next((one for one in nouns.reconciliations.rounds() if one.peer == peer), none)


class Case:
    """One round: what was found, and what the peer showed and said of it."""

    def __init__(self, tools: Tools, peer: str, until_ms: int) -> None:
        """Compare with `peer` what was issued before `until_ms` (since 1970)."""
        self._tools = tools
        self._peer = peer
        self._until_ms = until_ms
        self._store, self._me = tools.store, tools.province
        self._talk = Talk(tools.mail, tools.peers, peer, tools.new_id)
        self._walker = Walker(lambda: self._store.read.counterparts, peer)
        self._before = last_round(self._store.read, peer, tools.clerk.now())
        self._difference = Difference()
        self._findings = Findings()
        self._settled = list[Element]()
        self._noted = 0  # of what is missing, those that are written down

    async def examine(self) -> None:
        """Find the difference, and what is the matter with each.

        Raises:
            PeerError: the peer could not be asked; EndlessError: its answers make no sense.
        """
        since = self._before.agreed_until_ms
        comparison = Comparison(self._walker, self._talk.describe, self._until_ms, self._tools.random, since)
        self._difference = await comparison.run()
        admitted = await self._lacking_here(self._difference.here)
        await self._lacking_there(self._difference.there)
        await self._still_open()
        await self._sampled()
        await self._talk.admit(admitted)

    def parts(self) -> Iterator[Findings]:
        """What is missing, as many as one entry names at a time, without the last of them, which `written` writes down."""
        missing = self._findings.missing
        while len(missing) - self._noted > MAX_IN_ENTRY:
            part = missing[self._noted : self._noted + MAX_IN_ENTRY]
            self._noted += len(part)
            yield Findings(missing=part)

    def part_written(self, part: Findings, nouns: Nouns) -> list[MissingRecord]:
        """Write a part down; returns what is new of it."""
        fresh = self._tools.clerk.note(nouns, part)
        self._tools.clerk.append(nouns, "found", self._peer, part)
        return fresh

    def written(self, nouns: Nouns) -> tuple[Round, list[MissingRecord]]:
        """Write the round down; returns it and what is new of what is missing."""
        found, difference = self._findings, self._difference
        agreed = not found.missing and not difference.more
        done = Round(
            peer=self._peer,
            held_at=self._tools.clerk.now(),
            result=Result.AGREED if agreed else Result.DIFFERENT,
            until_ms=self._until_ms,
            count=difference.whole.count,
            fingerprint=difference.whole.fingerprint.hex(),
            findings=found.counts() | ({"MORE": difference.more} if difference.more else {}),
            agreed_until_ms=self._until_ms if agreed else self._before.agreed_until_ms,
            agreed_size=nouns.evidence.head().size if agreed else self._before.agreed_size,
        )
        last = replace(found, missing=found.missing[self._noted :])
        fresh = self._tools.clerk.note(nouns, last)
        nouns.reconciliations.settle(self._peer, self._settled)
        nouns.reconciliations.put_round(done)
        self._tools.clerk.append(
            nouns,
            "compared",
            self._peer,
            last,
            result=done.result.value,
            until=done.until_ms,
            count=done.count,
            fingerprint=done.fingerprint,
            unnamed=difference.more or None,
        )
        return done, fresh

    async def _lacking_here(self, elements: Sequence[Element]) -> list[Admitted]:
        """The peer shows what it has on record and this node has not."""
        admitted = list[Admitted]()
        for element, claim in zip(elements, await self._talk.show(elements), strict=True):
            await asyncio.sleep(0)  # a signature and a path are verified for each
            proven = self._believed(claim, element)
            if proven is None:
                self._add(element, Word(Finding.UNPROVEN, self._peer))
                continue
            word = standing(self._store.read, self._tools.reader, self._me, self._peer, proven)
            if word is None:
                continue
            name = name_of(proven.entry)
            if word.finding is Finding.UNCONFIRMED:
                self._findings.learned.append(Learned(element=element, exchange=name[0], event=name[1]))
                continue
            self._add(element, word, name, proven.claim)
            if word.lacks == self._me:
                admitted.append(Admitted(element, word.finding))
        return admitted

    async def _lacking_there(self, rows: Sequence[Indexed]) -> None:
        """The peer is shown what this node has on record, and says what is the matter."""
        claimed = list[tuple[Indexed, Claim]]()
        for row in rows:
            await asyncio.sleep(0)
            claim = await claims.claim_of(self._store, self._peer, row.element)
            if claim is None:  # a row that no entry stands behind
                self._add(row.element, Word(Finding.UNPROVEN, self._me))
            else:
                claimed.append((row, claim))
        words = await self._talk.claim([claim for _, claim in claimed])
        counted = list[Element]()
        for (row, claim), word in zip(claimed, words, strict=True):
            await asyncio.sleep(0)
            if word:
                self._blame(row, claim, Finding(word))
            else:
                counted.append(row.element)
        await self._examine(counted)

    def _blame(self, row: Indexed, claim: Claim, finding: Finding) -> None:
        """The peer says that it lacks what this node has on record."""
        entry = claims.members_of(claim.own.entry)
        name = name_of(entry)
        once = row.element.issued_ms < self._before.agreed_until_ms and row.entry < self._before.agreed_size
        proven = claims.Proven(claim=claim, entry=entry, kept=None)
        word = denied(self._tools.reader, self._me, self._peer, proven, finding, once=once)
        if word.finding is Finding.UNCONFIRMED:
            self._findings.unconfirmed.append(Learned(element=row.element, exchange=name[0], event=name[1]))
        else:
            self._add(row.element, word, name, claim)

    async def _still_open(self) -> None:
        """What an earlier round found is looked at by name until both sides show it: a peer may count what it does not have."""
        differing = {row.element for row in self._difference.there} | set(self._difference.here)
        held = self._store.read.reconciliations.missing((self._peer, Element(-1, b"")), MAX_NAMED)
        still = [one for one in held if one.peer == self._peer and one.element not in differing]
        still = [one for one in still if one.element.issued_ms < self._until_ms]
        shown = await self._talk.show([one.element for one in still])
        for one, claim in zip(still, shown, strict=True):
            await asyncio.sleep(0)
            mine = await claims.claim_of(self._store, self._peer, one.element)
            word = self._wrong(one.element, mine, claim)
            if mine is None:
                self._findings.missing.append(replace(one, seen_at=self._tools.clerk.now()))
            elif word is None:
                self._settled.append(one.element)
            else:
                self._add(one.element, word, name_of(claims.members_of(mine.own.entry)), mine)

    async def _sampled(self) -> None:
        """Of records both agree on, some: the peer has to show its own."""
        known = {row.element for row in self._difference.there} | {one.element for one in self._findings.missing}
        await self._examine([one for one in self._difference.sample if one not in known])

    async def _examine(self, elements: Sequence[Element]) -> None:
        """The peer has to show its records of what it counts, and the same that it showed before."""
        for element, claim in zip(elements, await self._talk.show(elements), strict=True):
            await asyncio.sleep(0)
            mine = await claims.claim_of(self._store, self._peer, element)
            word = self._wrong(element, mine, claim)
            if word is not None:
                self._add(element, word, name_of(self._entry(mine)), mine)

    def _wrong(self, element: Element, mine: Claim | None, shown: Claim | None) -> Word | None:
        """What is the matter with what the peer shows of an element; None for nothing."""
        if self._believed(shown, element, mine) is None or shown is None:
            return Word(Finding.UNPROVEN, self._peer)
        return None if mine is None or self._same(mine, shown) else Word(Finding.ALTERED, self._peer)

    def _same(self, mine: Claim, shown: Claim) -> bool:
        """Whether the peer's entry is the one whose proof came with its message, as far as that one is known."""
        if mine.kept is None:
            return True
        kept, now = claims.members_of(mine.kept.entry), claims.members_of(shown.own.entry)
        if claims.is_given(self._entry(mine)) and (now.get("step"), now.get("request")) != (
            "asked",
            kept.get("request"),
        ):
            return True  # this node answered, and is shown another entry than that of the request, of which it keeps the proof
        return (mine.kept.index, mine.kept.entry) == (shown.own.index, shown.own.entry)

    def _believed(self, claim: Claim | None, element: Element, mine: Claim | None = None) -> claims.Proven | None:
        entry = None if mine is None else self._entry(mine)
        try:
            return (
                None
                if claim is None
                else claims.checked(self._tools.reader, self._me, self._peer, claim, element, entry)
            )
        except EvidenceError:
            return None

    def _entry(self, claim: Claim | None) -> Mapping[str, Any]:
        return {} if claim is None else claims.members_of(claim.own.entry)

    def _add(self, element: Element, word: Word, name: tuple[str, str] = ("", ""), proof: Claim | None = None) -> None:
        self._findings.missing.append(self._tools.clerk.found(self._peer, element, word, name, proof))
