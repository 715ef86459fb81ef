"""The Merkle tree of RFC 9162 §2.1 over SM3: hashes, the growing frontier, proofs and their verification. DESIGN §7.

Pure: it keeps no tree. A node is named (level, index); level 0 are the leaves, and (level, index) covers the 2**level entries from
index * 2**level on. Whoever stores the tree keeps, with each entry, the complete subtrees that the entry finished
(`Frontier.append`); then (level, index) lies with entry `finishing_entry(level, index)`, at place `level`.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import pairwise
from typing import Self

from trust.errors import EvidenceError
from trust.gm import sm3

HASH_BYTES = 32
EMPTY_ROOT = bytes.fromhex(
    "1ab21d8355cfa17f8e61194831e81a8f22bec8c728fefb747ed035eb5082aa2b"
)  # SM3 of no bytes, RFC 9162 §2.1.1

Fetch = Callable[[int, int], bytes]  # (level, index) of a complete subtree -> its hash


def leaf_hash(entry: bytes) -> bytes:
    """The hash of an entry as a leaf."""
    return sm3(b"\x00" + entry)


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of an inner node."""
    return sm3(b"\x01" + left + right)


def finishing_entry(level: int, index: int) -> int:
    """The index of the last entry under node (level, index)."""
    return ((index + 1) << level) - 1


def peaks(size: int) -> list[tuple[int, int]]:
    """The nodes (level, index) of the largest complete subtrees of a tree of `size` entries, from left to right."""
    return [(level, (size >> level) - 1) for level in reversed(range(size.bit_length())) if size >> level & 1]


class Frontier:
    """The right edge of a growing tree: its size and the hashes of its peaks, O(log n) in all. Not safe for two threads."""

    __slots__ = ("_peaks", "size")

    def __init__(self, size: int = 0, peak_hashes: Iterable[bytes] = ()) -> None:
        """Start empty, or restore from the hashes of `peaks(size)`.

        Raises:
            EvidenceError: the number or the length of the hashes does not fit the size.
        """
        self.size = size
        self._peaks = list(peak_hashes)
        if len(self._peaks) != size.bit_count() or any(len(peak) != HASH_BYTES for peak in self._peaks):
            raise EvidenceError(f"a tree of {size} entries has {size.bit_count()} peaks of {HASH_BYTES} bytes")

    def copy(self) -> Self:
        """An independent frontier of the same tree."""
        twin = type(self)()
        twin.size, twin._peaks = self.size, self._peaks.copy()  # noqa: SLF001 - its own kind
        return twin

    def append(self, leaf: bytes) -> list[bytes]:
        """Add a leaf hash; returns the hashes of the complete subtrees it finishes, the leaf first, each twice as large as the last."""
        finished = [leaf]
        rest = self.size
        while rest & 1:
            leaf = node_hash(self._peaks.pop(), leaf)
            finished.append(leaf)
            rest >>= 1
        self._peaks.append(leaf)
        self.size += 1
        return finished

    def root(self) -> bytes:
        """The Merkle tree hash of all entries so far."""
        if not self._peaks:
            return EMPTY_ROOT
        root = self._peaks[-1]
        for peak in self._peaks[-2::-1]:
            root = node_hash(peak, root)
        return root


def _split(width: int) -> int:
    """The largest power of two smaller than `width` (> 1)."""
    return 1 << (width - 1).bit_length() - 1


def _range_hash(start: int, end: int, fetch: Fetch) -> bytes:
    """MTH(D[start:end]), where `start` is a multiple of the range's largest complete subtree."""
    width = end - start
    if width & (width - 1) == 0:
        level = width.bit_length() - 1
        return fetch(level, start >> level)
    middle = start + _split(width)
    return node_hash(_range_hash(start, middle, fetch), _range_hash(middle, end, fetch))


def inclusion_proof(index: int, size: int, fetch: Fetch) -> list[bytes]:
    """The hashes that lead from entry `index` to the root of the first `size` entries, lowest first (RFC 9162 §2.1.3.1).

    Raises:
        EvidenceError: the tree has no such entry.
    """
    if not 0 <= index < size:
        raise EvidenceError(f"a tree of {size} entries has no entry {index}")
    path, start, end = [], 0, size
    while end - start > 1:
        middle = start + _split(end - start)
        if index < middle:
            path.append(_range_hash(middle, end, fetch))
            end = middle
        else:
            path.append(_range_hash(start, middle, fetch))
            start = middle
    path.reverse()
    return path


class Paths:
    """Inclusion proofs in the tree of the first `size` entries, many of them: the right edge is hashed once, the rest is fetched.

    The same proofs as `inclusion_proof`. The tree is read as levels of nodes, where the last one may be incomplete and one without a
    sibling goes up as it is; that is the tree of RFC 9162 §2.1.1.
    """

    __slots__ = ("_edge", "_fetch", "size")

    def __init__(self, size: int, fetch: Fetch) -> None:
        """Hash the last node of every level; `size` is at least 1."""
        self.size = size
        self._fetch = fetch
        self._edge = [fetch(0, size - 1)]
        last = size - 1
        while last:
            if last & 1:
                level = len(self._edge) - 1
                self._edge.append(node_hash(fetch(level, last - 1), self._edge[-1]))
            else:
                self._edge.append(self._edge[-1])
            last >>= 1

    def inclusion(self, index: int) -> list[bytes]:
        """The hashes that lead from entry `index` to the root, lowest first.

        Raises:
            EvidenceError: the tree has no such entry.
        """
        if not 0 <= index < self.size:
            raise EvidenceError(f"a tree of {self.size} entries has no entry {index}")
        path, level, last = [], 0, self.size - 1
        while last:
            sibling = index ^ 1
            if sibling < last:
                path.append(self._fetch(level, sibling))
            elif sibling == last:
                path.append(self._edge[level])
            index, last, level = index >> 1, last >> 1, level + 1
        return path

    def root(self) -> bytes:
        """The Merkle tree hash."""
        return self._edge[-1]


def consistency_proof(old: int, new: int, fetch: Fetch, *, whole: bool = False) -> list[bytes]:
    """The hashes that show the tree of `old` entries to be the beginning of that of `new` (RFC 9162 §2.1.4.1).

    Nothing is needed from an empty tree or to the same size. `whole`: where the old tree is one complete subtree (`old` a power of two),
    its root stands first. RFC 9162 leaves it out, because the verifier has it; but only with it does a proof say which root the log's own
    tree has at that size, and so convict the log that signed another (`claimed_root`).

    Raises:
        EvidenceError: `old` is beyond `new`.
    """
    if not 0 <= old <= new:
        raise EvidenceError(f"a tree of {old} entries is no beginning of one of {new}")
    if old in {0, new}:
        return []
    path, start, end = [], 0, new
    while end != old:
        middle = start + _split(end - start)
        if old <= middle:
            path.append(_range_hash(middle, end, fetch))
            end = middle
        else:
            path.append(_range_hash(start, middle, fetch))
            start = middle
    if start or whole:  # otherwise the old tree is one complete subtree, whose hash the verifier has
        path.append(_range_hash(start, end, fetch))
    path.reverse()
    return path


def _check_path(path: Sequence[bytes]) -> None:
    if any(len(step) != HASH_BYTES for step in path):
        raise EvidenceError(f"a proof is made of hashes of {HASH_BYTES} bytes")


def verify_inclusion(*, leaf: bytes, index: int, size: int, path: Sequence[bytes], root: bytes) -> None:
    """Check that the leaf hash stands at `index` under `root` (RFC 9162 §2.1.3.2).

    Raises:
        EvidenceError: it does not.
    """
    _check_path(path)
    if not 0 <= index < size:
        raise EvidenceError(f"a tree of {size} entries has no entry {index}")
    first, last, result = index, size - 1, leaf
    for step in path:
        if last == 0:
            raise EvidenceError("the inclusion proof is too long")
        if first & 1 or first == last:
            result = node_hash(step, result)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            result = node_hash(result, step)
        first, last = first >> 1, last >> 1
    if last or result != root:
        raise EvidenceError("the inclusion proof does not lead to the root")


def verify_consistency(*, old: int, new: int, old_root: bytes, new_root: bytes, path: Sequence[bytes]) -> None:
    """Check that the tree of `old` entries is the beginning of that of `new` (RFC 9162 §2.1.4.2).

    Raises:
        EvidenceError: it is not, or the proof does not show it.
    """
    _check_path(path)
    if not 0 <= old <= new:
        raise EvidenceError(f"a tree of {old} entries is no beginning of one of {new}")
    if old in {0, new}:
        if path or old_root != (new_root if old == new else EMPTY_ROOT):
            raise EvidenceError("the trees are not consistent")
        return
    if old & (old - 1) == 0:
        path = [old_root, *path]
    if old_root != _fold_consistency(old, new, new_root, path):
        raise EvidenceError("the trees are not consistent")


def as_rfc9162(*, old: int, old_root: bytes, path: Sequence[bytes]) -> Sequence[bytes]:
    """A consistency proof without the root that `whole` put first, where it is this one."""
    return path[1:] if old & (old - 1) == 0 and path[:1] and path[0] == old_root else path


def claimed_root(*, old: int, new: int, new_root: bytes, path: Sequence[bytes]) -> bytes | None:
    """The root of the first `old` entries that a consistency proof leads to, where it leads to `new_root`; else None.

    Hashes that make the new root cannot be chosen, so a result other than the root that was signed for the old size shows a fork. From a
    complete tree (`old` a power of two) that takes a `whole` proof: without the old root in it, it does not lead to the new one here.

    Raises:
        EvidenceError: the sizes or the hashes are not those of a proof.
    """
    _check_path(path)
    if not 0 < old < new:
        raise EvidenceError(f"a tree of {old} entries is no beginning of one of {new}")
    try:
        return _fold_consistency(old, new, new_root, path)
    except EvidenceError:
        return None


def _fold_consistency(old: int, new: int, new_root: bytes, path: Sequence[bytes]) -> bytes:
    """The old root that a whole proof leads to, after checking the new one."""
    if not path:
        raise EvidenceError("the consistency proof is too short")
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    before = after = path[0]
    for _, step in pairwise(path):
        if last == 0:
            raise EvidenceError("the consistency proof is too long")
        if first & 1 or first == last:
            before, after = node_hash(step, before), node_hash(step, after)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            after = node_hash(after, step)
        first, last = first >> 1, last >> 1
    if last or after != new_root:
        raise EvidenceError("the trees are not consistent")
    return before
