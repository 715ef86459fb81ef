"""The heads of the peers' logs as the store keeps them. DESIGN §2.7. Part of the store port: `node.ports.store`."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class HeadRole(StrEnum):
    """What a remembered head of another node's log stands for."""

    NEWEST = "NEWEST"
    """The largest that was seen."""
    LINKED = "LINKED"
    """The largest that was shown to extend every one linked before it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredHead:
    """A signed head of a peer's evidence log: its size and root, and the note that says so."""

    province: str
    role: HeadRole
    size: int
    root: bytes
    note: bytes


class Heads(Protocol):
    """The heads of the peers' logs that this node has seen. They only grow, unless their key was disowned. DESIGN §2.7."""

    def advance(self, head: StoredHead, *, above: int) -> None:
        """Keep a head in place of the one of size `above` (0: in place of none).

        Raises:
            StoreError: another size than `above` is held for this province and role, or the head is not larger.
        """

    def drop(self, head: StoredHead) -> None:
        """Forget this head, if it is held: the key that signed it was disowned. The next one stands above nothing."""

    def all(self) -> Sequence[StoredHead]:
        """Every head held, by province and role."""
