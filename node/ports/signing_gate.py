"""Whether this node may sign heads of its own evidence log, and give away those it signed. DESIGN §2.7.

It waits from before the store is opened until peers said which heads they hold (`usecases.greeting`); it is closed once it is known that
the log lost what was signed before (`usecases.own_log`). One per node: whatever signs a head, or hands one out, asks it. In memory.
"""

from node.ports.store import SigningRefusedError, SigningWaitsError


class SigningGate:
    """Waits until `release`; `close` is for good: only a start with the right database ends it."""

    def __init__(self) -> None:
        """Wait."""
        self._waiting = True
        self._reason = ""

    @property
    def reason(self) -> str:
        """Why nothing is signed any more; "" while it is not closed."""
        return self._reason

    def release(self) -> None:
        """The wait is over: let heads be signed, unless it is closed."""
        self._waiting = False

    def close(self, reason: str) -> None:
        """Let nothing be signed any more."""
        self._reason = reason

    def check(self) -> None:
        """Return while heads may be signed and given away.

        Raises:
            SigningRefusedError: it is closed.
            SigningWaitsError: it waits.
        """
        if self._reason:
            raise SigningRefusedError(self._reason)
        if self._waiting:
            raise SigningWaitsError("this node has just started and compares its log with what its peers hold of it")
