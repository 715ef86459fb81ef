"""The port to systems of this province that are told of events over HTTP: issuing units, and the channel to holders. Clause 8.4.

An answer is its status alone: nothing that such a system says is read, kept or shown.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from typing import Protocol


class HookKind(StrEnum):
    """Whom a webhook tells."""

    ISSUER = "issuer"
    """The system of a unit that issues certificates."""
    HOLDER_CHANNEL = "holder-channel"
    """The gateway to app or SMS of the province's holders: it is given a handle and no number."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hook:
    """One webhook. `issuers` are codes of issuing units, empty: all that have no webhook of their own. `ca` is a PEM file to trust besides.

    `timeout_s` is for connection and answer together.
    """

    name: str
    kind: HookKind
    url: str
    issuers: frozenset[str] = frozenset()
    timeout_s: float = 10.0
    ca: Path | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class HookRequest:
    """One POST: its headers, the signature among them, and its body."""

    headers: Mapping[str, str]
    body: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class HookAnswer:
    """What came back; `retry_after_s` is 0 where the system did not say."""

    status: int
    retry_after_s: float = 0.0


class HookUnreachableError(Exception):
    """No whole answer: `reason` is TIMEOUT, UNREACHABLE or TLS."""

    def __init__(self, reason: str) -> None:
        """Keep the word."""
        super().__init__(f"the webhook gave no answer: {reason}")
        self.reason = reason


class HookCaller(Protocol):
    """Posts to webhooks."""

    async def post(self, hook: Hook, request: HookRequest) -> HookAnswer:
        """Post once, without following redirections.

        Raises:
            HookUnreachableError: no answer.
        """
