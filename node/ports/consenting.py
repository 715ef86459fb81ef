"""What the REST edge asks about consents and holders. Clause 7.2. Part of `node.ports.services`."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from federation.model.application import Holder, Output
from federation.model.refusal import Refusal
from node.ports.services import Caller
from trust.consent import Channel, Consent, Mode


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentForm:
    """What a holder consents to, as a line system takes it.

    At the COUNTER the grantee is the caller's own unit, `operator` assists, and `expression` is the SM3 (hex) of what the holder signed.
    `until` None: as long as this node lets a consent hold. `since` None: at once.
    """

    channel: Channel
    mode: Mode
    holder: Holder
    item_code: str
    type_codes: tuple[str, ...]
    outputs: tuple[Output, ...]
    fields: tuple[str, ...] = ()
    delegate: Holder | None = None
    grantee_province: str = ""
    grantee_unit: str = ""
    since: datetime | None = None
    until: datetime | None = None
    expression: str = ""
    operator: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class ConsentInquiry:
    """Which consents are meant: a holder's, all or one."""

    holder: Holder
    consent_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class TakenConsent:
    """A consent taken here: its signed document, and its state now: IN_FORCE, NOT_YET, ENDED or REVOKED."""

    consent_id: str
    document: bytes
    state: str
    consent: Consent


class Consents(Protocol):
    """Clause 7.2: consents of holders, taken in the home province's app or at a counter."""

    async def give(self, caller: Caller, form: ConsentForm, key: str) -> TakenConsent:
        """Take a consent; whoever repeats with `key` gets the same one."""

    async def revoke(self, caller: Caller, asked: ConsentInquiry) -> TakenConsent | None:
        """Take a consent back, for good; None where none of this id is held here: the order counts wherever one was taken, if any was."""

    async def show(self, caller: Caller, asked: ConsentInquiry) -> Sequence[TakenConsent]:
        """A holder's consents taken here, the last one first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckedHolder:
    """A handle that stands for a holder, of the line system that asked, until it ends.

    `home` is the holder's home province as the number says it, "" where it says none; `outcome` (a word of `search.Outcome`) is what became
    of asking it: OK, or why this node minted the handle in its place.
    """

    handle: str = field(repr=False)
    expires_at: datetime
    minted_by: str
    home: str
    outcome: str
    exchange_id: str
    refusal: Refusal | None = None


class Holders(Protocol):
    """T3: a holder's number is checked once; every interface then takes the handle."""

    async def check(self, caller: Caller, holder: Holder) -> CheckedHolder:
        """Check a holder's number, and have the home province mint a handle."""

    async def holder(self, caller: Caller, handle: str) -> Holder:
        """The holder that a handle of this line system stands for."""
