"""What the edges (REST, gRPC) call: the use-cases as protocols, and the records they take and give. No rules here.

Every method raises `node.errors.RefusedError` where the request is refused as a whole.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Protocol

from federation.model.application import Application, AuthMode, Holder, Kind, Operator, Output, Verdict
from federation.model.info_verification import Claim
from federation.model.refusal import Refusal
from federation.model.search import FusedAnswer
from federation.receipt import Receipt
from trust.consent import Channel, Consent, Mode
from trust.ofd import UsageTerms


@dataclass(frozen=True, slots=True, kw_only=True)
class Caller:
    """An authenticated line system: its unit, and the items and operators it may act for (empty: all of the unit's).

    `consents` is where it may take consents of holders (empty: nowhere).
    """

    app_id: str
    use_org_code: str
    use_org_name: str
    item_codes: frozenset[str] = frozenset()
    operators: frozenset[str] = frozenset()
    consents: frozenset[Channel] = frozenset()


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


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Named:
    """A certificate by holder, type and number, where its identifier is not known. Personal data: its repr shows nothing."""

    holder: Holder
    type_code: str
    number: str

    def __repr__(self) -> str:
        return "Named(…)"


@dataclass(frozen=True, slots=True, kw_only=True)
class RetrieveForm:
    """A wish for one certificate, by its identifier or as `named`. `key` makes a retry the same exchange.

    `province` "" means: the one that the search named. A file comes as a usage copy that holds until `expires` at the latest, or as the
    issued original. `file_format` "ofd" is the file itself, "svg", "png" or "pdf" a picture of its page `page`, counted from 1.
    """

    apply_id: str
    identifier: str = ""
    named: Named | None = None
    province: str = ""
    fields: tuple[str, ...] = ()
    key: str = ""
    original: bool = False
    expires: datetime | None = None
    file_format: str = "ofd"
    page: int = 1


def _not_stopped() -> Refusal | None:
    """Nothing stops it."""
    return None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReceivedFile:
    """A verified file, spooled on disk until the answer is sent; digests are hex SM3.

    `verdict` is what this node found of the issued file, `terms` what a usage copy is for (None: this is the original). Ask `stopped` while
    it is handed on: a stop order or a withdrawal may end that. `pages`: this is a picture of one page of so many,
    and `notes` what its reader must know; 0: the file itself.
    """

    exchange_id: str
    identifier: str
    province: str
    path: Path
    size: int
    sm3: str
    original_sm3: str
    format: str
    verdict: str
    terms: UsageTerms | None
    apply_id: str = ""
    pages: int = 0
    notes: tuple[str, ...] = ()
    stopped: Callable[[], Refusal | None] = _not_stopped


@dataclass(frozen=True, slots=True, kw_only=True)
class Offer:
    """A one-time address: its token, and until when it is good."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ReceivedData:
    """The allowed part of a certificate. Personal data."""

    exchange_id: str
    identifier: str
    province: str
    data: Mapping[str, Any]
    mask_digest: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class VerifiedFile:
    """What became of a presented file. `result` and `message` as REQUIREMENTS §3.6 has them; `problem` says why it cannot be read."""

    exchange_id: str
    result: int
    message: str
    problem: str
    report: Mapping[str, Any]


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
        """Take a consent back, for good; None for one that another province took, of which the id alone is known here."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class InfoForm:
    """What somebody presents of one certificate: `holder` with the name as presented, and claims (see `InfoQuery`). `key` as elsewhere.

    `identifier` and `province` "" where they are not known.
    """

    apply_id: str
    holder: Holder
    type_code: str
    number: str = field(repr=False)
    identifier: str = field(default="", repr=False)
    province: str = ""
    basic: tuple[Claim, ...] = ()
    surface: tuple[Claim, ...] = ()
    key: str = ""

    @property
    def named(self) -> Named:
        """The certificate by holder, type and number."""
        return Named(holder=self.holder, type_code=self.type_code, number=self.number)


@dataclass(frozen=True, slots=True, kw_only=True)
class VerifiedInfo:
    """What became of presented data: a code of REQUIREMENTS §3.6. `province` said so; "" where none has such a certificate."""

    exchange_id: str
    province: str
    result: int
    message: str


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


class Retrieval(Protocol):
    """Clause 8.3."""

    async def file(self, caller: Caller, form: RetrieveForm) -> ReceivedFile:
        """Fetch and verify one file."""

    async def data(self, caller: Caller, form: RetrieveForm) -> ReceivedData:
        """Fetch the allowed face data of one certificate."""

    async def cut(self, received: ReceivedFile) -> None:
        """Put on record that the file was not handed on to its end, where a stop order was why."""

    def release(self, received: ReceivedFile) -> None:
        """Remove a spooled file after it was handed on."""


class Downloads(Protocol):
    """One-time addresses of retrieved files. REQUIREMENTS P16."""

    async def offer(self, caller: Caller, received: ReceivedFile) -> Offer:
        """Keep a file under an address; `received` can be released then."""

    async def take(self, caller: Caller, token: str) -> ReceivedFile:
        """Use an address up and return its file; `UnknownDownloadError` where it leads nowhere for this caller."""

    async def done(self, received: ReceivedFile) -> None:
        """Forget the file after it was handed on."""


class FileVerification(Protocol):
    """S8: the verification service for files."""

    async def verify(self, caller: Caller, content: bytes, type_code: str) -> VerifiedFile:
        """Verify a presented file; `type_code` "" for any type."""


class InfoVerification(Protocol):
    """S8: the verification of certificate data."""

    async def verify_info(self, caller: Caller, form: InfoForm) -> VerifiedInfo:
        """Have presented data compared with what was issued, by the province that holds it."""


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Question:
    """A request that somebody thinks of making. What is None is taken from the line, or not asked at all (operator, system, holder)."""

    use_list_id: str | None = None
    use_list_version: int | None = None
    use_org_code: str | None = None
    app_id: str | None = None
    operator: str | None = field(default=None, repr=False)
    item_code: str | None = None
    business_code: str | None = None
    type_codes: tuple[str, ...] | None = None
    auth_mode: AuthMode | None = None
    outputs: tuple[Output, ...] | None = None
    fields: tuple[str, ...] | None = None
    holder: Holder | None = None
    consent: bytes | None = field(default=None, repr=False)
    delegate: Holder | None = None
    kind: Kind = Kind.PER_USE


@dataclass(frozen=True, slots=True, kw_only=True)
class CheckResult:
    """One check of clause 7.3: `state` is PASS, STOP, NOT_REACHED or NOT_ASKED; `who` (zh) can change a STOP."""

    check: str
    title: str
    state: str
    refusal: Refusal | None = None
    who: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """What a province's checks say, and on which versions: of the line, of the publications. `province` "" is the consumer's own part.

    `review`: where they let it pass, a person there decides before it is admitted.
    """

    province: str
    allowed: bool
    checks: tuple[CheckResult, ...]
    decision: str = ""
    catalogue_version: int = 0
    decisions_version: int = 0
    type_codes: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    fields: tuple[str, ...] = ()
    review: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Explanation:
    """Whether a request would be allowed, by which version of which line. `own` is the consumer's part (None at a provider).

    `assumed` names what was taken from the line because the question did not say it.
    """

    allowed: bool
    consumer: str
    use_list_id: str
    line_version: int
    uselist_version: int
    own: Explained | None
    provinces: tuple[Explained, ...]
    assumed: tuple[str, ...] = ()


class Explaining(Protocol):
    """The dry run of clause 7: nothing is counted, kept or sent."""

    async def own(self, caller: Caller, question: Question) -> Sequence[Explanation]:
        """Would a request of this line system be allowed; by line, or by every line that fits where the question names none."""
