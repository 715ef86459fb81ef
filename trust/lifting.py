"""An inclusion proof under one head, made into one under a later head of the same log, with the consistency proof between the two.

Whoever holds an entry under a head of size `old` and the log's consistency proof from `old` to `new` (RFC 9162 §2.1.4) needs nothing more
from the log to show the entry under the later head, which may be one that witnesses cosigned. The consistency proof climbs from the last
complete subtree of the old tree to the new root; the entry's own path joins it where that climb meets the subtree the entry is in:

* inside that subtree the old path holds (complete subtrees never change);
* beside it stands what the climb has made so far;
* above it the rest of the climb.

Pure arithmetic on hashes: the result is believed only after `merkle.verify_inclusion` against the signed later root. Source: RFC 9162
§2.1.3 and §2.1.4.
"""

from collections.abc import Iterator, Sequence

from trust.errors import EvidenceError
from trust.merkle import node_hash


def lifted(
    *, index: int, old: int, new: int, path: Sequence[bytes], consistency: Sequence[bytes], old_root: bytes
) -> tuple[bytes, ...]:
    """The inclusion path of entry `index` in the tree of size `new`, lowest first.

    Args:
        index: from 0, below `old`.
        old: entries under the head that `path` leads to.
        new: entries under the later head.
        path: the inclusion path in the tree of size `old`, verified.
        consistency: the proof between the two, verified; without the old root where RFC 9162 leaves it out.
        old_root: the root of size `old`.

    Raises:
        EvidenceError: sizes that do not follow, or proofs too short for them.
    """
    if not 0 <= index < old <= new:
        raise EvidenceError("an entry is lifted from a head above it to a later one")
    if old == new:
        return tuple(path)
    steps = [old_root, *consistency] if old & (old - 1) == 0 else list(consistency)
    try:
        level, rest = _joined(index, old, new, steps)
    except IndexError as error:
        raise EvidenceError("the consistency proof is shorter than the two sizes ask for") from error
    if len(path) < level:
        raise EvidenceError("the inclusion path is shorter than its index asks for")
    return (*path[:level], *rest)


def _joined(index: int, old: int, new: int, steps: list[bytes]) -> tuple[int, list[bytes]]:
    """The level of the subtree in which the entry meets the climb, and the hashes from there to the new root."""
    place, last, level = old - 1, new - 1, 0
    while place & 1:
        place, last, level = place >> 1, last >> 1, level + 1
    made = steps[0]
    if index >> level == place:
        return level, steps[1:]
    for at, (left, height, node) in _climb(place, last, level, len(steps)):
        step = steps[at]
        if left and index >> height == node:
            return height, [made, *steps[at + 1 :]]
        made = node_hash(step, made) if left else node_hash(made, step)
    raise EvidenceError("the consistency proof does not pass by the entry")


def _climb(place: int, last: int, level: int, count: int) -> Iterator[tuple[int, tuple[bool, int, int]]]:
    """For each further hash of the proof: whether it stands to the left of what was made, and of which level and number it is then."""
    for at in range(1, count):
        if place & 1 or place == last:
            while not place & 1 and place:
                place, last, level = place >> 1, last >> 1, level + 1
            yield at, (True, level, place - 1)
        else:
            yield at, (False, level, place + 1)
        place, last, level = place >> 1, last >> 1, level + 1
