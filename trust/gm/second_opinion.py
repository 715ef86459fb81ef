"""The second opinion on an SM2 signature: `gmssl`, pure Python by other authors, asked beside libcrypto. DESIGN §7 (`certmesh verify`).

An auditor then need not trust one library: point arithmetic, modular arithmetic and SM3 are all gmssl's. It only verifies. It never
signs or decrypts, never sees a private key, and never reads DER (its DER mode accepts r and s out of range). What gmssl 3.2.2 leaves
out is checked here before it is asked: the length of the signature, 1 <= r, s < n, a key that lies on the curve, and a user ID that is
stated. About 10 ms a signature and 4 s a MiB: for audits, not for a node's traffic.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from gmssl import sm2, sm3

from trust.errors import DisagreementError
from trust.gm import _sm2
from trust.gm._der import RAW_BYTES, N
from trust.gm._sm2 import POINT_BYTES, USER_ID, PublicKey

MAX_MESSAGE_BYTES = 4 * 1024 * 1024  # some 15 s; membership, checkpoints, certificates and Signature.xml are far below

# The recommended curve, GB/T 32918.5 clause 2: y² = x³ + ax + b over the integers modulo p, base point (x, y).
_P = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFF
_A = 0xFFFFFFFEFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF00000000FFFFFFFFFFFFFFFC
_B = 0x28E9FA9E9D9F5E344D5A9E4BCF6509A7F39789F515AB8F92DDBCBD414D940E93
_G = bytes.fromhex(
    "32c4ae2c1f1981195f9904466a39c9948fe30bbff2660be1715a4589334c74c7"
    "bc3736a2f4f6779c59bdcee36b692153d0a9877cc62a474002df32e52139f0a0",
)
_HALF = 32
Judge = Callable[[bytes, bytes, bytes], bool]
"""Whether r‖s is a signature over a message under a key X‖Y: `verify`, or another."""
# Clause 5.5 of GB/T 32918.2: ZA = SM3(length of the ID in bits ‖ ID ‖ a ‖ b ‖ xG ‖ yG ‖ xA ‖ yA); here all but the key.
_ZA_HEAD = (8 * len(USER_ID)).to_bytes(2) + USER_ID + _A.to_bytes(_HALF) + _B.to_bytes(_HALF) + _G


def verify(point: bytes, message: bytes, signature: bytes) -> bool:
    """Let gmssl alone judge raw r‖s over a message under the key X‖Y; what is malformed is simply not a signature.

    Raises:
        ValueError: the message is longer than 4 MiB; bound what is read before asking.
    """
    if len(message) > MAX_MESSAGE_BYTES:
        raise ValueError("a second opinion is given on messages of at most 4 MiB")
    if not _on_curve(point) or not _in_range(signature):
        return False
    asked = sm2.CryptSM2(None, "00" * POINT_BYTES)
    asked.public_key = point.hex()  # not through the constructor, which strips leading 0 and 4 digits of X
    digest = _sm3(_sm3(_ZA_HEAD + point) + message)
    try:
        return bool(asked.verify(signature.hex(), digest))
    except TypeError:  # s·G + t·PA is the point at infinity, for which gmssl has no coordinates: not a signature
        return False


def both(public: PublicKey, message: bytes, signature: bytes, *, judge: Judge = verify) -> bool:
    """Let libcrypto and gmssl (or another `judge`) judge raw r‖s; the answer that both give.

    Raises:
        DisagreementError: one accepts what the other refuses; believe neither, and report it.
        ValueError: the message is longer than 4 MiB.
    """
    first, second = public.verify(message, signature), judge(public.point, message, signature)
    _compare(public, signature, accepted=first, seconded=second)
    return first


@dataclass(slots=True)
class Tally:
    """How many signatures were judged by both libraries, and how many messages were too long for it."""

    seconded: int = 0
    too_long: int = 0


@contextmanager
def on_every_signature(judge: Judge = verify) -> Iterator[Tally]:
    """Within this block, and this thread or task, every SM2 verification behind the door is made by both libraries.

    Chains, checkpoints, proofs and seals need not know of it, so none can be forgotten. What was verified before and is kept by a cache
    is not verified again. A message too long for a second opinion is counted in the tally that this gives, and decided by libcrypto alone.

    Raises:
        DisagreementError: by the verification on which the libraries differ, and again at the end of the block if it was caught there.
    """
    alarms: list[DisagreementError] = []
    tally = Tally()

    def second(public: PublicKey, message: bytes, signature: bytes, accepted: bool) -> None:
        if len(message) > MAX_MESSAGE_BYTES:
            tally.too_long += 1
            return
        tally.seconded += 1
        try:
            _compare(public, signature, accepted=accepted, seconded=judge(public.point, message, signature))
        except DisagreementError as error:
            alarms.append(error)
            raise

    token = _sm2.SECONDED.set(second)
    try:
        yield tally
    finally:
        _sm2.SECONDED.reset(token)
    if alarms:
        raise alarms[0]


def _compare(public: PublicKey, signature: bytes, *, accepted: bool, seconded: bool) -> None:
    if accepted is not seconded:
        words = ("accepts", "refuses") if accepted else ("refuses", "accepts")
        raise DisagreementError(
            f"libcrypto {words[0]} and gmssl {words[1]} the signature {signature.hex()} under the key {public.point.hex()}; "
            "believe neither, keep the file, and check it on another machine"
        )


def _in_range(signature: bytes) -> bool:
    r, s = int.from_bytes(signature[:_HALF]), int.from_bytes(signature[_HALF:])
    return len(signature) == RAW_BYTES and 0 < r < N and 0 < s < N


def _on_curve(point: bytes) -> bool:
    """Whether X‖Y is a point of the curve; infinity has no such form. The group's order is prime, so there are no small subgroups."""
    x, y = int.from_bytes(point[:_HALF]), int.from_bytes(point[_HALF:])
    return len(point) == POINT_BYTES and x < _P and y < _P and (y * y - x * x * x - _A * x - _B) % _P == 0


def _sm3(data: bytes) -> bytes:
    """The digest by gmssl, which changes the list it is given: each call makes its own."""
    return bytes.fromhex(sm3.sm3_hash(list(data)))
