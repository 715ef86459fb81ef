"""The port of this node's signature: whoever signs for long is asked off the event loop. Not how keys are kept (`trust.custody`)."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Protocol

from trust.identity import Certificate


@dataclass(frozen=True, slots=True, kw_only=True)
class Signatory:
    """The key in use at one moment: its certificate, and what makes 64 raw bytes r‖s with it."""

    certificate: Certificate
    sign: Callable[[bytes], Awaitable[bytes]]


class Signing(Protocol):
    """Gives the key in use; it changes when membership lists another."""

    def __call__(self) -> Signatory:
        """Who signs now."""
