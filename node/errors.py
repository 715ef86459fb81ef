"""The errors of `node`, as one tree.

NodeError
├── ConfigError    the configuration cannot be used: names the dotted key, the file and the fix
└── RefusedError   a request is refused; carries the refusal to show, to log and to record
    └── UnknownDownloadError   an address leads nowhere for this caller
"""

from federation.model.refusal import Reason, Refusal


class NodeError(Exception):
    """Base of everything `node` raises on purpose."""


class ConfigError(NodeError):
    """The configuration, a key or a list file cannot be used; the message says where and how to mend it."""


class RefusedError(NodeError):
    """A request is refused."""

    def __init__(
        self, reason: Reason, detail: str = "", *, retry_after_s: int = 0, exchange_id: str = "", by: str = ""
    ) -> None:
        """As `Refusal`: `detail` names fields and lines, never a person or a number; `by` is the peer whose word it is.

        `exchange_id` is where the refusal stands on record, "" where it does not: who is refused can have it explained.
        """
        super().__init__(f"{reason}: {detail}")
        self.refusal = Refusal(reason=reason, detail=detail, retry_after_s=retry_after_s, by=by)
        self.exchange_id = exchange_id


class UnknownDownloadError(RefusedError):
    """A one-time address leads nowhere for this caller: it never was, or is another's."""


def refused(refusal: Refusal, exchange_id: str = "") -> RefusedError:
    """The error that carries this refusal, and where it stands on record."""
    return RefusedError(
        refusal.reason, refusal.detail, retry_after_s=refusal.retry_after_s, exchange_id=exchange_id, by=refusal.by
    )
