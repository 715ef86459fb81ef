"""Whether this node may sign heads of its own evidence log. Closed once it is known that the log lost what was signed before. DESIGN §2.7.

One per node, from before the store is opened: whatever signs a head asks it. In memory; what it rests on is stored (`usecases.own_log`).
"""

from node.ports.store import SigningRefusedError


class SigningGate:
    """Open until `close`; only a start with the right database opens it again."""

    def __init__(self) -> None:
        """Open."""
        self._reason = ""

    @property
    def reason(self) -> str:
        """Why nothing is signed; "" while it is open."""
        return self._reason

    def close(self, reason: str) -> None:
        """Let nothing be signed any more."""
        self._reason = reason

    def check(self) -> None:
        """Return while it is open.

        Raises:
            SigningRefusedError: it is closed.
        """
        if self._reason:
            raise SigningRefusedError(self._reason)
