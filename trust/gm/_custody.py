"""The ports behind which a private SM2 key is kept: by this process, or by a module that never hands it out. DESIGN §4, GM/T 0018.

Everything that signs or opens takes one of these and never the key: envelopes, checkpoints, publications, membership, orders,
certificates, requests and usage copies take a `Signer`, the opening of messages an `Unwrapper`. A port knows a key and no certificate:
a request is signed before there is one, and a renewed certificate may carry the same key. `trust.local.LocalIdentity` pairs them, and the
certificate's fingerprint is the key's name on the wire.

The contract, which tests/trust/custody runs over every adapter:

* `sign` gives 64 bytes r‖s over SM3(ZA‖message) with the user ID 1234567812345678, or raises `CustodyError`; never the same bytes twice.
* `decrypt` opens DER {x, y, C3, C2} and checks C3. What is malformed or altered is `DecryptionError`: the sender's fault, whatever the
  keeper calls it. A keeper that is busy, logged out or gone is `CustodyError`: never the sender's fault.
* Both may be called from several threads. Both may block for the keeper's time limit, so a keeper outside of this process is called off
  the event loop by whoever cannot wait.
* No method, attribute or text form hands out the private key.

`PrivateKey`, opened from an encrypted file, is the adapter of this process. `trust.custody` has the others.
"""

from dataclasses import dataclass
from typing import Protocol

from trust.errors import CustodyError
from trust.gm._sm2 import USER_ID, PublicKey
from trust.gm._sm3 import sm3

# GB/T 32918.5 clause 2: a, b and the base point of the curve, which ZA covers.
_CURVE = bytes.fromhex(
    "fffffffeffffffffffffffffffffffffffffffff00000000fffffffffffffffc"
    "28e9fa9e9d9f5e344d5a9e4bcf6509a7f39789f515ab8f92ddbcbd414d940e93"
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0"
)
_ZA_HEAD = (8 * len(USER_ID)).to_bytes(2) + USER_ID + _CURVE


def message_digest(public: PublicKey, message: bytes) -> bytes:
    """Return e = SM3(ZA‖message), GB/T 32918.2 clause 5.5: what a module signs that takes digests only."""
    return sm3(sm3(_ZA_HEAD + public.point) + message)


class Signer(Protocol):
    """Keeps a signing key."""

    @property
    def public(self) -> PublicKey:
        """The public half; known without asking the keeper again."""

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s over the message.

        Raises:
            CustodyError: the keeper did not sign; nothing was signed that anybody saw.
        """


class Unwrapper(Protocol):
    """Keeps an encryption key."""

    @property
    def public(self) -> PublicKey:
        """The public half; known without asking the keeper again."""

    def decrypt(self, ciphertext: bytes) -> bytes:
        """The short secret, such as an SM4 key, that was encrypted to `public`.

        Raises:
            DecryptionError: malformed, for another key, or altered.
            CustodyError: the keeper did not answer.
        """


@dataclass(frozen=True, slots=True)
class Checked:
    """A `Signer` whose every signature is verified before anybody sees it. One SM2 verification more, 0.25 ms.

    For documents, which stand for years: a keeper that answers nonsense is found when it does, not by a court. Keepers outside of this
    process are always wrapped; a wrong signature is also what a fault attack on the key looks like.
    """

    signer: Signer

    @property
    def public(self) -> PublicKey:
        """The key that verifies."""
        return self.signer.public

    def sign(self, message: bytes) -> bytes:
        """Raw r‖s that verifies.

        Raises:
            CustodyError: the keeper did not sign, or what it gave does not verify.
        """
        signature = self.signer.sign(message)
        if not self.signer.public.verify(message, signature):
            raise CustodyError(
                "WRONG",
                "its signature does not verify under its own public key; nothing was sent. "
                "Take the module out of use and have it checked",
            )
        return signature
