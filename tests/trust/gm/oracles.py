"""SM2 by other authors, fenced in as their defects demand (gmssl 3.2.2); only tests use it. The product is never built on these.

gmssl: raw r‖s only (its DER mode does not check the range of r and s), a nonce of our own (its own comes from Mersenne
Twister), and the public key set after construction (its constructor strips leading 0 and 4 digits of X).
"""

import secrets

from gmssl import sm2

from trust.gm import PrivateKey
from trust.gm._der import N


def gmssl_key(scalar: bytes | None, point: bytes) -> sm2.CryptSM2:
    """Return gmssl's object for a key, with the point as it is."""
    key = sm2.CryptSM2(scalar.hex() if scalar else None, "00" * 64)
    key.public_key = point.hex()
    return key


def gmssl_verify(point: bytes, message: bytes, signature: bytes) -> bool:
    """Let gmssl judge a raw signature; it ignores trailing bytes, so the length is checked here."""
    return len(signature) == 64 and bool(gmssl_key(None, point).verify_with_sm3(signature.hex(), message))


def gmssl_sign(scalar: bytes, point: bytes, message: bytes, nonce: int | None = None) -> bytes:
    """Let gmssl sign with the given nonce, or with a good random one; it returns None for a nonce that cannot be used."""
    signature = None
    while not signature:
        k = nonce or secrets.randbelow(N - 1) + 1
        signature = gmssl_key(scalar, point).sign_with_sm3(message, f"{k:064x}")
    return bytes.fromhex(signature)


def draw_key(first_digits: str) -> tuple[bytes, PrivateKey]:
    """Draw keys until X starts with one of these hexadecimal digits."""
    while True:
        scalar = (secrets.randbelow(N - 2) + 1).to_bytes(32)
        key = PrivateKey.from_scalar(scalar)
        if key.public.point.hex()[0] in first_digits:
            return scalar, key
