"""The side that is asked: describes what it shares with the caller, shows its records, and says what is the matter with what it lacks.

Nothing of a third province is looked at: every look-up is of what is shared with the caller. What a peer claims is believed only with an
entry in its log, and what it claims again is not written down again.
"""

import asyncio
from datetime import date

from federation.methods import RECONCILE
from federation.model.reconcile import Admitted, Claim, Element, Finding, ReconcileAnswer, ReconcileRequest
from federation.model.refusal import Reason
from federation.ports import Incoming, LogReader
from node.errors import RefusedError
from node.ports.reconciliations import MissingRecord
from node.ports.store import Nouns, Store
from node.usecases.exchange import Answered, Exchange
from node.usecases.reconcile import claims
from node.usecases.reconcile.judging import Word, standing
from node.usecases.reconcile.naming import name_of
from node.usecases.reconcile.record import Clerk, Findings, Learned
from node.usecases.reconcile.walking import Walker
from trust.errors import EvidenceError

MAX_HELD = (
    2_000  # missing records of one peer beyond which its telling adds none; each with at most record.MAX_PROOF_BYTES
)
MAX_LEARNED = (
    5_000  # answers of one peer in a day: it may write what it likes into its own log, and not without end into ours
)
_ADMITTED = frozenset({Finding.MISSING, Finding.GONE, Finding.ALTERED})


class ReconcileProvider:
    """Answers ReconcileRequest. One message of a peer at a time: adding up a log costs time."""

    def __init__(self, *, province: str, store: Store, exchange: Exchange, reader: LogReader, clerk: Clerk) -> None:
        """`reader` opens the peers' proofs."""
        self._province = province
        self._store = store
        self._exchange = exchange
        self._reader = reader
        self._clerk = clerk
        self._busy: set[str] = set()
        self._learned: dict[str, tuple[date, int]] = {}

    async def reconcile(self, incoming: Incoming[ReconcileRequest]) -> Answered:
        """Answer one message.

        Raises:
            RefusedError: replayed, or a message of this peer is being answered already, or it has had enough learned today.
        """
        peer, asked = incoming.sender, incoming.message
        if peer in self._busy:
            raise RefusedError(
                Reason.OVERLOADED, "another reconciliation message of yours is being answered", retry_after_s=1
            )
        self._busy.add(peer)
        try:
            walker = Walker(lambda: self._store.read.counterparts, peer)
            told = tuple([await walker.describe(one) for one in asked.describe])
            shown = tuple([await self._shown(peer, one) for one in asked.show])
            found = Findings()
            words = tuple([await self._claimed(peer, one, found) for one in asked.claims])
            for one in asked.admitted:
                await self._admitted(peer, one, found)
            if len(found.learned) > self._room(peer):
                raise RefusedError(Reason.OVERLOADED, "too many answers of yours were learned of today; go on tomorrow")
            answer = ReconcileAnswer(descriptions=told, shown=shown, findings=words)
            fresh = list[MissingRecord]()
            answered = await self._exchange.poll(
                incoming, RECONCILE.path, lambda nouns: self._written(nouns, peer, found, fresh, answer)
            )
        finally:
            self._busy.discard(peer)
        self._clerk.sound(fresh)
        return answered

    async def _shown(self, peer: str, element: Element) -> Claim | None:
        await asyncio.sleep(0)  # a proof is a millisecond's work
        return await claims.claim_of(self._store, peer, element)

    def _written(
        self, nouns: Nouns, peer: str, found: Findings, fresh: list[MissingRecord], answer: ReconcileAnswer
    ) -> ReconcileAnswer:
        """Write down what is new of what the peer claims and admits. `fresh` takes it."""
        findings = Findings(missing=found.missing, learned=found.learned)
        held = sum(number for (code, _, _), number in nouns.reconciliations.counts().items() if code == peer)
        findings.missing = findings.missing[: max(0, MAX_HELD - held)]
        lost = {one.element: one for one in found.learned if nouns.counterparts.find(peer, one.element) is None}
        findings.learned = list(lost.values())
        self._learned[peer] = self._clerk.now().date(), MAX_LEARNED - self._room(peer) + len(lost)
        fresh += self._clerk.note(nouns, findings)
        if fresh or findings.learned:
            findings.missing = list(fresh)
            self._clerk.append(nouns, "told", peer, findings)
        return answer

    def _room(self, peer: str) -> int:
        """How many more answers may be learned of a peer today. What is not learned must not be called unconfirmed either."""
        today = self._clerk.now().date()
        day, count = self._learned.get(peer, (today, 0))
        return MAX_LEARNED - count if day == today else MAX_LEARNED

    async def _claimed(self, peer: str, claim: Claim, found: Findings) -> str:
        """What is the matter with a claim, for `found` and as a word. Signatures are verified here, before the unit of work."""
        await asyncio.sleep(0)
        try:
            proven = claims.checked(self._reader, self._province, peer, claim, claim.element)
        except EvidenceError:
            return Finding.UNPROVEN.value
        word = standing(self._store.read, self._reader, self._province, peer, proven)
        if word is None:
            return ""
        name = name_of(proven.entry)
        if word.finding is Finding.UNCONFIRMED:
            found.learned.append(Learned(element=claim.element, exchange=name[0], event=name[1]))
        else:
            found.missing.append(self._clerk.found(peer, claim.element, word, name, proven.claim))
        return word.finding.value

    async def _admitted(self, peer: str, one: Admitted, found: Findings) -> None:
        """What the peer says that it lacks itself, of what this node has on record."""
        await asyncio.sleep(0)
        mine = await claims.claim_of(self._store, peer, one.element)
        if mine is not None and one.finding in _ADMITTED:
            name = name_of(claims.members_of(mine.own.entry))
            found.missing.append(self._clerk.found(peer, one.element, Word(one.finding, peer), name, mine))
