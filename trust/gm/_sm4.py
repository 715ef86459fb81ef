"""SM4-GCM (GB/T 32907, RFC 8998): one class, two engines. Nonces, and never using one twice, are the caller's business.

libgcrypt where it is present and gives the known answers, else `cryptography`. libgcrypt is faster at every size, one
short message included, so there is one choice for the whole process.
"""

import functools
from typing import Protocol

from cryptography.exceptions import InvalidTag, UnsupportedAlgorithm
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from trust.errors import CryptoUnavailableError, DecryptionError, KeyMaterialError
from trust.gm import _vectors
from trust.gm._gcrypt import GcryptGcm

KEY_BYTES = 16
NONCE_BYTES = 12  # the 96-bit nonce of NIST SP 800-38D clause 5.2.1.1, the only one RFC 8998 uses
TAG_BYTES = 16


class GcmEngine(Protocol):
    """SM4-GCM under one 16-byte key; lengths have been checked when it is called, and threads may share it."""

    name: str

    def __init__(self, key: bytes) -> None: ...

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Return ciphertext and tag."""

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext after the tag has been checked.

        Raises:
            DecryptionError: the tag does not fit.
        """


class CryptographyGcm:
    """SM4-GCM from the OpenSSL inside the `cryptography` wheel."""

    name = "cryptography"
    __slots__ = ("_algorithm",)

    def __init__(self, key: bytes) -> None:
        self._algorithm = algorithms.SM4(key)

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Return ciphertext and tag."""
        encryptor = Cipher(self._algorithm, modes.GCM(nonce)).encryptor()
        encryptor.authenticate_additional_data(aad)
        return b"".join((encryptor.update(plaintext), encryptor.finalize(), encryptor.tag))

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext; nothing leaves before `finalize` has checked the tag."""
        decryptor = Cipher(self._algorithm, modes.GCM(nonce, sealed[-TAG_BYTES:])).decryptor()
        decryptor.authenticate_additional_data(aad)
        plaintext = decryptor.update(memoryview(sealed)[:-TAG_BYTES])
        try:
            decryptor.finalize()
        except InvalidTag as error:
            raise DecryptionError("the SM4-GCM tag does not fit") from error
        return plaintext


def gives_known_answers(engine: type[GcmEngine]) -> bool:
    """Say whether an engine seals and opens the message of RFC 8998 and refuses it with another tag."""
    v = _vectors
    try:
        cipher = engine(v.GCM_KEY)
        if cipher.seal(v.GCM_NONCE, v.GCM_PLAINTEXT, v.GCM_AAD) != v.GCM_SEALED:
            return False
        if cipher.open(v.GCM_NONCE, v.GCM_SEALED, v.GCM_AAD) != v.GCM_PLAINTEXT:
            return False
    except (CryptoUnavailableError, DecryptionError, UnsupportedAlgorithm, AttributeError):  # not there, or without SM4
        return False
    try:
        cipher.open(v.GCM_NONCE, v.GCM_SEALED[:-1] + b"\0", v.GCM_AAD)
    except DecryptionError:
        return True
    return False


@functools.cache
def sm4_engine() -> type[GcmEngine]:
    """Return the fastest engine that works on this machine.

    Raises:
        CryptoUnavailableError: none does.
    """
    for engine in (GcryptGcm, CryptographyGcm):
        if gives_known_answers(engine):
            return engine
    raise CryptoUnavailableError("no library here does SM4-GCM: install libgcrypt20 1.9 or later")


class Sm4Gcm:
    """SM4-GCM under one key, for messages and file chunks; threads may share it and run it at the same time."""

    __slots__ = ("_engine",)

    def __init__(self, key: bytes) -> None:
        """Take a 16-byte key.

        Raises:
            KeyMaterialError: the key has another length.
        """
        if len(key) != KEY_BYTES:
            raise KeyMaterialError("an SM4 key is 16 bytes")
        self._engine = sm4_engine()(key)

    def seal(self, nonce: bytes, plaintext: bytes, aad: bytes) -> bytes:
        """Return ciphertext and 16-byte tag. The 12-byte nonce must never be used twice under one key.

        Raises:
            ValueError: the nonce is not 12 bytes.
        """
        if len(nonce) != NONCE_BYTES:
            raise ValueError("an SM4-GCM nonce is 12 bytes")
        return self._engine.seal(nonce, plaintext, aad)

    def open(self, nonce: bytes, sealed: bytes, aad: bytes) -> bytes:
        """Return the plaintext of what `seal` made.

        Raises:
            DecryptionError: key, nonce, ciphertext, tag or additional data do not fit together.
        """
        if len(nonce) != NONCE_BYTES or len(sealed) < TAG_BYTES:
            raise DecryptionError("an SM4-GCM message has a nonce of 12 bytes and a tag of 16")
        return self._engine.open(nonce, sealed, aad)
