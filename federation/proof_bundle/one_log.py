"""That a province shows one log and not two: what several inclusion proofs say of the same entries must be the same. DESIGN §7.

The hash of a range of entries is made of these entries alone, whatever the size of the log (RFC 9162 §2.1.1). So each proof tells hashes of
ranges: its entry, the siblings on the way, what they make together, the root. Two hashes of one range convict the owner. Two logs that
share no range in the proofs at hand are not found here: that is the witnesses' matter (`trust.fork`).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence

from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.logs import Proven
from trust.merkle import leaf_hash, node_hash
from trust.tlog_proof import parse_tlog_proof

Range = tuple[int, int]
"""From the first entry to behind the last."""


def check_one_log(entries: Iterable[Proven], parts: Mapping[str, bytes]) -> None:
    """All proofs of a province are of one log; they have been verified each (`logs.prove`).

    Raises:
        FlawError: they are of two.
    """
    known = dict[tuple[str, Range], bytes]()
    for one in entries:
        proof = parse_tlog_proof(parts[one.part])
        for place, found in hashes(one.index, one.head.size, leaf_hash(proof.extra), proof.path):
            if known.setdefault((one.province, place), found) != found:
                raise FlawError(
                    one.part,
                    "同一省（市）的存证日志在同一位置有两种内容（日志分叉）",
                    f"its owner shows two logs: they differ within the entries {place[0]} to {place[1] - 1}",
                )


def hashes(index: int, size: int, leaf: bytes, path: Sequence[bytes]) -> Iterator[tuple[Range, bytes]]:
    """The ranges whose hashes an inclusion proof tells; the path is as long as the size asks for."""
    siblings, start, end = list[Range](), 0, size
    while end - start > 1:
        middle = start + (1 << (end - start - 1).bit_length() - 1)
        if index < middle:
            siblings.append((middle, end))
            end = middle
        else:
            siblings.append((start, middle))
            start = middle
    yield (start, end), leaf
    node = leaf
    for (first, behind), sibling in zip(reversed(siblings), path, strict=True):
        yield (first, behind), sibling
        left = first < start
        node = node_hash(sibling, node) if left else node_hash(node, sibling)
        start, end = min(start, first), max(end, behind)
        yield (start, end), node
