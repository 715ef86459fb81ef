"""The errors of `node`, as one tree.

NodeError
├── ConfigError    the configuration cannot be used: names the dotted key, the file and the fix
└── RefusedError   a request is refused; carries the refusal to show, to log and to record
"""

from federation.model.refusal import Reason, Refusal


class NodeError(Exception):
    """Base of everything `node` raises on purpose."""


class ConfigError(NodeError):
    """The configuration, a key or a list file cannot be used; the message says where and how to mend it."""


class RefusedError(NodeError):
    """A request is refused."""

    def __init__(self, reason: Reason, detail: str = "", *, retry_after_s: float | None = None) -> None:
        """`detail` names fields and lines, never a person or a number; `retry_after_s` is set on refusals of load."""
        super().__init__(f"{reason}: {detail}")
        self.refusal = Refusal(reason=reason, detail=detail)
        self.retry_after_s = retry_after_s
