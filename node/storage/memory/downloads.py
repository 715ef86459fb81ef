"""One-time addresses in memory. See `node.ports.downloads.Downloads`."""

from dataclasses import replace
from datetime import datetime

from node.ports.downloads import StoredDownload
from node.storage.memory.journal import Journal, Table


class MemoryDownloads:
    """Keyed by the token's digest."""

    def __init__(self, journal: Journal) -> None:
        self._downloads = Table[str, StoredDownload](journal)

    def put(self, download: StoredDownload) -> None:
        """Keep an address."""
        self._downloads.insert(download.token_digest, download, "this address")

    def get(self, token_digest: str) -> StoredDownload | None:
        """The address."""
        return self._downloads.get(token_digest)

    def take(self, token_digest: str, app_id: str, now: datetime) -> bool:
        """Use the address, once."""
        held = self._downloads.get(token_digest)
        if held is None or held.app_id != app_id or held.taken_at is not None or held.expires_at <= now:
            return False
        self._downloads.put(token_digest, replace(held, taken_at=now))
        return True

    def waiting(self, app_id: str, now: datetime, besides: str = "") -> tuple[int, int]:
        """How many can still be used, and their bytes."""
        unused = (one for one in self._downloads if one.app_id == app_id and one.taken_at is None)
        sizes = [one.size for one in unused if one.expires_at > now and one.exchange_id != besides]
        return len(sizes), sum(sizes)

    def end(self, exchange_id: str) -> list[str]:
        """Forget the unused ones of an exchange."""
        unused = [one for one in self._downloads if one.exchange_id == exchange_id and one.taken_at is None]
        self._downloads.drop(unused.__contains__)
        return [one.token_digest for one in unused]

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what expired."""
        return self._downloads.drop(lambda one: one.expires_at < before, limit)
