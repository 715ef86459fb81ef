"""The port of holds: subjects whose contents are kept beyond their time, because a court or an objection needs them. Clause 8.5, 11.2."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHold:
    """A hold on a subject (an application, else an exchange; see `node.ports.contents`): on what ground, by whom (a digest), since when."""

    subject: str
    ground: str
    by: str
    since: datetime


class Holds(Protocol):
    """Holds in force. What was released stands in the evidence log alone.

    A hold on a subject is one on the exchanges that belong to it, too (`Contents.exchanges`): what proves them is kept as long.
    """

    def put(self, hold: StoredHold) -> bool:
        """Put a subject on hold; False where it was (that hold stays as it is)."""

    def get(self, subject: str) -> StoredHold | None:
        """The hold on a subject."""

    def all(self, after: str, limit: int) -> Sequence[StoredHold]:
        """Holds by subject, those behind `after`, at most `limit`."""

    def release(self, subject: str) -> bool:
        """End a hold; whether there was one."""
