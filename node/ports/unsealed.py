"""Rows that an older program left in the clear, to be keyed and sealed when the node starts. Clause 8.4, DESIGN §2.8.

Not how they are sealed: `node.usecases.sealed.old_rows`. Units of work and times: `node.ports.store`.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Protocol


class Kept(StrEnum):
    """What a row keeps."""

    LETTER = "outbox"
    USE = "holder_use"
    CONSENT = "consent"
    OBJECTION = "objection_document"
    INTENT = "answer"


@dataclass(frozen=True, slots=True, kw_only=True)
class Unsealed:
    """A row as it lies. `row` is its number in its table, good within one unit of work.

    `place` is what its content will be bound to; `person` is the handle that it is found by, "" where it is found by none.
    """

    kept: Kept
    row: int
    place: tuple[str, ...]
    person: str = field(default="", repr=False)
    content: bytes = field(repr=False)


class UnsealedRows(Protocol):
    """The rows that are not sealed yet."""

    def some(self, limit: int) -> Sequence[Unsealed]:
        """At most so many; none when all are sealed."""

    def seal(self, sealed: Unsealed) -> None:
        """Put a row's keyed person and its sealed content in the place of what lay there (StoreError: there is no such row)."""
