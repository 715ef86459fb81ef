"""The errors of `federation`, as one tree.

FederationError
├── CodecError   bytes from a peer that are not a message of ours
└── PeerError    a peer did not answer as it should; carries the refusal to show
"""

from federation.model.refusal import Reason, Refusal


class FederationError(Exception):
    """Base of everything `federation` raises."""


class CodecError(FederationError):
    """Bytes that are not a message, or a message beyond its bounds."""


class PeerError(FederationError):
    """A call to a peer failed."""

    def __init__(self, refusal: Refusal) -> None:
        """Keep what to tell the caller."""
        super().__init__(f"{refusal.reason}: {refusal.detail}")
        self.refusal = refusal

    @property
    def timed_out(self) -> bool:
        """Whether the peer was silent until the deadline."""
        return self.refusal.reason is Reason.PEER_TIMEOUT
