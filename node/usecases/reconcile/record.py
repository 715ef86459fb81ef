"""What a comparison leaves behind: the entry, what is missing, the alarm. Clause 8.5; no personal data: ids, types, times, digests."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import structlog

from federation.model.evidence import EventType
from federation.model.reconcile import Claim, Element, Finding
from node.ports.reconciliations import MissingRecord
from node.ports.store import Nouns
from node.usecases.reconcile import claims
from node.usecases.reconcile.judging import Word
from node.usecases.record import Recorder

MAX_PROOF_BYTES = 16 * 1024  # kept with a finding; those of honest nodes have a few thousand
MAX_LINES = 10  # in the program's log at a time; the list has them all
MAX_IN_ENTRY = 60  # of each kind: an entry has at most 65,535 bytes; the rest is counted, and learned the next time
_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Learned:
    """An answer that the peer proves and that never arrived here."""

    element: Element
    exchange: str
    event: str


@dataclass(slots=True)
class Findings:
    """What one comparison, or one message of it, came to."""

    missing: list[MissingRecord] = field(default_factory=list)
    learned: list[Learned] = field(default_factory=list)
    unconfirmed: list[Learned] = field(default_factory=list)

    def __bool__(self) -> bool:
        """Whether anything differs."""
        return bool(self.missing or self.learned or self.unconfirmed)

    def counts(self) -> dict[str, int]:
        """How many of each."""
        found = dict[str, int]()
        for one in self.missing:
            found[one.finding.value] = found.get(one.finding.value, 0) + 1
        lost = len(self.learned) + len(self.unconfirmed)
        return found | ({Finding.UNCONFIRMED.value: lost} if lost else {})


class Clerk:
    """Writes findings down. `alarm` is told of each that is new."""

    def __init__(self, recorder: Recorder, new_id: Callable[[], str], alarm: Callable[[MissingRecord], None]) -> None:
        """Entries come from `recorder`, under exchange ids of this node's own: a peer's could be anything."""
        self._recorder = recorder
        self._new_id = new_id
        self._alarm = alarm

    def now(self) -> datetime:
        """The time of entries."""
        return self._recorder.now()

    def found(
        self, peer: str, element: Element, word: Word, name: tuple[str, str], claim: Claim | None = None
    ) -> MissingRecord:
        """A record that is missing, of an exchange and a type (`name`), with what proves it; an overlong proof is left out."""
        if claim is not None and word.against is not None:
            claim = replace(claim, kept=word.against)
        proof, now = claims.to_json(claim), self.now()
        return MissingRecord(
            peer=peer,
            element=element,
            finding=word.finding,
            lacks=word.lacks,
            exchange=name[0],
            event=name[1],
            proof=proof if len(proof) <= MAX_PROOF_BYTES else b"",
            found_at=now,
            seen_at=now,
        )

    def note(self, nouns: Nouns, findings: Findings) -> list[MissingRecord]:
        """Keep what is missing; returns what is new."""
        return [one for one in findings.missing if nouns.reconciliations.note(one)]

    def append(self, nouns: Nouns, step: str, peer: str, findings: Findings, **members: Any) -> None:
        """The entry. What was learned stands in it so that both sides hold the same answers from here on."""
        entry = self._recorder.entry(
            EventType.RECONCILE,
            step,
            self._new_id(),
            peer=peer,
            findings=[_finding(one) for one in findings.missing[:MAX_IN_ENTRY]],
            more=max(0, len(findings.missing) - MAX_IN_ENTRY) or None,
            learned=[_learned(one) for one in findings.learned[:MAX_IN_ENTRY]],
            unconfirmed=[_learned(one) for one in findings.unconfirmed[:MAX_IN_ENTRY]],
            **members,
        )
        nouns.evidence.append(entry)

    def sound(self, fresh: Sequence[MissingRecord]) -> None:
        """Raise the alarm, once for each; called when the unit of work has committed.

        What is disputed raises none: a peer could ring as often as it likes. Of many only the first are logged by name.
        """
        for one in fresh:
            if one.finding is not Finding.DISPUTED:
                self._alarm(one)
        for one in fresh[:MAX_LINES]:
            disputed = one.finding is Finding.DISPUTED
            (_log.warning if disputed else _log.error)(
                "reconcile.missing",
                peer=one.peer,
                finding=one.finding.value,
                lacks=one.lacks,
                exchange_id=one.exchange,
                event_type=one.event,
                answer=one.element.answer.hex(),
            )
        if len(fresh) > MAX_LINES:
            _log.error("reconcile.more_missing", peer=fresh[0].peer, number=len(fresh) - MAX_LINES)


def _finding(one: MissingRecord) -> dict[str, Any]:
    return {
        "finding": one.finding.value,
        "lacks": one.lacks,
        "use": one.exchange,
        "event": one.event,
        "issued": one.element.issued_ms,
        "digest": one.element.answer.hex(),
    }


def _learned(one: Learned) -> dict[str, Any]:
    return {
        "use": one.exchange,
        "event": one.event,
        "issued": one.element.issued_ms,
        "answer": one.element.answer.hex(),
    }
