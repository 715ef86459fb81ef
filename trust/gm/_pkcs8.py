"""Private keys at rest: encrypted PKCS#8 (RFC 5958) with PBES2 (RFC 8018), as the openssl command line writes it.

Any key type. Not a key store: bytes in, bytes out; where the passphrase and the file live is the caller's business. An
unencrypted key is never read.
"""

import os

from asn1crypto import keys, pem

from trust.errors import KeyMaterialError
from trust.gm import _libcrypto as c

ROUNDS = 600_000
"""PBKDF2-HMAC-SHA256 rounds; OWASP Password Storage Cheat Sheet (2023). OpenSSL's own default is 2048."""
_SALT_BYTES = 16
_MAX_PEM_BYTES = 16 * 1024
_DEFAULT_PBES2 = -1  # PKCS8_encrypt: no PBES1 algorithm, use PBES2 with the cipher given
_LABEL = "ENCRYPTED PRIVATE KEY"


def seal_pkcs8(der: bytes, passphrase: bytes, *, rounds: int = ROUNDS) -> bytes:
    """Encrypt a plain PKCS#8 key (DER) into PEM: AES-256-CBC, PBKDF2-HMAC-SHA256; 600000 rounds take 0.3 s, and as long at each opening.

    Raises:
        KeyMaterialError: the key is not PKCS#8, or the passphrase is empty.
    """
    if not passphrase:
        raise KeyMaterialError("a private key needs a passphrase that is not empty")
    salt = os.urandom(_SALT_BYTES)
    cipher = c.aes_256_cbc()
    try:
        with (
            c.owned(c.from_der(c.d2i_pkcs8, der), c.pkcs8_free) as info,
            c.owned(
                c.pkcs8_encrypt(_DEFAULT_PBES2, cipher, passphrase, len(passphrase), salt, len(salt), rounds, info),
                c.sealed_free,
            ) as sealed,
        ):
            armored: bytes = pem.armor(_LABEL, c.to_der(c.i2d_sealed, sealed))
            return armored
    except ValueError as error:
        raise KeyMaterialError("the private key is not a PKCS#8 structure") from error


def open_pkcs8(armored: bytes, passphrase: bytes) -> bytes:
    """Decrypt a PEM key into plain PKCS#8 (DER).

    Raises:
        KeyMaterialError: not an encrypted PKCS#8 key, not PBES2, longer than 16 KiB, or the passphrase is wrong.
    """
    der = _encrypted(armored)
    try:
        with (
            c.owned(c.from_der(c.d2i_sealed, der), c.sealed_free) as sealed,
            c.owned(c.pkcs8_decrypt(sealed, passphrase, len(passphrase)), c.pkcs8_free) as info,
        ):
            return c.to_der(c.i2d_pkcs8, info)
    except ValueError as error:
        raise KeyMaterialError("the private key does not open with this passphrase") from error


def _encrypted(armored: bytes) -> bytes:
    """Return the DER inside the PEM after checking that it is encrypted, and how."""
    if len(armored) > _MAX_PEM_BYTES:
        raise KeyMaterialError("a private key file has at most 16 KiB")
    try:
        label, _, der = pem.unarmor(armored)
        if label != _LABEL:
            raise KeyMaterialError(f"a private key must be encrypted: expected PEM {_LABEL}")
        scheme = keys.EncryptedPrivateKeyInfo.load(der, strict=True)["encryption_algorithm"]["algorithm"].native
    except (ValueError, TypeError) as error:
        raise KeyMaterialError("the private key is not an encrypted PKCS#8 PEM file") from error
    if scheme != "pbes2":
        raise KeyMaterialError("the private key must be encrypted with PBES2 (RFC 8018)")
    result: bytes = der
    return result
