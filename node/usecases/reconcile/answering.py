"""The side that is asked: describes what it shares with the caller, shows its records, and says what is the matter with what it lacks.

Nothing of a third province is looked at: every look-up is of what is shared with the caller. What a peer claims is believed only with an
entry in its log, and what it claims again is not written down again.
"""

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
from node.usecases.reconcile.judging import standing
from node.usecases.reconcile.record import Clerk, Findings, Learned
from node.usecases.reconcile.walking import Walker
from trust.errors import EvidenceError

MAX_HELD = 10_000  # missing records kept of one peer's telling
MAX_LEARNED = (
    5_000  # answers of one peer in a day: it may write what it likes into its own log, and not without end into ours
)


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
            RefusedError: replayed, or a message of this peer is being answered already.
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
            shown = tuple([await claims.claim_of(self._store, peer, one) for one in asked.show])
            fresh = list[MissingRecord]()
            answered = await self._exchange.poll(
                incoming,
                RECONCILE.path,
                lambda nouns: ReconcileAnswer(
                    descriptions=told, shown=shown, findings=self._taken(nouns, peer, asked, fresh)
                ),
            )
        finally:
            self._busy.discard(peer)
        self._clerk.sound(fresh)
        return answered

    def _taken(self, nouns: Nouns, peer: str, asked: ReconcileRequest, fresh: list[MissingRecord]) -> tuple[str, ...]:
        """Write down what is new of what the peer claims and admits; returns what is the matter with each claim."""
        findings, words = Findings(), list[str]()
        for claim in asked.claims:
            words.append(self._claimed(nouns, peer, claim, findings))
        for one in asked.admitted:
            self._admitted(nouns, peer, one, findings)
        held = sum(number for (code, _, _), number in nouns.reconciliations.counts().items() if code == peer)
        findings.missing = findings.missing[: max(0, MAX_HELD - held)]
        findings.learned = findings.learned[: self._room(peer, len(findings.learned))]
        fresh += self._clerk.note(nouns, findings)
        if fresh or findings.learned:
            findings.missing = list(fresh)
            self._clerk.append(nouns, "told", peer, findings)
        return tuple(words)

    def _room(self, peer: str, wanted: int) -> int:
        """How many more answers may be learned of a peer today."""
        today = self._clerk.now().date()
        day, count = self._learned.get(peer, (today, 0))
        count = count if day == today else 0
        room = min(wanted, max(0, MAX_LEARNED - count))
        self._learned[peer] = today, count + room
        return room

    def _claimed(self, nouns: Nouns, peer: str, claim: Claim, findings: Findings) -> str:
        try:
            proven = claims.checked(self._reader, self._province, peer, claim)
        except EvidenceError:
            return Finding.UNPROVEN.value
        worst = ""
        for element in claims.elements_of(proven.entry, self._province):
            finding = standing(nouns, peer, proven, element)
            if finding is None:
                continue
            worst = finding.value
            exchange, event = str(proven.entry.get("exchange", "")), str(proven.entry.get("type", ""))
            if finding is Finding.UNCONFIRMED:
                findings.learned.append(Learned(element=element, exchange=exchange, event=event))
            else:
                proof = claims.to_json(claim)
                record = self._record(peer, element, finding, self._province, exchange, event, proof)
                findings.missing.append(record)
        return worst

    def _admitted(self, nouns: Nouns, peer: str, one: Admitted, findings: Findings) -> None:
        """What the peer says that it lacks itself, of what this node has on record."""
        index = nouns.counterparts.find(peer, one.element)
        rows = nouns.evidence.entries(index, 1) if index is not None else ()
        for row in rows:
            entry = claims.members_of(row.entry)
            exchange, event = str(entry.get("exchange", "")), str(entry.get("type", ""))
            findings.missing.append(self._record(peer, one.element, one.finding, peer, exchange, event, b""))

    def _record(
        self, peer: str, element: Element, finding: Finding, lacks: str, exchange: str, event: str, proof: bytes
    ) -> MissingRecord:
        now = self._clerk.now()
        return MissingRecord(
            peer=peer,
            element=element,
            finding=finding,
            lacks=lacks,
            exchange=exchange,
            event=event,
            proof=proof,
            found_at=now,
            seen_at=now,
        )
