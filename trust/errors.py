"""The errors of `trust`, as one tree. Not the refusals a caller reads: those are in `federation.model.refusal`.

TrustError
├── CryptoUnavailableError   this interpreter's libcrypto cannot do SM2 (the message names the fix)
├── KeyMaterialError         a key, passphrase or point that cannot be used
├── CustodyError             whoever keeps a private key did not do what it was asked
├── DecryptionError          a ciphertext that does not open
├── DisagreementError        two libraries judge one signature differently: an alarm, not a verdict
├── IdentityError            an identity certificate, request, list or chain that must not be believed
│   └── RevokedError         a certificate that its CA has revoked: since when, and why
├── EnvelopeError            an envelope whose signature, sender, recipient, time or nonce is wrong
│   └── ClockSkewError       the sender's clock and ours are too far apart: both of them
├── MembershipError          a membership document that is not valid or not sufficiently signed
├── OrderError               a stop order that must not be believed, or is not the signer's to give
├── ConsentError             a holder's consent that must not be believed
├── ObjectionError           an objection, withdrawal or move that must not be believed, or does not follow
├── EventError               a signed event that must not be believed
├── EvidenceError            a log, checkpoint or proof that does not fit together
│   └── UnknownSignerError   a checkpoint that this key has not signed
├── BundleError              a proof bundle whose zip is not in its one form: which part
└── DocumentError            an OFD package that breaks a rule
"""

from datetime import datetime


class TrustError(Exception):
    """Base of everything `trust` raises on bad input."""


class CryptoUnavailableError(TrustError):
    """This machine's libraries cannot do SM2, SM3 or SM4 correctly."""


class KeyMaterialError(TrustError):
    """A key, a passphrase or a curve point cannot be used."""


class CustodyError(TrustError):
    """The keeper of a private key, such as a hardware module, did not sign or open; `reason` is one of its words.

    BUSY (repeat later), LOGGED_OUT (the operator logs in), SLOW (no answer in time), GONE (no connection), WRONG (an answer that is not
    one), REFUSED (everything else it says no to).
    """

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the machine-readable reason beside the sentence."""
        super().__init__(f"the key's keeper is {reason}: {detail}")
        self.reason = reason
        self.detail = detail


class DecryptionError(TrustError):
    """A ciphertext does not open under this key and header."""


class DisagreementError(TrustError):
    """Two implementations of SM2 judge the same signature differently; neither may be believed."""


class IdentityError(TrustError):
    """An identity certificate, a request, a revocation list or a chain must not be believed."""


class RevokedError(IdentityError):
    """A certificate's CA has revoked it, from `at` on; `reason` is a word of RFC 5280 clause 5.3.1."""

    def __init__(self, *, at: datetime, reason: str, compromised: bool) -> None:
        """Keep the facts beside the sentence; `compromised`: the key may be in other hands."""
        super().__init__(f"the certificate was revoked at {at:%Y-%m-%d %H:%M:%SZ}: {reason}")
        self.at = at
        self.reason = reason
        self.compromised = compromised


class EnvelopeError(TrustError):
    """An envelope must not be believed; `reason` is a word of `federation.model.refusal`."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the machine-readable reason beside the sentence."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class ClockSkewError(EnvelopeError):
    """Two clocks are too far apart: the sender's stamp and our time, kept so that the offset can be shown."""

    def __init__(self, detail: str, *, stamped: datetime, now: datetime) -> None:
        """Keep both clocks beside the sentence that names them."""
        super().__init__("CLOCK_SKEW", detail)
        self.stamped = stamped
        self.now = now


class MembershipError(TrustError):
    """A membership document must not be believed; `reason` is a word of `trust.membership.Flaw`."""

    def __init__(self, reason: str, sentence: str) -> None:
        """Keep the machine-readable reason beside the sentence; only the sentence is shown."""
        super().__init__(sentence)
        self.reason = reason


class OrderError(TrustError):
    """A stop order must not be believed; `reason` is a word of its own small set (see `trust.orders.read`)."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the machine-readable reason beside the sentence."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class ConsentError(TrustError):
    """A consent must not be believed; `reason` is a word of its own small set (see `trust.consent`)."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the machine-readable reason beside the sentence."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class ObjectionError(TrustError):
    """A document of an objection must not be believed; `reason` is a word of its own small set (see `trust.objection`)."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the machine-readable reason beside the sentence."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class EventError(TrustError):
    """A signed event must not be believed; `reason` is a word of its own small set (see `trust.signed_event`)."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the machine-readable reason beside the sentence."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class EvidenceError(TrustError):
    """A log, a checkpoint or a proof does not fit together."""


class UnknownSignerError(EvidenceError):
    """A checkpoint bears no signature of the key it was to be verified with."""


class BundleError(TrustError):
    """A proof bundle's zip is not in its one form; `part` names where ("" for the whole)."""

    def __init__(self, part: str, detail: str) -> None:
        """Keep the part beside the sentence."""
        super().__init__(f"{part}: {detail}" if part else detail)
        self.part = part
        self.detail = detail


class DocumentError(TrustError):
    """An OFD package breaks a rule; the message says which."""
