"""SM3 (GB/T 32905) and HMAC over it, from the interpreter's own OpenSSL. Not a key derivation."""

import functools
import hashlib
import hmac
from typing import Protocol, Self

from trust.errors import CryptoUnavailableError
from trust.gm._libcrypto import FIX

SM3_BYTES = 32


class Sm3Hash(Protocol):
    """A running SM3, in the shape of `hashlib`'s objects."""

    def update(self, data: bytes, /) -> None:
        """Hash more bytes."""

    def digest(self) -> bytes:
        """Return the 32 bytes so far."""

    def hexdigest(self) -> str:
        """Return the digest so far in lower-case hex."""

    def copy(self) -> Self:
        """Return an independent copy of the state."""


@functools.cache
def _empty() -> Sm3Hash:
    """Return the state all hashes start from: copying it costs half of what looking the algorithm up again does."""
    try:
        return hashlib.new("sm3")
    except ValueError as error:
        raise CryptoUnavailableError(f"hashlib has no SM3: {FIX}") from error


def new_sm3(data: bytes = b"") -> Sm3Hash:
    """Start an SM3 over the given bytes."""
    state = _empty().copy()
    if data:
        state.update(data)
    return state


def sm3(data: bytes) -> bytes:
    """Return the 32-byte SM3 of the bytes."""
    state = _empty().copy()
    state.update(data)
    return state.digest()


def hmac_sm3(key: bytes, data: bytes) -> bytes:
    """Return the 32-byte HMAC-SM3 (RFC 2104 over SM3)."""
    return hmac.digest(key, data, "sm3")
