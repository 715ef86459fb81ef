"""What the edges ask for a holder who wants to know who used their certificates. Clause 8.4. Part of `node.ports.services`."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from federation.holder_uses import Contradiction, UsesReceipt
from federation.model.application import Holder
from federation.model.holder_uses import Place, Role, UseFacts
from federation.model.search import Completeness, ProvinceOutcome
from node.ports.services import Caller


@dataclass(frozen=True, slots=True, kw_only=True)
class UsesForm:
    """Whose uses, from when until when. `operator` (account) and `expression` (SM3, hex, of what the holder signed) are of a COUNTER.

    `exchange_id`: an earlier asking for the same holder, to leaf on in its answer; nobody is asked again.
    """

    holder: Holder
    place: Place
    since: datetime | None = None
    until: datetime | None = None
    operator: str = field(default="", repr=False)
    expression: str = ""
    exchange_id: str = ""


class What(StrEnum):
    """What an exchange was."""

    USE = "USE"
    """Something of a certificate was given out."""
    ATTEMPT = "ATTEMPT"
    """It was asked for, and nobody says that it was given."""
    ASKING = "ASKING"
    """Somebody asked for this log, for the holder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderUse:
    """One exchange, from all that is said of it. `said_by`: province and its part, ordered. `told`: the holder's notice arrived."""

    exchange_id: str
    what: What
    at: datetime
    facts: UseFacts
    said_by: tuple[tuple[str, Role], ...]
    told: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class UsesTold:
    """All uses found, the last first; what became of each province; who contradicts whom; and the receipt, which is kept nowhere here."""

    exchange_id: str
    completeness: Completeness
    outcomes: tuple[ProvinceOutcome, ...]
    uses: tuple[HolderUse, ...]
    found: tuple[Contradiction, ...]
    receipt: UsesReceipt = field(repr=False)
    elapsed_ms: int


class HolderUses(Protocol):
    """Who used a holder's certificates."""

    async def ask(self, caller: Caller, form: UsesForm) -> UsesTold:
        """Ask all provinces for a holder.

        Raises:
            RefusedError: the caller may not ask for this holder, asks too often, or there is no such earlier asking; on record.
        """
