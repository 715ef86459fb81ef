"""One round with one peer, from the side that asks: what differs, what either side shows of it, and what is the matter. Clause 8.5.

First the difference is found (`comparing`). What this node lacks the peer shows, with an entry of its log; what the peer lacks is shown to
it, and it says what is the matter. A few records on which both agree are asked for as well: a node that kept the digests and threw away
the entries cannot show them. All of it is written down in one unit of work.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from random import Random

from federation.model.reconcile import Admitted, Claim, Element, Finding
from federation.ports import LogReader, Mail, Peers
from node.ports.counterparts import Indexed
from node.ports.reconciliations import MissingRecord, Result, Round
from node.ports.store import Nouns, Store
from node.usecases.reconcile import claims
from node.usecases.reconcile.comparing import Comparison, Difference
from node.usecases.reconcile.judging import standing
from node.usecases.reconcile.record import Clerk, Findings, Learned
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

    async def examine(self) -> None:
        """Find the difference, and what is the matter with each.

        Raises:
            PeerError: the peer could not be asked; EndlessError: its answers make no sense.
        """
        comparison = Comparison(self._walker, self._talk.describe, self._until_ms, self._tools.random)
        self._difference = await comparison.run()
        admitted = await self._lacking_here(self._difference.here)
        await self._lacking_there(self._difference.there)
        await self._sampled()
        await self._talk.admit(admitted)

    def written(self, begun: datetime, nouns: Nouns) -> tuple[Round, list[MissingRecord]]:
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
        fresh = self._tools.clerk.note(nouns, found)
        if not difference.more:
            nouns.reconciliations.settle(self._peer, begun)
        nouns.reconciliations.put_round(done)
        self._tools.clerk.append(
            nouns,
            "compared",
            self._peer,
            found,
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
            proven = self._believed(claim, element)
            if proven is None:
                self._unproven(element)
                continue
            finding = standing(self._store.read, self._peer, proven, element)
            exchange, event = str(proven.entry.get("exchange", "")), str(proven.entry.get("type", ""))
            if finding is Finding.UNCONFIRMED:
                self._findings.learned.append(Learned(element=element, exchange=exchange, event=event))
            elif finding is not None:
                self._add(element, finding, self._me, exchange, event, claim)
                admitted.append(Admitted(element, finding))
        return admitted

    async def _lacking_there(self, rows: Sequence[Indexed]) -> None:
        """The peer is shown what this node has on record, and says what is the matter."""
        held = [(row, await claims.claim_of(self._store, self._peer, row.element)) for row in rows]
        claimed = [(row, claim) for row, claim in held if claim is not None]
        words = await self._talk.claim([claim for _, claim in claimed])
        denied = list[tuple[Indexed, Claim]]()
        for (row, claim), word in zip(claimed, words, strict=True):
            if word:
                self._blame(row, claim, Finding(word))
            else:
                denied.append((row, claim))
        await self._examine([row.element for row, _ in denied])

    def _blame(self, row: Indexed, claim: Claim, finding: Finding) -> None:
        """Of what both had on record at an earlier round nothing was lost on the way."""
        entry = claims.members_of(claim.own.entry)
        exchange, event = str(entry.get("exchange", "")), str(entry.get("type", ""))
        once = row.element.issued_ms < self._before.agreed_until_ms and row.entry < self._before.agreed_size
        if once and finding in {Finding.MISSING, Finding.UNCONFIRMED}:
            finding = Finding.GONE
        if finding is Finding.UNCONFIRMED:
            self._findings.unconfirmed.append(Learned(element=row.element, exchange=exchange, event=event))
        else:  # where the peer cannot follow our proof, our own record is what is wanting
            lacks = self._me if finding is Finding.UNPROVEN else self._peer
            self._add(row.element, finding, lacks, exchange, event, claim)

    async def _sampled(self) -> None:
        """Of records both agree on, some: the peer has to show its own."""
        missing = {row.element for row in self._difference.there}
        await self._examine([one for one in self._difference.sample if one not in missing])

    async def _examine(self, elements: Sequence[Element]) -> None:
        """The peer has to show its records of what it counts, and the same that it showed before."""
        for element, claim in zip(elements, await self._talk.show(elements), strict=True):
            mine = await claims.claim_of(self._store, self._peer, element)
            if self._believed(claim, element) is None or claim is None:
                self._unproven(element, mine)
            elif mine is not None and not self._same(mine, claim):
                entry = claims.members_of(mine.own.entry)
                where = str(entry.get("exchange", "")), str(entry.get("type", ""))
                self._add(element, Finding.ALTERED, self._peer, *where, mine)

    def _same(self, mine: Claim, shown: Claim) -> bool:
        """Whether the peer's entry is the one whose proof came with its answer; where this node answered, no such proof is known."""
        if mine.kept is None or claims.is_given(claims.members_of(mine.own.entry)):
            return True
        return (mine.kept.index, mine.kept.entry) == (shown.own.index, shown.own.entry)

    def _believed(self, claim: Claim | None, element: Element) -> claims.Proven | None:
        try:
            return None if claim is None else claims.checked(self._tools.reader, self._me, self._peer, claim, element)
        except EvidenceError:
            return None

    def _unproven(self, element: Element, mine: Claim | None = None) -> None:
        entry = claims.members_of(mine.own.entry) if mine is not None else {}
        where = str(entry.get("exchange", "")), str(entry.get("type", ""))
        self._add(element, Finding.UNPROVEN, self._peer, *where, mine)

    def _add(
        self, element: Element, finding: Finding, lacks: str, exchange: str, event: str, proof: Claim | None
    ) -> None:
        now = self._tools.clerk.now()
        self._findings.missing.append(
            MissingRecord(
                peer=self._peer,
                element=element,
                finding=finding,
                lacks=lacks,
                exchange=exchange,
                event=event,
                proof=claims.to_json(proof),
                found_at=now,
                seen_at=now,
            )
        )
