"""Sealing: SM4-GCM under a key that is wrapped with SM2 to each recipient. DESIGN §4, CRYPTO §5.

A wrapped key is reused for a short, bounded time towards the same recipients, and remembered by both sides, so that a busy pair does no
SM2 encryption per message. Nothing here is durable: after a restart new keys are made. One `Sealer` and one `Opener` per node, owned by
its event loop.
"""

import secrets
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from trust import gm
from trust.errors import DecryptionError

KEY_LIFETIME_S = 60.0
KEY_MESSAGES = 1 << 20  # far below the 2^32 random nonces SP 800-38D §8.3 allows under one key
OPENED_KEY_LIFETIME_S = (
    2 * KEY_LIFETIME_S
)  # a receiver forgets a key after that: the sender's is dead, and its messages are late
CACHED_KEYS = 256
MAX_WRAPS = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipient:
    """Whom to wrap for: the province and its encryption identity certificate's fingerprint and key."""

    province: str
    key_id: str
    public_key: gm.PublicKey


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrap:
    """The message key under one recipient's SM2 key."""

    recipient: str
    key_id: str
    wrapped: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class Sealed:
    """A ciphertext with its tag, its nonce and the wrapped keys."""

    wraps: tuple[Wrap, ...]
    nonce: bytes
    ciphertext: bytes


@dataclass(slots=True)
class _Current:
    """A key in use; `left` messages may still be sealed with it."""

    cipher: gm.Sm4Gcm
    wraps: tuple[Wrap, ...]
    dies_at: float
    left: int = KEY_MESSAGES


class Sealer:
    """Seals messages to sets of recipients."""

    def __init__(self, monotonic: Callable[[], float]) -> None:
        """Start without keys; `monotonic` gives seconds."""
        self._monotonic = monotonic
        self._current: OrderedDict[tuple[str, ...], _Current] = OrderedDict()

    def seal(self, plaintext: bytes, aad: bytes, recipients: Mapping[str, Recipient]) -> Sealed:
        """Seal one message to all of `recipients` (province to key)."""
        current = self._key_for(recipients)
        current.left -= 1
        nonce = secrets.token_bytes(12)
        return Sealed(wraps=current.wraps, nonce=nonce, ciphertext=current.cipher.seal(nonce, plaintext, aad))

    def _key_for(self, recipients: Mapping[str, Recipient]) -> _Current:
        """The key in use towards these recipients' present keys, or a fresh one."""
        label = tuple(sorted(recipient.key_id for recipient in recipients.values()))
        current = self._current.get(label)
        if current is None or current.left <= 0 or self._monotonic() >= current.dies_at:
            current = self._fresh(recipients)
            self._current[label] = current
            if len(self._current) > CACHED_KEYS:
                self._current.popitem(last=False)
        return current

    def _fresh(self, recipients: Mapping[str, Recipient]) -> _Current:
        key = secrets.token_bytes(16)
        wraps = tuple(
            Wrap(recipient=one.province, key_id=one.key_id, wrapped=one.public_key.encrypt(key))
            for one in recipients.values()
        )
        return _Current(cipher=gm.Sm4Gcm(key), wraps=wraps, dies_at=self._monotonic() + KEY_LIFETIME_S)


class Opener:
    """Opens messages sealed to this node."""

    def __init__(
        self, province: str, keys: Mapping[str, gm.Unwrapper], monotonic: Callable[[], float] = time.monotonic
    ) -> None:
        """Open with the encryption keys of one province, by the fingerprint of their certificates; `monotonic` gives seconds."""
        self._monotonic = monotonic
        self._province = province
        self._keys = dict(keys)
        self._ciphers: OrderedDict[bytes, tuple[gm.Sm4Gcm, float]] = OrderedDict()  # and when it is forgotten

    def open(self, sealed: Sealed, aad: bytes) -> bytes:
        """The plaintext.

        Raises:
            DecryptionError: no wrap for our key, a wrapped key that is no SM4 key, or a tag that does not fit.
        """
        return self._cipher_of(self._our_wrap(sealed)).open(sealed.nonce, sealed.ciphertext, aad)

    def _our_wrap(self, sealed: Sealed) -> Wrap:
        if len(sealed.wraps) > MAX_WRAPS:
            raise DecryptionError(f"more than {MAX_WRAPS} wrapped keys")
        for wrap in sealed.wraps:
            if wrap.recipient == self._province and wrap.key_id in self._keys:
                return wrap
        raise DecryptionError("no wrapped key for this node's encryption key")

    def _cipher_of(self, wrap: Wrap) -> gm.Sm4Gcm:
        cipher, dies_at = self._ciphers.get(wrap.wrapped, (None, 0.0))
        now = self._monotonic()
        if cipher is None or now >= dies_at:
            key = self._keys[wrap.key_id].decrypt(wrap.wrapped)
            if len(key) != 16:  # noqa: PLR2004 - the SM4 key length, GB/T 32907
                raise DecryptionError("the wrapped key is not an SM4 key")
            cipher = gm.Sm4Gcm(key)
            self._ciphers[wrap.wrapped] = cipher, now + OPENED_KEY_LIFETIME_S
            self._ciphers.move_to_end(wrap.wrapped)
            self._forget(now)
        return cipher

    def _forget(self, now: float) -> None:
        """Drop keys that are too old, oldest first, and those beyond the bound."""
        while self._ciphers:
            _, dies_at = next(iter(self._ciphers.values()))
            if len(self._ciphers) <= CACHED_KEYS and now < dies_at:
                return
            self._ciphers.popitem(last=False)
