"""Publications and receipts in memory. See `node.ports.store.Publications`."""

from collections.abc import Sequence

from node.ports.lists import Kind, StoredReceipt, StoredVersion
from node.ports.store import StoreError
from node.storage.memory.journal import Journal, Table


class MemoryPublications:
    """All versions are kept; the newest is the one looked up."""

    def __init__(self, journal: Journal) -> None:
        self._versions = Table[tuple[Kind, str, int], StoredVersion](journal)
        self._newest = Table[tuple[Kind, str], StoredVersion](journal)
        self._receipts = Table[tuple[Kind, str], StoredReceipt](journal)

    def put(self, publication: StoredVersion) -> None:
        """Keep a version that is above the one held."""
        held = self._newest.get((publication.kind, publication.publisher))
        if held is not None and publication.version <= held.version:
            raise StoreError(f"version {publication.version} is not above {held.version}, which is held")
        self._versions.put((publication.kind, publication.publisher, publication.version), publication)
        self._newest.put((publication.kind, publication.publisher), publication)

    def latest(self, kind: Kind, publisher: str) -> StoredVersion | None:
        """The newest version held."""
        return self._newest.get((kind, publisher))

    def put_receipt(self, receipt: StoredReceipt) -> None:
        """Keep the receipt unless it is for an older version."""
        held = self._receipts.get((receipt.kind, receipt.peer))
        if held is None or receipt.version >= held.version:
            self._receipts.put((receipt.kind, receipt.peer), receipt)

    def receipts(self, kind: Kind) -> Sequence[StoredReceipt]:
        """The newest receipt of each peer."""
        return sorted((row for row in self._receipts if row.kind is kind), key=lambda row: row.peer)
