"""The part of the store port that keeps consents taken here, and handles that stand for holders. Clause 7.2, C10-3.

Not whether a consent counts: that is said by its signature, its dates and the stop orders. Units of work and times: `node.ports.store`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredConsent:
    """A consent that this province took, as the exact signed document.

    `grantor` is the holder's mesh handle, `app_id` the line system it came by. At rest the one is a keyed digest and the document
    is sealed: `node.usecases.sealed`.
    """

    consent_id: str
    grantor: str
    app_id: str
    document: bytes
    taken_at: datetime
    ends_at: datetime


class Consents(Protocol):
    """Consents taken here."""

    def put(self, consent: StoredConsent) -> None:
        """Keep a consent; ids are unique (StoreError otherwise)."""

    def get(self, consent_id: str) -> StoredConsent | None:
        """The consent of this id."""

    def of_grantor(self, grantor: str, limit: int) -> Sequence[StoredConsent]:
        """A holder's consents, the one taken last first; `limit` bounds them."""

    def purge(self, before: datetime, limit: int) -> int:
        """Forget consents that ended before that time, at most `limit`; returns how many.

        One that a verdict on an application on hold rests on stays.
        """


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHandle:
    """A handle (证件号替代码) that one line system was given for a holder; `sealed` is the holder under the node's storage key."""

    handle: str = field(repr=False)
    app_id: str
    minted_by: str
    sealed: bytes
    expires_at: datetime


class Handles(Protocol):
    """Handles that this province's line systems were given."""

    def put(self, handle: StoredHandle) -> None:
        """Keep a handle; handles are unique (StoreError otherwise)."""

    def get(self, handle: str) -> StoredHandle | None:
        """What this handle stands for, ended or not."""

    def purge(self, before: datetime, limit: int) -> int:
        """Forget handles that ended before that time, at most `limit`; returns how many."""
