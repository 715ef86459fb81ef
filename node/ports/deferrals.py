"""Deferrals: notices to a holder that the law says must wait, with the ground, the end, and who gave the word. Clause 8.4.

PIPL articles 18 and 35: no notice where the law demands confidence, or where it would hinder a state organ in its duties. The notice is
held, never dropped: when the deferral ends it goes. Part of `node.ports.store`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol


class Subject(StrEnum):
    """What a deferral names: all uses under an application, or one use."""

    APPLICATION = "APPLICATION"
    EXCHANGE = "EXCHANGE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deferral:
    """One deferral. `province` gave it: this one, or one that is part of the use and told us; then the id begins with its code and a colon.

    `manager` is a keyed digest (hex) of who gave it here, "" for another province's; `ended_by` of who ended it here, "" where its time or
    the other province did. `law` and `article` are the ground. In force from `given_at` until `until`, or until it is ended before.
    """

    deferral_id: str
    province: str
    kind: Subject
    subject: str
    law: str
    article: str
    until: datetime
    manager: str
    given_at: datetime
    ended_at: datetime | None = None
    ended_by: str = ""


class Deferrals(Protocol):
    """All deferrals there were in the last years."""

    def give(self, deferral: Deferral) -> None:
        """Keep a new one.

        Raises:
            StoreError: its id is held.
        """

    def get(self, deferral_id: str) -> Deferral | None:
        """One."""

    def end(self, deferral_id: str, at: datetime, by: str) -> None:
        """It is over.

        Raises:
            StoreError: there is none of that id.
        """

    def in_force(self, exchange: str, application: str) -> Sequence[Deferral]:
        """Those not ended that name this exchange or this application, oldest first; their time may be over."""

    def due(self, now: datetime, limit: int) -> Sequence[Deferral]:
        """Those not ended whose time is over, the oldest end first."""

    def page(self, before: datetime | None, limit: int) -> Sequence[Deferral]:
        """All, the newest first, given before that time (None: from the newest)."""

    def count(self, province: str = "") -> int:
        """How many are not ended: of one province, or ("") of all."""

    def purge(self, before: datetime, limit: int) -> int:
        """Forget those that ended before that time, at most `limit`; returns how many."""
