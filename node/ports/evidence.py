"""The evidence log as the store keeps it. Clause 8.5, DESIGN §7. Part of the store port: `node.ports.store`."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol


@dataclass(frozen=True, slots=True, kw_only=True)
class LogEntry:
    """One entry of the evidence log: its index from 0 and its canonical JSON bytes."""

    index: int
    entry: bytes


@dataclass(frozen=True, slots=True, kw_only=True)
class LogHead:
    """The log's size and SM3 Merkle root, and its newest signed checkpoint (a note; b"" before the first) which may be older."""

    size: int
    root: bytes
    checkpoint: bytes


class Evidence(Protocol):
    """The append-only log. Entries are canonical JSON; the adapter keeps leaves, tree and head together."""

    def append(self, entry: Mapping[str, Any]) -> int:
        """Append one entry (made canonical here) and return its index.

        Raises:
            ValueError: the entry has no canonical form.
            StoreError: it is longer than `trust.envelope.MAX_ENTRY_BYTES`.
        """

    def head(self) -> LogHead:
        """Size, root and newest checkpoint. Inside a unit: as of the last committed group."""

    def entries(self, start: int, limit: int) -> Sequence[LogEntry]:
        """Entries from index `start` on, at most `limit`."""

    def of_exchange(self, exchange_id: str, *, of_peer: bool = False, limit: int | None = None) -> Sequence[LogEntry]:
        """Entries whose `exchange` is this id, in order, at most `limit`: this node's own, or those of what peers asked (`asked_by_peer`).

        A peer chooses the id that it asks under: no number of its questions may stand before our own entries, nor cost their reader time.
        """

    def node_hash(self, level: int, index: int) -> bytes:
        """The hash of a complete subtree: level 0 are leaves (for proofs; RFC 9162 §2.1).

        Raises:
            StoreError: that subtree is not complete.
        """

    def node_hashes(self, level: int, start: int, count: int) -> bytes:
        """The hashes of `count` complete subtrees side by side, from index `start` on, joined: a tile (`trust.tiles`).

        Raises:
            StoreError: one of them is not complete.
        """

    def checkpoints(self, start_size: int, limit: int) -> Sequence[bytes]:
        """Signed checkpoints with size > start_size, in order of size."""
