"""Envelopes: what is signed, by whom, for whom, and until when. DESIGN §4.

The signature covers DSSE's pre-authentication encoding (https://github.com/secure-systems-lab/dsse, protocol.md) over the payload type
and the exact payload bytes. This module decides on values; reading a header out of a payload is `federation.codec`, remembering nonces
is the store.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from trust import gm
from trust.errors import ClockSkewError, EnvelopeError

PROTOCOL = 1
MAX_SKEW = timedelta(minutes=5)  # REQUIREMENTS 7.3 check 1
MAX_LIFETIME = timedelta(minutes=10)  # bounds how long a nonce has to be remembered
NONCE_BYTES = 16
MAX_EXCHANGE_ID = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class DirectProof:
    """An SM2 signature by the key whose certificate has the SM3 fingerprint `key_id` (hex). `signature` is raw r‖s."""

    key_id: str
    signature: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """A payload, its type, and who answers for it."""

    payload_type: str
    payload: bytes
    proof: DirectProof


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    """Who sends what to whom, when, once. `request_digest` is the SM3 of the request's payload in an answer, b"" in a request."""

    exchange_id: str
    sender: str
    recipients: tuple[str, ...]
    issued_at: datetime
    expires_at: datetime
    nonce: bytes
    request_digest: bytes = b""
    protocol: int = PROTOCOL


def pae(payload_type: str, payload: bytes) -> bytes:
    """DSSE pre-authentication encoding, version 1."""
    kind = payload_type.encode()
    return b"DSSEv1 %d %b %d %b" % (len(kind), kind, len(payload), payload)


def sign(payload_type: str, payload: bytes, *, key_id: str, signer: Callable[[bytes], bytes]) -> Envelope:
    """Sign a payload directly. `signer` makes 64 raw bytes r‖s over the message it is given."""
    signature = signer(pae(payload_type, payload))
    return Envelope(payload_type=payload_type, payload=payload, proof=DirectProof(key_id=key_id, signature=signature))


def verify(envelope: Envelope, *, payload_type: str, key_id: str, public_key: gm.PublicKey) -> None:
    """Check type, key and signature of an envelope.

    Raises:
        EnvelopeError: SIGNATURE_INVALID.
    """
    if envelope.payload_type != payload_type:
        raise EnvelopeError("SIGNATURE_INVALID", f"expected {payload_type}")
    if envelope.proof.key_id != key_id:
        raise EnvelopeError("SIGNATURE_INVALID", "signed with a key that is not the sender's current signing key")
    if not public_key.verify(pae(envelope.payload_type, envelope.payload), envelope.proof.signature):
        raise EnvelopeError("SIGNATURE_INVALID", "the signature does not fit the payload")


def check_header(header: Header, *, sender: str, me: str, now: datetime, request_digest: bytes = b"") -> None:
    """Check that a header is from `sender`, for `me`, in time, and answers the request it should answer.

    Raises:
        EnvelopeError: BAD_PARAMETER, SIGNATURE_INVALID, NOT_FOR_US, CLOCK_SKEW (with both clocks) or REPLAYED.
    """
    if header.protocol != PROTOCOL:
        raise EnvelopeError("BAD_PARAMETER", f"protocol version {header.protocol} is not spoken here")
    if len(header.nonce) != NONCE_BYTES or not 0 < len(header.exchange_id) <= MAX_EXCHANGE_ID:
        raise EnvelopeError("BAD_PARAMETER", "nonce or exchange id of the wrong length")
    if header.sender != sender:
        raise EnvelopeError("SIGNATURE_INVALID", "the sender is not the peer of this connection")
    if me not in header.recipients:
        raise EnvelopeError("NOT_FOR_US", f"addressed to {len(header.recipients)} others")
    if header.request_digest != request_digest:
        raise EnvelopeError("REPLAYED", "the answer belongs to another request")
    _check_times(header, me, now)


def _check_times(header: Header, me: str, now: datetime) -> None:
    """Skew of at most five minutes either way, and a bounded lifetime.

    Expiry needs no check of its own: it may pass by as much as clocks may differ, and it lies behind the time of issue.
    """
    if abs(now - header.issued_at) > MAX_SKEW:
        raise ClockSkewError(_clocks(header, me, now), stamped=header.issued_at, now=now)
    if not timedelta(0) < header.expires_at - header.issued_at <= MAX_LIFETIME:
        raise EnvelopeError("BAD_PARAMETER", "expires before it is issued, or lives longer than ten minutes")


def _clocks(header: Header, me: str, now: datetime) -> str:
    """Both clocks, how far apart, and who looks first. Under 200 characters: so much of it travels."""
    apart = abs(now - header.issued_at)
    word = "ahead of" if header.issued_at > now else "behind"
    return (
        f"clock of {header.sender} {_second(header.issued_at)}, clock of {me} {_second(now)}: "
        f"{int(apart.total_seconds())} s {word} it, allowed {int(MAX_SKEW.total_seconds())}; "
        f"{header.sender} compares with the time service first, then {me}"
    )


def _second(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%M:%SZ}"


def nonce_deadline(header: Header) -> datetime:
    """Until when the nonce of this header has to be remembered: expiry plus skew."""
    return header.expires_at + MAX_SKEW
