"""Nonces that were used and answers that were given, as the store keeps them. DESIGN §2.5. Part of the store port: `node.ports.store`."""

from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredAnswer:
    """The answer given to one exchange.

    `intent` is a keyed digest of what was asked, `body` the answer before sealing and signing (sealed at rest).
    """

    sender: str
    exchange_id: str
    method: str
    intent: bytes
    body: bytes
    expires_at: datetime


class Exchanges(Protocol):
    """Which messages were seen, and what they were answered: replay and repetition. DESIGN §4."""

    def use_nonce(self, sender: str, nonce: bytes, expires_at: datetime) -> bool:
        """True the first time this nonce of this sender is used; False ever after, until it is purged after `expires_at`."""

    def put_answer(self, answer: StoredAnswer) -> None:
        """Keep the answer of (sender, exchange_id, method); unique (StoreError otherwise)."""

    def answer(self, sender: str, exchange_id: str, method: str) -> StoredAnswer | None:
        """The answer given before."""

    def erase(self, exchange_id: str) -> int:
        """Forget the answers that were given in an exchange; returns how many. Nonces stay."""

    def purge(self, before: datetime, limit: int = 2_000) -> int:
        """Forget nonces and answers that expired before that time, at most `limit` of each; returns how many rows (0: nothing is left).

        Bounded, because a unit runs on the event loop: who purges much calls it in many units.
        """
