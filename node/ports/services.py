"""What the edges (REST, gRPC) call: the use-cases as protocols, and the records they take and give. No rules here.

Every method raises `node.errors.RefusedError` where the request is refused as a whole.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from federation.model.application import Application, AuthMode, Holder, Kind, Operator, Output, Verdict
from federation.model.holder_uses import Place
from federation.model.refusal import Refusal
from federation.model.search import FusedAnswer
from federation.receipt import ExchangeReceipt, Receipt
from trust.consent import Channel


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated line system: its unit, and the items and operators it may act for (empty: all of the unit's).

    `consents` is where it may take consents of holders (empty: nowhere), `uses` where it may ask for holders who used their certificates.
    """

    app_id: str
    use_org_code: str
    use_org_name: str
    item_codes: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    consents: frozenset[Channel] = frozenset()
    uses: frozenset[Place] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationForm:
    """What a line system submits (REQUIREMENTS 7.2). The using unit comes from the caller, not from the form.

    `valid_until` is of a standing application, None: as long as the line allows. The consent comes as the signed document, or by the id
    of one that this node took. `delegate` is whom the holder sent, for ENTRUST. `key` makes a repeat the same application; "": it is a new
    one.
    """

    use_list_id: str
    operator: Operator
    use_cause: str
    item_code: str
    item_name: str
    business_code: str
    biz_num: str
    holder: Holder
    type_codes: tuple[str, ...]
    auth_mode: AuthMode
    outputs: tuple[Output, ...]
    fields: tuple[str, ...] = ()
    kind: Kind = Kind.PER_USE
    valid_until: datetime | None = None
    consent: bytes = field(default=b"", repr=False)
    consent_id: str = ""
    delegate: Holder | None = None
    copy_expires: datetime | None = None
    key: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ProvinceVerdict:
    """One province's part in an application: its verdict, or why it has none (`outcome` is a word of `search.Outcome`)."""

    province: str
    outcome: str
    verdict: Verdict | None = None
    refusal: Refusal | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Submitted:
    """An application on record, with the verdicts that came in time."""

    application: Application
    exchange_id: str
    expires_at: str
    verdicts: tuple[ProvinceVerdict, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class SearchForm:
    """A fused search under an application. `deadline_ms` None is the node's default.

    `exchange_id`: an earlier search that asked the same, to leaf on in its answer; nobody is asked again.
    """

    apply_id: str
    holder: Holder
    type_codes: tuple[str, ...] = ()
    number: str = ""
    area_codes: tuple[str, ...] = ()
    include_invalid: bool = False
    deadline_ms: int | None = None
    exchange_id: str = ""


class Applications(Protocol):
    """Clause 7."""

    async def submit(self, caller: Caller, form: ApplicationForm) -> Submitted:
        """Check, record, sign and send an application to every province that can take part."""


class Verdicts(Protocol):
    """Clause 7.3, S4."""

    async def current(self, caller: Caller, apply_id: str) -> Submitted:
        """The verdicts on an application of this caller; provinces that have not decided are asked again."""


class Search(Protocol):
    """Clause 8.2."""

    async def fused(self, caller: Caller, form: SearchForm) -> FusedAnswer:
        """Search all provinces of an application within one deadline."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UseForm:
    """An application and the search under it, in one."""

    application: ApplicationForm
    number: str = ""
    area_codes: tuple[str, ...] = ()
    include_invalid: bool = False
    deadline_ms: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenedUse:
    """An application on record, and what was found under it; `absent` is what is said of a certificate that was not found."""

    application: Application
    found: FusedAnswer
    absent: Refusal


class Uses(Protocol):
    """Clauses 7 and 8.2 in one call for the counter."""

    async def open(self, caller: Caller, form: UseForm) -> OpenedUse:
        """Apply and search, with one round trip to each province."""


class SearchReceipts(Protocol):
    """Clause 8.2: what a search can show for its outcomes."""

    async def receipt(self, exchange_id: str, caller: Caller | None = None) -> Receipt:
        """The completeness receipt of a search; with `caller`, of one of its own alone."""


class ExchangeReceipts(Protocol):
    """Clause 8.5: what both sides have on record of one exchange."""

    async def receipt(self, exchange_id: str) -> ExchangeReceipt:
        """All that this node can show of it."""


class Administration(Protocol):
    """What the operator's commands and the metrics page ask of the running node. No personal data in any answer."""

    def status(self) -> Mapping[str, Any]:
        """The node's state as JSON values: province, versions, receipts, log size and root, outbox counts, peers."""

    def orders(self) -> Mapping[str, Any]:
        """The stop orders known, and what is said of each in `node.usecases.order_overview`."""

    async def give_order(self, kind: str, subject: str, action: str, reason: str) -> Mapping[str, Any]:
        """Give a stop order in the name of this province; an operator may be named by account."""

    async def sign_order(self, order_id: str) -> Mapping[str, Any]:
        """Sign another province's order against a peer."""

    async def adopt(self, documents: Sequence[bytes]) -> Mapping[str, Any]:
        """Take newer membership documents, in order; returns `version` and `fingerprint` of the one then held."""
