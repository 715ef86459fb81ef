"""Publications and receipts in memory. See `node.ports.lists.Publications`. Rows of entries: `node.storage.memory.entries`."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from federation.model.publication import EntryKey
from node.ports.lists import EntryChange, Kind, StoredEntry, StoredReceipt, StoredVersion
from node.ports.store import StoreError
from node.storage.memory.entries import Entries
from node.storage.memory.journal import Journal, Table

_Name = tuple[Kind, str]


class MemoryPublications:
    """All versions are kept, and all that ever stood in them; the newest version is the one looked up."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._versions = Table[tuple[Kind, str, int], StoredVersion](journal)
        self._newest = Table[_Name, StoredVersion](journal)
        self._buckets = Table[_Name, bytes](journal)
        self._confirmed = Table[_Name, datetime](journal)
        self._receipts = Table[_Name, StoredReceipt](journal)
        self._entries: dict[_Name, Entries] = {}

    def latest(self, kind: Kind, publisher: str) -> StoredVersion | None:
        """The newest version held."""
        return self._newest.get((kind, publisher))

    def at(self, kind: Kind, publisher: str, version: int) -> StoredVersion | None:
        """This version."""
        return self._versions.get((kind, publisher, version))

    def versions(self, kind: Kind, publisher: str, after: int, limit: int) -> Sequence[StoredVersion]:
        """The versions above `after`, in order; they were inserted so."""
        name = (kind, publisher)
        return [one for one in self._versions if (one.kind, one.publisher) == name and one.version > after][:limit]

    def stage(self, kind: Kind, publisher: str, version: int, changes: Iterable[EntryChange]) -> None:
        """Add changes to the version that will follow the newest."""
        newest = self._number(kind, publisher)
        self._above(version, newest)
        self._of(kind, publisher).stage(version, changes, newest)

    def unstage(self, kind: Kind, publisher: str, limit: int = 2_000) -> int:
        """Forget what is staged."""
        self._journal.changed(lambda: None)  # refuses the reading side also where nothing is staged
        return self._of(kind, publisher).unstage(self._number(kind, publisher), limit)

    def keep(self, version: StoredVersion, buckets: bytes) -> None:
        """Make the staged version the newest."""
        name, newest = (version.kind, version.publisher), self._number(version.kind, version.publisher)
        self._above(version.version, newest)
        self._of(*name).only(version.version, newest)
        self._versions.put((*name, version.version), version)
        self._newest.put(name, version)
        self._buckets.put(name, buckets)

    def buckets(self, kind: Kind, publisher: str) -> bytes:
        """The bucket roots of the newest version."""
        return self._buckets.get((kind, publisher)) or b""

    def leaves(self, kind: Kind, publisher: str, bucket: int, *, staged: bool = False) -> Sequence[bytes]:
        """The leaf hashes of one bucket."""
        return self._of(kind, publisher).leaves(bucket, None if staged else self._number(kind, publisher))

    def entry(self, kind: Kind, publisher: str, entry_id: str) -> Sequence[StoredEntry]:
        """All versions of one entry."""
        return self._of(kind, publisher).entry(entry_id, self._number(kind, publisher))

    def page(
        self, kind: Kind, publisher: str, version: int, after: EntryKey | None, limit: int
    ) -> Sequence[StoredEntry]:
        """The entries that stood in a version."""
        return self._of(kind, publisher).page(version, after, limit)

    def changes(
        self, kind: Kind, publisher: str, since: int, until: int, after: EntryKey | None, limit: int
    ) -> Sequence[EntryChange]:
        """What leads from one version to a later one."""
        return self._of(kind, publisher).changes(since, until, after, limit)

    def confirm(self, kind: Kind, publisher: str, at: datetime) -> None:
        """The publisher has nothing newer."""
        self._confirmed.put((kind, publisher), at)

    def confirmed(self, kind: Kind, publisher: str) -> datetime | None:
        """When the publisher last said so."""
        return self._confirmed.get((kind, publisher))

    def put_receipt(self, receipt: StoredReceipt) -> None:
        """Keep the receipt unless it is for an older version."""
        held = self._receipts.get((receipt.kind, receipt.peer))
        if held is None or receipt.version >= held.version:
            self._receipts.put((receipt.kind, receipt.peer), receipt)

    def receipts(self, kind: Kind) -> Sequence[StoredReceipt]:
        """The newest receipt of each peer."""
        return sorted((row for row in self._receipts if row.kind is kind), key=lambda row: row.peer)

    def _number(self, kind: Kind, publisher: str) -> int:
        newest = self._newest.get((kind, publisher))
        return newest.version if newest else 0

    def _of(self, kind: Kind, publisher: str) -> Entries:
        name = (kind, publisher)
        if name not in self._entries:
            self._entries[name] = Entries(self._journal)
        return self._entries[name]

    @staticmethod
    def _above(version: int, newest: int) -> None:
        if version <= newest:
            raise StoreError(f"version {version} is not above {newest}, which is held")
