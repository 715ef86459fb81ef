"""SM2 keys (GB/T 32918): sign, verify, encrypt and decrypt through libcrypto. No certificates, no files.

The user ID of clause 5.5 of GB/T 32918.2 is always set, because OpenSSL before 4.0 would take the empty one. Keys are
never changed after loading, so threads and forked children may share them; every call makes and frees its own context.
"""

import ctypes
import weakref
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, Self

from trust.errors import DecryptionError, KeyMaterialError
from trust.gm import _libcrypto as c
from trust.gm._der import der_to_rs, is_ciphertext, rs_to_der
from trust.gm._pkcs8 import ROUNDS, open_pkcs8, seal_pkcs8

USER_ID = b"1234567812345678"  # GM/T 0009 clause 10: the default identification when none is agreed
POINT_BYTES = 64
SCALAR_BYTES = 32
# SubjectPublicKeyInfo (RFC 5480) of an uncompressed point on sm2p256v1, 1.2.156.10197.1.301; X‖Y follows.
SPKI_PREFIX = bytes.fromhex("3059301306072a8648ce3d020106082a811ccf5501822d03420004")
# ECPrivateKey (RFC 5915) around the scalar, without the public key, which libcrypto computes.
_SEC1 = (bytes.fromhex("30310201010420"), bytes.fromhex("a00a06082a811ccf5501822d"))
_MAX_SIGNATURE_BYTES = 72
_CIPHERTEXT_OVERHEAD = 128  # bytes: point, digest and DER headers are at most 115


class _Key:
    """One EVP_PKEY, freed with its last owner; its ctypes pointer can be neither copied nor pickled.

    `started` holds a digest context per kind of work, begun once and only copied from: looking algorithms up by name each time costs
    several times as much.
    """

    __slots__ = ("__weakref__", "pointer", "started")

    def __init__(self, pointer: int | None) -> None:
        if not pointer:
            c.err_clear()
            raise KeyMaterialError("libcrypto refused the SM2 key")
        self.pointer = ctypes.c_void_p(pointer)
        self.started: dict[str, int] = {}
        # At exit the system takes the memory back; freeing there could race a thread that still signs.
        weakref.finalize(self, c.pkey_free, pointer).atexit = False

    def point(self) -> bytes:
        """Return X‖Y; refuses a key that is not SM2."""
        spki = c.to_der(c.i2d_public, self.pointer.value or 0)
        if not spki.startswith(SPKI_PREFIX) or len(spki) != len(SPKI_PREFIX) + POINT_BYTES:
            raise KeyMaterialError("the key is not an SM2 key on sm2p256v1")
        return spki[len(SPKI_PREFIX) :]


@dataclass(frozen=True, slots=True)
class PublicKey:
    """A point on the SM2 curve; equal and hashable by `point` (X‖Y, 64 bytes). Build it with `from_point`."""

    point: bytes
    _key: _Key = field(repr=False, compare=False)

    @classmethod
    def from_point(cls, point: bytes) -> Self:
        """Load X‖Y and check that it lies on the curve. About 0.2 ms: keep the object.

        Raises:
            KeyMaterialError: not 64 bytes, or not on the curve.
        """
        if len(point) != POINT_BYTES:
            raise KeyMaterialError("an SM2 public key is 64 bytes X‖Y")
        return cls(point, _Key(c.from_der(c.d2i_public, SPKI_PREFIX + point)))

    def verify(self, message: bytes, signature: bytes) -> bool:
        """Check raw r‖s over the message; any other length or range is simply not a signature."""
        try:
            der = rs_to_der(signature)
        except ValueError:
            return False
        return self._judge(message, signature, der)

    def verify_der(self, message: bytes, signature: bytes) -> bool:
        """Check a DER signature (X.509, CMS, seals); an encoding that is not the canonical one is not a signature."""
        try:
            raw = der_to_rs(signature)
        except ValueError:
            return False
        return self._judge(message, raw, signature)

    def encrypt(self, plaintext: bytes) -> bytes:
        """Encrypt a short secret, such as an SM4 key, to this key's owner: DER {x, y, C3, C2} (GB/T 35276 clause 7.2).

        Raises:
            ValueError: the plaintext is empty, which SM2 cannot encrypt.
        """
        if not plaintext:
            raise ValueError("SM2 cannot encrypt an empty plaintext")
        result = _crypt(self._key, c.encrypt_init, c.encrypt, plaintext, len(plaintext) + _CIPHERTEXT_OVERHEAD)
        if result is None:
            raise KeyMaterialError("libcrypto could not encrypt to this SM2 key")
        return result

    def _judge(self, message: bytes, raw: bytes, der: bytes) -> bool:
        accepted = self._verify(message, der)
        second = SECONDED.get()
        if second is not None:
            second(self, message, raw, accepted)
        return accepted

    def _verify(self, message: bytes, der: bytes) -> bool:
        with c.owned(c.md_ctx_new(), c.md_ctx_free) as context:
            _begin(c.digest_verify_init, context, self._key)
            result: int = c.digest_verify(context, der, len(der), message, len(message))
        if result != 1:  # 0 and the negative codes both mean no
            c.err_clear()
        return result == 1


SECONDED: ContextVar[Callable[[PublicKey, bytes, bytes, bool], None] | None] = ContextVar("seconded", default=None)
"""Who is told of each verification (key, message, r‖s, accepted) while an audit runs; `trust.gm.second_opinion` sets it."""


@dataclass(frozen=True, slots=True, eq=False)
class PrivateKey:
    """An SM2 key pair. Its text form shows only the public half. Build it with `generate` or `from_pkcs8`."""

    public: PublicKey
    _key: _Key = field(repr=False)

    @classmethod
    def generate(cls) -> Self:
        """Make a new key from libcrypto's random generator."""
        pointer = ctypes.c_void_p()
        with c.owned(c.pkey_ctx_new_from_name(None, b"SM2", None), c.pkey_ctx_free) as context:
            if c.keygen_init(context) != 1 or c.generate(context, ctypes.byref(pointer)) != 1:
                c.err_clear()
        return cls._of(_Key(pointer.value))

    @classmethod
    def from_scalar(cls, scalar: bytes) -> Self:
        """Load the 32-byte d of a published test vector; nodes keep their keys as PKCS#8.

        Raises:
            KeyMaterialError: not 32 bytes, or not in [1, n-2].
        """
        if len(scalar) != SCALAR_BYTES:
            raise KeyMaterialError("an SM2 private key is 32 bytes")
        return cls._of(_Key(c.from_der(c.d2i_private, _SEC1[0] + scalar + _SEC1[1])))

    @classmethod
    def from_pkcs8(cls, pem: bytes, passphrase: bytes) -> Self:
        """Open an encrypted PKCS#8 key and check that its two halves belong together.

        Raises:
            KeyMaterialError: not encrypted PKCS#8 with PBES2, a wrong passphrase, or not an SM2 key.
        """
        return cls._of(_Key(c.from_der(c.d2i_private, open_pkcs8(pem, passphrase))))

    @classmethod
    def _of(cls, key: _Key) -> Self:
        public = PublicKey.from_point(key.point())
        with c.owned(c.pkey_ctx_new(key.pointer, None), c.pkey_ctx_free) as context:
            if c.pairwise_check(context) != 1:
                c.err_clear()
                raise KeyMaterialError("the public and the private half of the SM2 key do not belong together")
        return cls(public, key)

    def to_pkcs8(self, passphrase: bytes, *, rounds: int = ROUNDS) -> bytes:
        """Return the key as encrypted PKCS#8 PEM, readable by the openssl command line.

        Raises:
            KeyMaterialError: the passphrase is empty.
        """
        with c.owned(c.pkey_to_pkcs8(self._key.pointer), c.pkcs8_free) as info:
            return seal_pkcs8(c.to_der(c.i2d_pkcs8, info), passphrase, rounds=rounds)

    def sign(self, message: bytes) -> bytes:
        """Sign: 64 bytes r‖s over SM3(ZA‖message), GB/T 32918.2 clause 6. Two calls never give the same bytes."""
        return der_to_rs(self.sign_der(message))

    def sign_der(self, message: bytes) -> bytes:
        """Sign, in the DER form that X.509 and seals carry."""
        signature, size = ctypes.create_string_buffer(_MAX_SIGNATURE_BYTES), ctypes.c_size_t(_MAX_SIGNATURE_BYTES)
        with c.owned(c.md_ctx_new(), c.md_ctx_free) as context:
            _begin(c.digest_sign_init, context, self._key)
            if c.digest_sign(context, signature, ctypes.byref(size), message, len(message)) != 1:
                c.err_clear()
                raise KeyMaterialError("libcrypto could not sign with this SM2 key")
        return signature.raw[: size.value]

    def decrypt(self, ciphertext: bytes) -> bytes:
        """Decrypt what `PublicKey.encrypt` made; C3 is checked, and there is one accepted encoding.

        Raises:
            DecryptionError: malformed, for another key, or altered; the message does not say which.
        """
        result = None
        if is_ciphertext(ciphertext):
            result = _crypt(self._key, c.decrypt_init, c.decrypt, ciphertext, len(ciphertext))
        if result is None:
            raise DecryptionError("the SM2 ciphertext does not open with this key")
        return result


def _begin(init: Callable[..., Any], context: int, key: _Key) -> None:
    """Start signing or verifying with SM3 and the user ID; libcrypto computes ZA."""
    template = key.started.get(init.__name__)
    if template is None:
        template = key.started[init.__name__] = _start(init, key)
    if c.md_ctx_copy(context, template) != 1:
        c.err_clear()
        raise KeyMaterialError("libcrypto cannot use this key for SM2 with SM3")


def _start(init: Callable[..., Any], key: _Key) -> int:
    """A context that is ready for a message, freed with the key."""
    context: int | None = c.md_ctx_new()
    if not context:
        raise KeyMaterialError("libcrypto has no memory for a digest context")
    weakref.finalize(key, c.md_ctx_free, context).atexit = False
    pkey_context = ctypes.c_void_p()  # owned by the digest context
    started = init(context, ctypes.byref(pkey_context), b"SM3", None, None, key.pointer, None)
    if started != 1 or c.set_user_id(pkey_context, USER_ID, len(USER_ID)) != 1:
        c.err_clear()
        raise KeyMaterialError("libcrypto cannot use this key for SM2 with SM3")
    return context


def _crypt(key: _Key, init: Callable[..., Any], run: Callable[..., Any], data: bytes, max_bytes: int) -> bytes | None:
    """Encrypt or decrypt once; None when libcrypto says no."""
    result, size = ctypes.create_string_buffer(max_bytes), ctypes.c_size_t(max_bytes)
    with c.owned(c.pkey_ctx_new(key.pointer, None), c.pkey_ctx_free) as context:
        done = init(context) == 1 and run(context, result, ctypes.byref(size), data, len(data)) == 1
    if not done:
        c.err_clear()
        return None
    return result.raw[: size.value]
