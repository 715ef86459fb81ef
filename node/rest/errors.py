"""Refusals that the REST edge itself makes, and the HTTP status of every refusal. Not the business refusals: `node.errors`.

RefusedError (node.errors)
└── EdgeError   a message is refused at the door, before any use-case sees it; carries its HTTP status
"""

from federation.model.refusal import Reason
from node.errors import RefusedError

OK = 200
# A business refusal is an answer like any other: `head.status` tells (REQUIREMENTS §4.1). Only these are HTTP's business too.
_STATUSES = {Reason.OVERLOADED: 429, Reason.LIMIT_REACHED: 429, Reason.INTERNAL: 500, Reason.LOG_LOST: 503}
LOAD_STATUSES = frozenset({429, 503})
DEFAULT_RETRY_AFTER_S = 1


class EdgeError(RefusedError):
    """A message is refused at the door."""

    def __init__(
        self,
        http_status: int,
        reason: Reason,
        detail: str,
        *,
        next_step: str = "",
        retry_after_s: int = 0,
    ) -> None:
        """`next_step` replaces the usual one of `reason` where the edge knows better."""
        super().__init__(reason, detail, retry_after_s=retry_after_s)
        self.http_status = http_status
        self.next_step = next_step


def http_status(error: RefusedError) -> int:
    """The HTTP status under which `error` is answered."""
    if isinstance(error, EdgeError):
        return error.http_status
    return _STATUSES.get(error.refusal.reason, OK)


def next_step(error: RefusedError) -> str:
    """What the caller can do now."""
    special = error.next_step if isinstance(error, EdgeError) else ""
    return special or error.refusal.next_step
