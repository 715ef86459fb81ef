"""One-time addresses of files as the store keeps them. Clause 8.3, REQUIREMENTS P16. Part of the store port: `node.ports.store`.

Only the SM3 of an address' token is kept: who reads the store cannot fetch a file. The file itself is not here (`node.library.shelf`).
"""

from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredDownload:
    """One address of a file of `size` bytes.

    `token_digest` is the SM3 (hex) of its token; `sealed` says, under the node's storage key, what file it is of.

    Good for the line system `app_id` alone, before `expires_at`, and once: `taken_at` is when.
    """

    token_digest: str
    app_id: str
    exchange_id: str
    sealed: bytes = field(repr=False)
    size: int
    expires_at: datetime
    taken_at: datetime | None = None


class Downloads(Protocol):
    """The addresses that were given out."""

    def put(self, download: StoredDownload) -> None:
        """Keep an address; digests are unique (StoreError otherwise)."""

    def get(self, token_digest: str) -> StoredDownload | None:
        """The address with this token, used or not."""

    def take(self, token_digest: str, app_id: str, now: datetime) -> bool:
        """Use the address: True once, for its own line system, before it expires. False changes nothing."""

    def waiting(self, app_id: str, now: datetime, besides: str = "") -> tuple[int, int]:
        """How many addresses of a line system can still be used, and how many bytes their files have, `besides` those of an exchange."""

    def end(self, exchange_id: str) -> list[str]:
        """Forget the addresses of an exchange that nobody has used; returns the digests of their tokens."""

    def purge(self, before: datetime, limit: int) -> int:
        """Forget addresses that expired before that time, at most `limit`; returns how many."""
