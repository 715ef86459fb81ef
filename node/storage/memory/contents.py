"""Contents in memory. See `node.ports.contents.Contents`."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from itertools import islice

from node.ports.contents import StoredContent
from node.ports.objections import WAITING
from node.storage.memory.holds import MemoryHolds
from node.storage.memory.journal import Journal, Table
from node.storage.memory.objections import MemoryObjections


class MemoryContents:
    """Keyed by commitment."""

    def __init__(self, journal: Journal, holds: MemoryHolds, objections: MemoryObjections) -> None:
        self._holds = holds
        self._objections = objections
        self._exchanges = Table[tuple[str, str], tuple[str, str]](journal)
        self._contents = Table[str, StoredContent](journal)

    def put(self, content: StoredContent) -> None:
        """Keep it once."""
        if content.commitment not in self._contents:
            self._contents.put(content.commitment, content)

    def get(self, commitment: str) -> StoredContent | None:
        """The content."""
        return self._contents.get(commitment)

    def of(self, subject: str, limit: int, *, label: str = "", exchange_id: str = "") -> Sequence[StoredContent]:
        """Those of a subject."""
        found = (one for one in reversed(list(self._contents)) if one.subject == subject and label in ("", one.label))
        return list(islice((one for one in found if exchange_id in ("", one.exchange_id)), limit))

    def left(self, subject: str, limit: int) -> Sequence[StoredContent]:
        """Those that are not erased."""
        return list(islice((one for one in self._contents if one.subject == subject and one.sealed), limit))

    def belong(self, subject: str, exchange_id: str) -> None:
        """Remember an exchange."""
        self._exchanges.put((subject, exchange_id), (subject, exchange_id))

    def exchanges(self, subject: str) -> Sequence[str]:
        """Those of a subject."""
        return sorted(exchange_id for of, exchange_id in self._exchanges if of == subject)

    def held(self) -> frozenset[str]:
        """The exchanges that a hold keeps."""
        subjects = {one.subject for one in self._holds.every()}
        return frozenset(subjects | {exchange_id for subject, exchange_id in self._exchanges if subject in subjects})

    def older(self, before: datetime, limit: int) -> Sequence[StoredContent]:
        """Those kept before."""
        free = (one for one in self._contents if self._holds.get(one.subject) is None and not self._waits(one.subject))
        old = (one for one in free if one.kept_at < before and one.sealed)
        return sorted(old, key=lambda one: one.kept_at)[:limit]

    def erase(self, commitment: str) -> bool:
        """Empty the row."""
        held = self._contents.get(commitment)
        if held is None or not held.sealed:
            return False
        self._contents.put(commitment, replace(held, sealed=b""))
        return True

    def _waits(self, subject: str) -> bool:
        """Whether it is an objection that waits for its answer."""
        case = self._objections.get(subject)
        return case is not None and case.state in WAITING
