"""The chain of membership documents in memory. See `node.ports.memberships.Memberships`."""

from collections.abc import Sequence

from node.ports.memberships import StoredMembership
from node.ports.store import StoreError
from node.storage.memory.journal import Journal, Table


class MemoryMemberships:
    """Keyed by version."""

    def __init__(self, journal: Journal) -> None:
        self._versions = Table[int, StoredMembership](journal)

    def put(self, membership: StoredMembership) -> None:
        """Keep the first document, or the next version."""
        held = self.latest()
        if held is not None and membership.version != held.version + 1:
            raise StoreError(f"membership version {membership.version} does not follow {held.version}, which is held")
        self._versions.put(membership.version, membership)

    def latest(self) -> StoredMembership | None:
        """The newest version held."""
        return max(self._versions, key=lambda one: one.version, default=None)

    def after(self, version: int, limit: int) -> Sequence[StoredMembership]:
        """The versions above this one."""
        return sorted((one for one in self._versions if one.version > version), key=lambda one: one.version)[:limit]
