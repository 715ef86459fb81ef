"""The errors of `trust`, as one tree. Not the refusals a caller reads: those are in `federation.model.refusal`.

TrustError
├── CryptoUnavailableError   this interpreter's libcrypto cannot do SM2 (the message names the fix)
├── KeyMaterialError         a key, passphrase or point that cannot be used
├── DecryptionError          a ciphertext that does not open
├── IdentityError            an identity certificate or chain that must not be believed
├── EnvelopeError            an envelope whose signature, sender, recipient, time or nonce is wrong
├── MembershipError          a membership document that is not valid or not sufficiently signed
├── EvidenceError            a log, checkpoint or proof that does not fit together
└── DocumentError            an OFD package that breaks a rule
"""


class TrustError(Exception):
    """Base of everything `trust` raises on bad input."""


class CryptoUnavailableError(TrustError):
    """This machine's libraries cannot do SM2, SM3 or SM4 correctly."""


class KeyMaterialError(TrustError):
    """A key, a passphrase or a curve point cannot be used."""


class DecryptionError(TrustError):
    """A ciphertext does not open under this key and header."""


class IdentityError(TrustError):
    """An identity certificate or its chain must not be believed."""


class EnvelopeError(TrustError):
    """An envelope must not be believed; `reason` is a word of `federation.model.refusal`."""

    def __init__(self, reason: str, detail: str) -> None:
        """Keep the machine-readable reason beside the sentence."""
        super().__init__(f"{reason}: {detail}")
        self.reason = reason
        self.detail = detail


class MembershipError(TrustError):
    """A membership document is malformed or not sufficiently signed."""


class EvidenceError(TrustError):
    """A log, a checkpoint or a proof does not fit together."""


class DocumentError(TrustError):
    """An OFD package breaks a rule; the message says which."""
