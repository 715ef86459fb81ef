"""Patience with a busy module: a few repetitions with growing pauses, bounded. Anything but BUSY goes through at once."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

from trust import gm
from trust.errors import CustodyError

PAUSES_S = (0.02, 0.05, 0.1)
_Answer = TypeVar("_Answer")


def _patiently(ask: Callable[[], _Answer], pause: Callable[[float], None]) -> _Answer:
    for seconds in PAUSES_S:
        try:
            return ask()
        except CustodyError as error:
            if error.reason != "BUSY":
                raise
        pause(seconds)
    return ask()


@dataclass(frozen=True, slots=True)
class PatientSigner:
    """A `Signer` that asks a busy keeper up to four times, within 0.2 s of pauses."""

    signer: gm.Signer
    pause: Callable[[float], None] = time.sleep

    @property
    def public(self) -> gm.PublicKey:
        """The keeper's key."""
        return self.signer.public

    def sign(self, message: bytes) -> bytes:
        """As the port says.

        Raises:
            CustodyError: still busy, or another reason.
        """
        return _patiently(lambda: self.signer.sign(message), self.pause)


@dataclass(frozen=True, slots=True)
class PatientUnwrapper:
    """The same for an encryption key."""

    unwrapper: gm.Unwrapper
    pause: Callable[[float], None] = time.sleep

    @property
    def public(self) -> gm.PublicKey:
        """The keeper's key."""
        return self.unwrapper.public

    def decrypt(self, ciphertext: bytes) -> bytes:
        """As the port says.

        Raises:
            DecryptionError: malformed, for another key, or altered.
            CustodyError: still busy, or another reason.
        """
        return _patiently(lambda: self.unwrapper.decrypt(ciphertext), self.pause)
