"""The chain of membership documents as the store keeps it. DESIGN §3. Part of the store port: `node.ports.store`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredMembership:
    """One version of the membership document, as the exact signed bytes. `digest` is the SM3 (hex) of its payload."""

    version: int
    digest: str
    document: bytes
    stored_at: datetime


class Memberships(Protocol):
    """The chain of membership documents this node believed, from the one it began with. No version is missing, none is ever replaced."""

    def put(self, membership: StoredMembership) -> None:
        """Keep the first document, whatever its version, or the version that follows the newest held.

        Raises:
            StoreError: any other version.
        """

    def latest(self) -> StoredMembership | None:
        """The newest version held."""

    def after(self, version: int, limit: int) -> Sequence[StoredMembership]:
        """The versions above this one, in order, at most `limit`; from 0 on: from the one this node began with."""
