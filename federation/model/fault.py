"""Where a refusal stops a request and whose matter it is, seen from no particular side. Clause 8.5, DESIGN §9 (explain).

`Owner` in `refusal` is said by whoever refuses: "peer" is another node than its own. Two nodes that look at the same exchange must name
the same province, so each reason has a `Party` here, which `blamed` turns into a province. `node.usecases.explain` reads an exchange by it.
"""

from dataclasses import dataclass
from enum import StrEnum

from federation.model.refusal import Owner, Reason


class Hop(StrEnum):
    """The stretch of an exchange in which something happens."""

    LOCAL = "LOCAL"
    """Checks that a node makes by its own lists and rules."""
    ROUTE = "ROUTE"
    """Who is asked, and the way there."""
    PEER = "PEER"
    """The other node: its checks, its answer."""
    CRYPTO = "CRYPTO"
    """Signatures, certificates, clocks, digests of what came."""
    LIBRARY = "LIBRARY"
    """The certificate and its file."""
    ANSWER = "ANSWER"
    """What is put on record and handed back."""
    NOTICE = "NOTICE"
    """Telling issuer and holder."""


class Party(StrEnum):
    """Who has to act, told from the exchange and not from a side of it."""

    CALLER = "CALLER"
    """The using unit at the consumer."""
    REFUSER = "REFUSER"
    """The node that refuses."""
    OTHER = "OTHER"
    """The node that is refused, by the other one."""
    PROVIDER = "PROVIDER"
    """The node that was asked, whoever says so."""
    ISSUER = "ISSUER"
    """The issuing unit, in the provider's province."""
    NETWORK = "NETWORK"
    """The way to the provider."""


@dataclass(frozen=True, slots=True)
class Bearing:
    """Where a reason belongs, and to whom."""

    hop: Hop
    party: Party


_CALLERS = (
    *(Reason.NOT_AUTHORISED, Reason.BAD_PARAMETER, Reason.MISSING_PARAMETER, Reason.TOO_LARGE, Reason.OUT_OF_SCOPE),
    *(Reason.HOLDER_CODE_INVALID, Reason.HANDLE_UNKNOWN, Reason.USE_LIST_MISSING, Reason.USE_LIST_NOT_IN_FORCE),
    *(Reason.USE_LIST_SUPERSEDED, Reason.USE_LIST_SUSPENDED, Reason.MATTER_MISMATCH, Reason.OUTPUT_NOT_ALLOWED),
    *(Reason.USE_CODE_SPENT, Reason.PERIOD_OVER),
    *(Reason.LINE_STOPPED, Reason.UNIT_STOPPED, Reason.APPLICATION_STOPPED),
    *(Reason.OPERATOR_STOPPED, Reason.ORDER_REFUSED, Reason.LIMIT_REACHED, Reason.LIST_REFUSED, Reason.FOUR_EYES),
    Reason.CONTENT_HELD,
    *(Reason.CONSENT_MISSING, Reason.CONSENT_MISMATCH, Reason.CONSENT_ENDED, Reason.ANOMALY_STOPPED),
)
_PROVIDERS = (
    *(Reason.USE_LIST_UNDECIDED, Reason.USE_LIST_REJECTED, Reason.LINE_SUSPENDED_THERE, Reason.TYPE_NOT_OFFERED),
    *(Reason.TYPE_STOPPED, Reason.REVIEW_PENDING, Reason.REVIEW_REJECTED),
)
_UNBELIEVED = (Reason.SIGNATURE_INVALID, Reason.REPLAYED, Reason.CLOCK_SKEW, Reason.CERTIFICATE_REVOKED)

BEARINGS: dict[Reason, Bearing] = {
    **dict.fromkeys(_CALLERS, Bearing(Hop.LOCAL, Party.CALLER)),
    **dict.fromkeys(_PROVIDERS, Bearing(Hop.LOCAL, Party.PROVIDER)),
    **dict.fromkeys(_UNBELIEVED, Bearing(Hop.CRYPTO, Party.OTHER)),
    Reason.KEY_STOPPED: Bearing(Hop.CRYPTO, Party.OTHER),
    Reason.LOG_FORKED: Bearing(Hop.CRYPTO, Party.OTHER),
    Reason.LOG_LOST: Bearing(Hop.LOCAL, Party.REFUSER),
    Reason.NOT_PROVEN: Bearing(Hop.ANSWER, Party.REFUSER),
    Reason.REVOCATION_STALE: Bearing(Hop.CRYPTO, Party.REFUSER),
    Reason.FILE_MISMATCH: Bearing(Hop.CRYPTO, Party.PROVIDER),
    Reason.USE_LIST_UNKNOWN_VERSION: Bearing(Hop.LOCAL, Party.REFUSER),
    Reason.VERSION_CONFLICT: Bearing(Hop.LOCAL, Party.OTHER),
    Reason.NOT_A_MEMBER: Bearing(Hop.ROUTE, Party.OTHER),
    Reason.PEER_STOPPED: Bearing(Hop.ROUTE, Party.OTHER),
    Reason.NOT_FOR_US: Bearing(Hop.ROUTE, Party.OTHER),
    Reason.MEMBERSHIP_EXPIRED: Bearing(Hop.ROUTE, Party.REFUSER),
    Reason.PEER_UNREACHABLE: Bearing(Hop.ROUTE, Party.NETWORK),
    Reason.PEER_DOWN: Bearing(Hop.ROUTE, Party.NETWORK),
    Reason.PEER_TIMEOUT: Bearing(Hop.PEER, Party.PROVIDER),
    Reason.PEER_ERROR: Bearing(Hop.PEER, Party.PROVIDER),
    Reason.NO_RECORD: Bearing(Hop.LIBRARY, Party.ISSUER),
    Reason.NOT_DELIVERABLE: Bearing(Hop.LIBRARY, Party.ISSUER),
    Reason.COPY_FAILED: Bearing(Hop.LIBRARY, Party.ISSUER),
    Reason.NOT_CHOSEN: Bearing(Hop.LOCAL, Party.CALLER),
    Reason.DOWNLOAD_SPENT: Bearing(Hop.ANSWER, Party.CALLER),
    Reason.OVERLOADED: Bearing(Hop.ANSWER, Party.REFUSER),
    Reason.INTERNAL: Bearing(Hop.ANSWER, Party.REFUSER),
}
"""Every reason; a test holds the table complete and in step with the owners of `refusal`."""

_THEIR_CHECKS = frozenset({Hop.LOCAL, Hop.ANSWER})
_SENDERS_WORDS = frozenset({Reason.BAD_PARAMETER, Reason.TOO_LARGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Sides:
    """The two ends of an exchange, which of them looks at it, and which refused. An exchange that asked nobody has no provider ("")."""

    me: str
    consumer: str
    provider: str
    refuser: str
    in_answer: bool = True
    """The refusal is an answer to the request; else the message itself was not believed or not understood."""


def hop_of(reason: Reason, sides: Sides) -> Hop:
    """The stretch in which the reason stopped the exchange, for who looks at it: the other's checks are the other's."""
    hop = BEARINGS[reason].hop
    if hop is Hop.LIBRARY and not sides.provider:
        return Hop.LOCAL  # no library was asked
    return Hop.PEER if hop in _THEIR_CHECKS and sides.refuser != sides.me else hop


def blamed(reason: Reason, sides: Sides) -> tuple[Owner, str]:
    """Who has to act: the owner as the looking node calls it, and the province of that owner, which both nodes name alike."""
    party = BEARINGS[reason].party
    if party is Party.CALLER and reason in _SENDERS_WORDS and not sides.in_answer:
        party = Party.OTHER  # what a message consists of is made by the node that sends it
    match party:
        case Party.CALLER:
            return Owner.CALLER, sides.consumer
        case Party.ISSUER if not sides.provider:
            return Owner.CALLER, sides.consumer
        case Party.ISSUER:
            return Owner.ISSUER, sides.provider
        case Party.NETWORK:
            return Owner.NETWORK, sides.provider
        case _:
            province = _node(party, sides) or sides.me
            return Owner.NODE if province == sides.me else Owner.PEER, province


def _node(party: Party, sides: Sides) -> str:
    """The node that a party of that kind is."""
    if party is Party.PROVIDER:
        return sides.provider or sides.consumer
    if party is Party.REFUSER:
        return sides.refuser
    return sides.provider if sides.refuser == sides.consumer else sides.consumer
