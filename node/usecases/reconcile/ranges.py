"""Sums of elements and places between them: the arithmetic of range-based set reconciliation. Pure.

A fingerprint is of the sum of the digests (as 256-bit numbers, modulo 2^256) and of their number: sums of parts add up, so nothing is
sorted or kept. It finds what was changed behind a node's back. It does not bind a node that lies: that one could as well keep the true
digests beside a false log, and is found by having to show entries (`claims`, and the sample in `rounds`).
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from federation.model.reconcile import FINGERPRINT_BYTES, Bound, Element, Part, Range
from trust.gm import sm3

WIDTH = 16  # parts of a range
LISTED = 32  # elements that are named rather than summed
_MODULUS = 1 << 256
BEGINNING = Bound(0)


@dataclass(frozen=True, slots=True)
class Sum:
    """How many elements, and the sum of their digests."""

    count: int = 0
    total: int = 0

    def plus(self, elements: Iterable[Element]) -> "Sum":
        """With these as well."""
        digests = [int.from_bytes(one.answer) for one in elements]
        return Sum(self.count + len(digests), (self.total + sum(digests)) % _MODULUS)

    def and_(self, other: "Sum") -> "Sum":
        """Of two ranges that do not overlap."""
        return Sum(self.count + other.count, (self.total + other.total) % _MODULUS)

    @property
    def fingerprint(self) -> bytes:
        """16 bytes; those of no elements are no secret."""
        return sm3(self.count.to_bytes(8) + self.total.to_bytes(32))[:FINGERPRINT_BYTES]


def between(before: Element, after: Element) -> Bound:
    """The shortest place behind one element and not behind the next."""
    if after.issued_ms > before.issued_ms:
        return Bound(after.issued_ms)
    pairs = zip(before.answer, after.answer, strict=True)
    same = next((at for at, (one, other) in enumerate(pairs) if one != other), len(after.answer) - 1)
    return Bound(after.issued_ms, after.answer[: same + 1])


def chunk_size(count: int) -> int:
    """Elements of each part of a range that holds so many."""
    return -(-count // WIDTH)


def cut(whole: Range, parts: Sequence[Part]) -> list[tuple[Range, Part]]:
    """The parts of a range with where each begins.

    Raises:
        ValueError: they do not follow one another, do not end where the range ends, or hold what lies elsewhere.
    """
    start, found = whole.start, list[tuple[Range, Part]]()
    for part in parts:
        if not tuple(start) < tuple(part.end) <= tuple(whole.end):
            raise ValueError("parts of a range that do not follow one another")
        if any(not tuple(start) <= tuple(one) < tuple(part.end) for one in part.elements):
            raise ValueError("an element outside its range")
        found.append((Range(start, part.end), part))
        start = part.end
    if start != whole.end:
        raise ValueError("parts that do not make the range")
    return found
