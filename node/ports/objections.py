"""Objections (异议) as the store keeps them, and who waits to be told of them. P5. Part of `node.ports.store`.

Not the rules (`node.usecases.objection`). Nothing here names a person: what is claimed is behind a commitment (`node.ports.contents`).
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class CaseState(StrEnum):
    """Where a case stands here. REFUSED: the owner would not take it (不予受理); that is on record, and no move of its."""

    OPEN = "OPEN"
    CHECKING = "CHECKING"
    CORRECTED = "CORRECTED"
    REJECTED = "REJECTED"
    WITHDRAWN = "WITHDRAWN"
    REFUSED = "REFUSED"


WAITING = frozenset({CaseState.OPEN, CaseState.CHECKING})
"""States in which the certificate counts as disputed."""


class Part(StrEnum):
    """What this node has to do with a case: it answers it, it took it, or it was told because its units used the certificate."""

    OWNER = "OWNER"
    RAISER = "RAISER"
    TOLD = "TOLD"


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredObjection:
    """One case. `part` is OWNER where the node is both owner and raiser; `certificate` is a reference (`node.vault`).

    `due` is an ISO day: the one that was signed, or a later one where the owner's time began later. `received_at` is when it did, as far as
    is known here: when the case came, and where it was raised, when the owner had been told (None: not yet).

    `app_id` is the line system it came by, "" where it was not raised here. `baseline`, of the owner: a keyed digest of the certificate's
    data when the case came. `refusal` is the owner's word where it is REFUSED. `taking_back`: a withdrawal waits for the owner's move.
    """

    objection_id: str
    part: Part
    raiser: str
    owner: str
    certificate: str
    state: CaseState
    raised_at: datetime
    due: str
    changed_at: datetime
    app_id: str = ""
    baseline: str = ""
    refusal: str = ""
    taking_back: bool = False
    escalated: bool = False
    received_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Errand:
    """A peer that waits to be told of a case: `wanted` counts what there was to tell, `attempts` the calls that failed since.

    It can be parked: the peer holds other documents of the case, so it is told no more until there is something new, or somebody has it
    told again.
    """

    objection_id: str
    peer: str
    wanted: int
    attempts: int


class Objections(Protocol):
    """Cases, their signed documents, and errands."""

    def put(self, case: StoredObjection, documents: Sequence[bytes]) -> None:
        """Keep a new case with its documents; ids are unique (StoreError otherwise)."""

    def advance(self, case: StoredObjection, documents: Sequence[bytes]) -> None:
        """Replace what is known of a case, and add documents behind those it has; it has to be there (StoreError)."""

    def received(self, objection_id: str, at: datetime, due: str) -> None:
        """The owner has been told, and answers by then; the first time counts."""

    def get(self, objection_id: str) -> StoredObjection | None:
        """One case."""

    def documents(self, objection_id: str) -> Sequence[bytes]:
        """Its documents, in the order in which they came."""

    def page(
        self, states: Sequence[CaseState], part: Part | None, after: tuple[str, str] | None, limit: int
    ) -> Sequence[StoredObjection]:
        """Cases in these states, of this part (None: any), the one due first before others; `after` is the last (due, id) seen."""

    def of_app(self, app_id: str, limit: int) -> Sequence[StoredObjection]:
        """What a line system raised, the last one first."""

    def raised_since(self, app_id: str, since: datetime) -> int:
        """How many cases a line system raised since then."""

    def waiting_of(self, raiser: str) -> int:
        """How many cases of a province wait for an answer here."""

    def disputed(self, certificate: str, owners: Collection[str]) -> bool:
        """Whether a case about this certificate waits for the answer of one of these provinces.

        Whoever asks names who has the certificate: a case that another province owns says nothing about it.
        """

    def any_waiting(self) -> bool:
        """Whether any case waits: where none does, no certificate has to be looked for."""

    def taking_back(self, limit: int) -> Sequence[StoredObjection]:
        """Cases of this owner whose withdrawal waits for a move."""

    def overdue(self, today: str, limit: int) -> Sequence[StoredObjection]:
        """Cases that wait, were due before this ISO day, and were not escalated."""

    def counts(self) -> Mapping[tuple[Part, CaseState], int]:
        """How many cases there are by part and state."""

    def late(self, today: str) -> Mapping[Part, int]:
        """How many wait and were due before this ISO day, by part."""

    def tell(self, objection_id: str, peer: str) -> None:
        """There is something to tell this peer of this case: queue it, or count one more where it is queued."""

    def errand(self, peer: str) -> Errand | None:
        """What to tell this peer next: what was tried least often, then what has waited longest; nothing that is parked."""

    def told(self, errand: Errand) -> None:
        """The peer was told; what came to be told meanwhile stays queued."""

    def tried(self, errand: Errand) -> None:
        """A call failed."""

    def park(self, errand: Errand) -> None:
        """The peer holds other documents of the case; what came to be told meanwhile is told all the same."""

    def parked(self) -> Mapping[str, int]:
        """How many cases are parked, by peer; they count among `errands`, too."""

    def errands(self) -> Mapping[str, int]:
        """How many cases wait to be told, by peer."""

    def peers(self, objection_id: str) -> Sequence[str]:
        """The peers that ever had something to be told of a case, in order."""

    def untold(self, objection_id: str) -> Mapping[str, int]:
        """The peers that wait to be told of a case, with the calls that failed since there was something to tell."""

    def purge(self, before: datetime, limit: int) -> int:
        """Forget cases that ended before that time and are not on hold, with their documents, at most `limit`; returns how many."""
