"""The port of the holder's log: which evidence entries are about uses of one holder's certificates, and who left one out. Clause 8.4, 8.5.

The key of a row is an HMAC-SM3 under a key that the vault derives and the database does not hold (`node.vault.Vault.holder_log`): who has
the database alone can neither find a person in it nor try numbers. A row points to its entry; what stands beside it is sealed. It is put in
the unit of work that appends the entry, so the index says no more and no less than the log. Who may ask, and what a row means, is
`node.usecases.holder_log`.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from federation.model.holder_uses import Role


@dataclass(frozen=True, slots=True, kw_only=True)
class HolderRow:
    """One use, in one part that this node had in it.

    `key` is 64 hex digits. `index` is the entry that stands for it now, `at` when it began. A row is one of (key, exchange, role, peer).
    """

    key: str = field(repr=False)
    exchange_id: str
    role: Role
    peer: str
    index: int
    at: datetime
    sealed: bytes = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Omission:
    """A use that a province left out and `accuser` shows, found in the exchange `asked`; `exhibit` is the file's name, "" for none."""

    province: str
    exchange_id: str
    accuser: str
    asked: str
    exhibit: str
    found_at: datetime


class HolderLog(Protocol):
    """The index by holder, and the omissions that were found."""

    def put(self, row: HolderRow) -> None:
        """Keep a row; one that is held for the same use and part stays as it is."""

    def advance(self, row: HolderRow) -> None:
        """Let the row of the same use and part point to this later entry; where there is none, nothing happens."""

    def page(
        self, key: str, roles: Collection[Role], *, since: datetime, until: datetime, limit: int
    ) -> Sequence[HolderRow]:
        """A holder's rows in these roles with since <= at <= until, the latest first, at most `limit`."""

    def of_exchanges(self, key: str, exchange_ids: Collection[str]) -> Sequence[HolderRow]:
        """A holder's rows of these exchanges, the latest first."""

    def put_omission(self, omission: Omission) -> bool:
        """Keep an omission; False where this province's of this exchange is held already (nothing is changed)."""

    def omitted(self, province: str, exchange_id: str) -> bool:
        """Whether an omission of this province, of this exchange, is held."""

    def omissions(self, limit: int) -> Sequence[Omission]:
        """Omissions, the one found last first, at most `limit`."""

    def omission_counts(self) -> Mapping[str, int]:
        """How many were found, by the province that left something out."""
