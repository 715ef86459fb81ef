"""One stop order: canonical JSON inside DSSE, signed by the province that orders; an order against a peer by k provinces. DESIGN §4.

Own kinds name something of the ordering province: its KEY (by key id), a certificate TYPE it provides, a LINE of its use list, a using
UNIT, an APPLICATION (by apply id), an OPERATOR (by a digest of the account, because an account can name a person), a CONSENT that it took
(by its id): that is how a holder takes it back, and final. PEER names another province. Whether an order is in force is `book`'s matter.
"""

import base64
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from functools import lru_cache
from typing import Any

from trust import canonical, gm
from trust.envelope import MAX_SKEW, pae
from trust.errors import MembershipError, OrderError
from trust.identity import Certificate
from trust.membership import Member, Membership

PAYLOAD_TYPE = "application/vnd.certmesh.order.v1+json"
MAX_PAYLOAD_BYTES = 2048
MAX_DOCUMENT_BYTES = 64 * 1024  # three keys of each of 64 members have signed
MAX_SIGNATURES = 192
MAX_REASON = 200  # characters
CONSENT_REMEMBERED = timedelta(days=368)  # `trust.consent.MAX_VALIDITY`, and two days for clocks and time zones

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
_HEX = re.compile(r"[0-9a-f]{64}")
_WORD = re.compile(r"[0-9A-Za-z][0-9A-Za-z._:/-]{0,63}")
_NUMBER_OF_A_PERSON = re.compile(
    r"[0-9]{11}"
)  # citizens' numbers and telephone numbers have at least eleven digits in a row
_PEM = re.compile(r"-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----\n?", re.DOTALL)


class Kind(StrEnum):
    """What is stopped."""

    KEY = "KEY"
    TYPE = "TYPE"
    LINE = "LINE"
    UNIT = "UNIT"
    APPLICATION = "APPLICATION"
    OPERATOR = "OPERATOR"
    CONSENT = "CONSENT"
    PEER = "PEER"


class Action(StrEnum):
    """Stop it, or let it go on."""

    STOP = "STOP"
    LIFT = "LIFT"


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is ordered. `issued` is a time with an offset; `number` grows with every order on the subject; `id` is for people."""

    id: str
    province: str
    kind: Kind
    subject: str
    action: Action
    number: int
    reason: str
    issued: str

    def payload(self) -> bytes:
        """The canonical bytes that are signed."""
        return canonical.dumps(asdict(self))


@dataclass(frozen=True, slots=True, kw_only=True)
class SignedOrder:
    """An order, its exact payload, and the signatures that were found valid: key id (hex) to raw r‖s.

    `digest` is the SM3 of the payload in hex: which order this is.
    """

    order: Order
    payload: bytes
    digest: str
    signatures: Mapping[str, bytes]
    tag: bytes = field(init=False, repr=False, compare=False)
    """16 bytes that tell this order with these signers from the same with others; worked out once, for it is asked over and over."""

    def __post_init__(self) -> None:
        object.__setattr__(self, "tag", gm.sm3("\n".join((self.digest, *sorted(self.signatures))).encode())[:16])

    @property
    def rank(self) -> tuple[int, str]:
        """Orders of one subject and action: the higher wins."""
        return self.order.number, self.digest

    def to_json(self) -> bytes:
        """The DSSE JSON form that is stored and travels."""
        return canonical.dumps(
            {
                "payloadType": PAYLOAD_TYPE,
                "payload": base64.b64encode(self.payload).decode(),
                "signatures": [
                    {"keyid": key_id, "sig": base64.b64encode(signature).decode()}
                    for key_id, signature in sorted(self.signatures.items())
                ],
            }
        )


def sign(order: Order, *, key_id: str, signer: Callable[[bytes], bytes]) -> SignedOrder:
    """An order with its first signature. `signer` makes 64 raw bytes r‖s."""
    payload = order.payload()
    unsigned = SignedOrder(order=order, payload=payload, digest=gm.sm3(payload).hex(), signatures={})
    return countersign(unsigned, key_id=key_id, signer=signer)


def countersign(signed: SignedOrder, *, key_id: str, signer: Callable[[bytes], bytes]) -> SignedOrder:
    """The same order with one more signature."""
    signature = signer(pae(PAYLOAD_TYPE, signed.payload))
    return replace(signed, signatures={**signed.signatures, key_id: signature})


def merged(first: SignedOrder, second: SignedOrder) -> SignedOrder:
    """One order with the signatures of both; where a key signed twice, the first stays."""
    return replace(first, signatures={**second.signatures, **first.signatures})


def _unknown(_digest: str) -> SignedOrder | None:
    """No order is known."""
    return None


def read(
    document: bytes,
    membership: Membership,
    *,
    now: datetime,
    known: Callable[[str], SignedOrder | None] = _unknown,
) -> SignedOrder:
    """Read an order and check it by itself and by the membership: form, owner, times and signatures.

    Signatures that do not count are dropped. `known` finds an order read before by its digest: its signatures are not verified again.

    Raises:
        OrderError: MALFORMED, TOO_LARGE, NOT_A_MEMBER, NOT_OWN, FINAL, FROM_THE_FUTURE, NUMBER_TOO_HIGH, OVER, SELF_LIFT
            or SIGNATURE_INVALID.
    """
    payload, signatures = _opened(document)
    order = _order(payload)
    check(order, membership, now=now)
    digest = gm.sm3(payload).hex()
    before = known(digest)
    valid = _valid(order, payload, signatures, membership, before.signatures if before is not None else {})
    signed = SignedOrder(order=order, payload=payload, digest=digest, signatures=valid)
    if order.province not in supporters(signed, membership):
        raise OrderError("SIGNATURE_INVALID", f"not signed by a key of {order.province} that may order this")
    return signed


def reopen(document: bytes) -> SignedOrder:
    """An order that was read before and kept; nothing is verified again, so that a rotated key undoes no order.

    Raises:
        OrderError: it is damaged.
    """
    payload, signatures = _opened(document)
    digest = gm.sm3(payload).hex()
    return SignedOrder(order=_order(payload), payload=payload, digest=digest, signatures=signatures)


def _opened(document: bytes) -> tuple[bytes, dict[str, bytes]]:
    """Payload and signatures of the DSSE form, bounded and not believed yet.

    Raises:
        OrderError: TOO_LARGE or MALFORMED.
    """
    if len(document) > MAX_DOCUMENT_BYTES:
        raise OrderError("TOO_LARGE", "an order has at most 64 KiB")
    try:
        outer = json.loads(document)
        payload = base64.b64decode(outer["payload"], validate=True)
        listed = outer["signatures"][: MAX_SIGNATURES + 1]
        signatures = {str(one["keyid"]): base64.b64decode(one["sig"], validate=True) for one in listed}
        kind = outer["payloadType"]
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise OrderError("MALFORMED", f"the document: {type(error).__name__}") from error
    if kind != PAYLOAD_TYPE or len(listed) > MAX_SIGNATURES or len(listed) != len(signatures):
        raise OrderError("MALFORMED", "another type, too many signatures, or a key that signed twice")
    if len(payload) > MAX_PAYLOAD_BYTES:
        raise OrderError("TOO_LARGE", "what is ordered has at most 2 KiB")
    return payload, signatures


def _order(payload: bytes) -> Order:
    """The order in a payload; members of other names are refused, so that nothing signed goes unread.

    Raises:
        OrderError: MALFORMED.
    """
    try:
        raw: dict[str, Any] = canonical.loads(payload)
        if set(raw) != {one.name for one in fields(Order)} or type(raw["number"]) is not int:
            raise OrderError("MALFORMED", "other members than an order has")
        if not all(isinstance(value, str) for name, value in raw.items() if name != "number"):
            raise OrderError("MALFORMED", "a member that is not a text")
        return Order(**{**raw, "kind": Kind(raw["kind"]), "action": Action(raw["action"])})
    except (ValueError, TypeError) as error:
        raise OrderError("MALFORMED", f"what is ordered: {type(error).__name__}") from error


def check(order: Order, membership: Membership, *, now: datetime) -> None:
    """Everything but the signatures: asked before an order is signed, too.

    Raises:
        OrderError: see `read`.
    """
    try:
        member = membership.member(order.province)
    except MembershipError as error:
        raise OrderError("NOT_A_MEMBER", order.province) from error
    if not _WORD.fullmatch(order.id):
        raise OrderError("MALFORMED", "id")
    _check_subject(order, member, membership)
    if order.kind is Kind.CONSENT and order.action is Action.LIFT:
        raise OrderError("FINAL", "a consent that was taken back stays so; the holder gives a new one")
    _check_reason(order.reason)
    _check_times(order, now)
    if is_over(order, now.astimezone(UTC).date()):
        raise OrderError("OVER", "the consent has ended by itself")


def concerns(order: Order, membership: Membership) -> bool:
    """Whether an order is about members and keys of this membership: others are not handed on, for nobody new would take them."""
    try:
        _check_subject(order, membership.member(order.province), membership)
    except (MembershipError, OrderError):
        return False
    return True


def is_over(order: Order, today: date) -> bool:
    """Whether an order is about nothing any more: a consent that was taken back has ended by itself since. `today` in UTC.

    By days, so that all nodes forget at the same midnight; a day is added for clocks.
    """
    if order.kind is not Kind.CONSENT:
        return False
    return _last_day(order.issued) < today


@lru_cache(maxsize=65_536)
def _last_day(issued: str) -> date:
    """Asked for every revocation held, again and again."""
    return datetime.fromisoformat(issued).astimezone(UTC).date() + CONSENT_REMEMBERED


def _check_subject(order: Order, member: Member, membership: Membership) -> None:
    """The subject has the form of its kind, and belongs to the province, or is another member."""
    subject = order.subject
    if order.kind is Kind.PEER:
        if subject == order.province:
            raise OrderError("NOT_OWN", "a province is stopped by the others; it stops its own keys")
        if subject not in membership.provinces:
            raise OrderError("NOT_A_MEMBER", subject[:64])
    elif order.kind is Kind.KEY:
        if not _HEX.fullmatch(subject) or subject not in key_ids(member):
            raise OrderError("NOT_OWN", f"no key of {order.province} in the membership document")
    elif not (_HEX if order.kind is Kind.OPERATOR else _WORD).fullmatch(subject):
        raise OrderError("MALFORMED", f"subject: not the form of {order.kind}")


def _check_reason(reason: str) -> None:
    """A sentence for people, without personal data as far as a rule can tell."""
    if not 0 < len(reason.strip()) <= MAX_REASON or len(reason) > MAX_REASON or not reason.isprintable():
        raise OrderError("MALFORMED", f"reason: one line of 1 to {MAX_REASON} characters")
    if _NUMBER_OF_A_PERSON.search(reason):
        raise OrderError("MALFORMED", "reason: eleven digits in a row may be a person's number; name the case instead")


def _check_times(order: Order, now: datetime) -> None:
    try:
        issued = datetime.fromisoformat(order.issued)
        age = now - issued
    except (ValueError, TypeError) as error:
        raise OrderError("MALFORMED", "issued: not a time with an offset") from error
    if age < -MAX_SKEW:
        raise OrderError("FROM_THE_FUTURE", f"issued {order.issued}, our clock {now.isoformat(timespec='seconds')}")
    if not 1 <= order.number <= (issued - _EPOCH) // timedelta(milliseconds=1):
        raise OrderError("NUMBER_TOO_HIGH", "a number is from 1 to the time of issue in milliseconds")


def _valid(
    order: Order, payload: bytes, signatures: Mapping[str, bytes], membership: Membership, held: Mapping[str, bytes]
) -> dict[str, bytes]:
    """The signatures that verify under a key that may sign this order, and those held before."""
    message, valid = pae(PAYLOAD_TYPE, payload), dict(held)
    for key_id, certificate in signing_keys(order, membership).items():
        signature = signatures.get(key_id)
        if signature is not None and key_id not in valid and certificate.public_key.verify(message, signature):
            valid[key_id] = signature
    if order.kind is Kind.KEY and order.action is Action.LIFT and set(signatures) == {order.subject}:
        raise OrderError("SELF_LIFT", "a stop on a key is lifted with another key of the province")
    return valid


def signing_keys(order: Order, membership: Membership) -> dict[str, Certificate]:
    """Whose signature may stand under an order, by key id: its province's keys; against a peer every other member's.

    A stop on a key is not lifted with that key: whoever stole it could do so.
    """
    who: tuple[str, ...] = (order.province,)
    if order.kind is Kind.PEER:
        who = tuple(code for code in membership.provinces if code != order.subject)
    found = {one.fingerprint: one for code in who for one in certificates(membership.member(code).signing)}
    if order.kind is Kind.KEY and order.action is Action.LIFT:
        found.pop(order.subject, None)
    return found


def supporters(signed: SignedOrder, membership: Membership, *, without: frozenset[str] = frozenset()) -> frozenset[str]:
    """The provinces that signed, by keys the membership lists or once listed; keys in `without` do not count."""
    order = signed.order
    who: tuple[str, ...] = membership.provinces if order.kind is Kind.PEER else (order.province,)
    barred = without | ({order.subject} if order.kind is Kind.KEY and order.action is Action.LIFT else frozenset())
    counted = signed.signatures.keys() - barred
    return frozenset(
        code
        for code in who
        if code in membership.provinces
        and not (order.kind is Kind.PEER and code == order.subject)
        and counted & key_ids(membership.member(code))
    )


@lru_cache(maxsize=256)
def key_ids(member: Member) -> frozenset[str]:
    """Every key a member has or had, by the SM3 (hex) of its certificate: of the history, and of the certificates listed now."""
    listed = {one.fingerprint for pem in (member.signing, member.encryption) for one in certificates(pem)}
    return frozenset(listed | {key.key_id for key in member.keys} | {tls_key_id(pem) for pem in _blocks(member.tls)})


def certificates(pem: str) -> tuple[Certificate, ...]:
    """The one to three certificates of a member's entry, in order."""
    return tuple(_certificate(block) for block in _blocks(pem))


def tls_key_id(pem: str) -> str:
    """The key id of a channel certificate, the first of a PEM text: the SM3 of its DER, in hex.

    Raises:
        ValueError: the block is damaged.
    """
    block = next(iter(_blocks(pem)), "")
    body = "".join(line for line in block.splitlines() if line and not line.startswith("-----"))
    return gm.sm3(base64.b64decode(body, validate=True)).hex()


@lru_cache(maxsize=512)
def _blocks(pem: str) -> tuple[str, ...]:
    return tuple(_PEM.findall(pem))


@lru_cache(maxsize=512)
def _certificate(block: str) -> Certificate:
    return Certificate.from_pem(block)
