"""Consents taken here, and handles of holders, in memory. See `node.ports.consents`."""

from collections.abc import Sequence
from datetime import datetime

from node.ports.consents import StoredConsent, StoredHandle
from node.storage.memory.applications import MemoryApplications
from node.storage.memory.journal import Journal, Table


class MemoryConsents:
    """One table."""

    def __init__(self, journal: Journal, applications: MemoryApplications) -> None:
        self._applications = applications
        self._consents = Table[str, StoredConsent](journal)

    def put(self, consent: StoredConsent) -> None:
        """Keep a consent."""
        self._consents.insert(consent.consent_id, consent, "this consent")

    def get(self, consent_id: str) -> StoredConsent | None:
        """The consent of this id."""
        return self._consents.get(consent_id)

    def of_grantor(self, grantor: str, limit: int) -> Sequence[StoredConsent]:
        """A holder's consents."""
        found = sorted((one for one in self._consents if one.grantor == grantor), key=lambda one: one.consent_id)
        return sorted(found, key=lambda one: one.taken_at, reverse=True)[:limit]

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what ended."""
        held = self._applications.held_consents()
        return self._consents.drop(lambda one: one.ends_at < before and one.consent_id not in held, limit)


class MemoryHandles:
    """One table."""

    def __init__(self, journal: Journal) -> None:
        self._handles = Table[str, StoredHandle](journal)

    def put(self, handle: StoredHandle) -> None:
        """Keep a handle."""
        self._handles.insert(handle.handle, handle, "this handle")

    def get(self, handle: str) -> StoredHandle | None:
        """What this handle stands for."""
        return self._handles.get(handle)

    def purge(self, before: datetime, limit: int) -> int:
        """Forget what ended."""
        return self._handles.drop(lambda one: one.expires_at < before, limit)
