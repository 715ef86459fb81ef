"""The start-up self-test: published answers through every library the process will use. It does not measure speed.

A node runs it before anything else and writes the result into its log and its evidence header, so that it is on record
which implementation signed.
"""

from dataclasses import dataclass

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

from trust.errors import CryptoUnavailableError, TrustError
from trust.gm import _libcrypto, _sm2, _sm4, _vectors
from trust.gm._sm3 import sm3


@dataclass(frozen=True, slots=True)
class Engine:
    """The libraries behind the door: `libcrypto` version text, its file, and the SM4-GCM library."""

    libcrypto: str
    path: str
    sm4: str


def self_test() -> Engine:
    """Run the known answers of GB/T 32918.5, GB/T 32905, GB/T 32907 and RFC 8998. Takes a few milliseconds.

    Raises:
        CryptoUnavailableError: a library is missing or answers wrongly; the message names the fix.
    """
    version, path = _libcrypto.origin()
    where = f"with {version} ({path})"
    checks = (
        ("SM3", _sm3_answers),
        ("SM2 signatures", _signature_answers),
        ("SM2 encryption", _encryption_answers),
        ("SM4", _block_answers),
        ("SM4-GCM", lambda: _sm4.gives_known_answers(_sm4.sm4_engine())),
    )
    for name, right in checks:
        try:
            passed = right()
        except (TrustError, ValueError) as error:
            raise CryptoUnavailableError(f"{name} does not work {where}: {error}; {_libcrypto.FIX}") from error
        if not passed:
            raise CryptoUnavailableError(f"{name} gives a wrong answer {where}; {_libcrypto.FIX}")
    return Engine(libcrypto=version, path=path, sm4=_sm4.sm4_engine().name)


def _sm3_answers() -> bool:
    return all(sm3(message).hex() == digest for message, digest in _vectors.SM3.items())


def _signature_answers() -> bool:
    """Check the standard's signature, that another message does not fit it, and a signature of our own."""
    key = _sm2.PrivateKey.from_scalar(_vectors.SM2_SCALAR)
    public = key.public
    return (
        public.point == _vectors.SM2_POINT
        and public.verify(_vectors.SM2_MESSAGE, _vectors.SM2_SIGNATURE)
        and not public.verify(_vectors.SM2_MESSAGE + b".", _vectors.SM2_SIGNATURE)
        and public.verify(_vectors.SM2_MESSAGE, key.sign(_vectors.SM2_MESSAGE))
    )


def _encryption_answers() -> bool:
    key = _sm2.PrivateKey.from_scalar(_vectors.SM2_SCALAR)
    return (
        key.decrypt(_vectors.SM2_CIPHERTEXT) == _vectors.SM2_PLAINTEXT
        and key.decrypt(key.public.encrypt(_vectors.SM2_PLAINTEXT)) == _vectors.SM2_PLAINTEXT
    )


def _block_answers() -> bool:
    """Check the bare cipher with a zero IV: the first CBC block is then the block of GB/T 32907."""
    encryptor = Cipher(algorithms.SM4(_vectors.SM4_BLOCK), modes.CBC(bytes(16))).encryptor()
    return encryptor.update(_vectors.SM4_BLOCK) + encryptor.finalize() == _vectors.SM4_BLOCK_ENCRYPTED
