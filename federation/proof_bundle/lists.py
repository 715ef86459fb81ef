"""The use-list line behind a use, as it was published: the exact entry, the way to the root, the signed head. Clause 6.3, DESIGN §5.

    use-list/tree.json   {"bucket":[hex…], "buckets":[hex × 256]}: the leaves of the line's bucket, and the roots of all buckets

A publication's tree keeps the leaves of a bucket side by side (`trust.entry_tree`): so the way from a line to the root is that bucket and
the roots of the others.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from federation.model.publication import Head, PublicationError, from_document, parse, read, read_body
from federation.model.uselist import LineStatus, content_digest, utc_text
from federation.proof_bundle.flaw import FlawError
from federation.proof_bundle.logs import Proven, Seen
from federation.proof_bundle.members import Keys
from trust import canonical
from trust.entry_tree import BUCKETS, bucket_of, bucket_root, tree_root
from trust.envelope import MAX_SKEW
from trust.merkle import HASH_BYTES, leaf_hash

LINE, TREE, HEAD = "use-list/line.json", "use-list/tree.json", "use-list/head.json"
KIND = "uselist"
MAX_LEAVES = 200_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """A line that was published: its key, what it says, and the head it stands under."""

    line: str
    version: int
    members: Mapping[str, Any]
    head: Head


def tree_document(leaves: list[bytes], buckets: bytes) -> bytes:
    """The way from a line to the root; `buckets` are all bucket roots joined."""
    roots = [buckets[at : at + HASH_BYTES].hex() for at in range(0, len(buckets), HASH_BYTES)]
    return canonical.dumps({"bucket": [one.hex() for one in leaves], "buckets": roots})


def published(parts: Mapping[str, bytes], consumer: str, keys: Keys, decided: Proven) -> Published:
    """The line, believed because its publisher signed the root that it leads to, and the one that the provider had before it.

    The provider's entry binds what the line says; so a head of before that entry was seen by whoever saw the entry.

    Raises:
        FlawError: it is not shown.
    """
    try:
        (line, version), members = read_body(KIND, parts[LINE])
    except PublicationError as error:
        raise FlawError(LINE, "用证清单条目无法读取", str(error)) from error
    if decided.word("line_digest") not in {"", content_digest(members)}:
        raise FlawError(
            LINE, "清单条目的内容不是核验所依据的", "the line says something else than the one of the verdict"
        )
    head = _head(parts[HEAD], consumer, keys, decided.seen if decided.word("line_digest") else ())
    leaves, roots = _tree(parts[TREE])
    place = bucket_of(line)
    if leaf_hash(parts[LINE]) not in leaves:
        raise FlawError(LINE, "条目不在所给的清单桶中", "the line is not among the leaves of its bucket")
    if len(roots) != BUCKETS or bucket_root(leaves) != roots[place]:
        raise FlawError(TREE, "清单路径不通向所属的桶", "the leaves do not make the root of the line's bucket")
    if tree_root(roots).hex() != head.root:
        raise FlawError(TREE, "清单路径不通向签名发布头", "the buckets do not make the root that was signed")
    return Published(line=line, version=version, members=members, head=head)


def in_force(found: Published, decided: Proven) -> bool:
    """Whether the line held when the provider decided, by a publication of before: its status is no part of what the decision binds."""
    latest = decided.time + MAX_SKEW
    active = found.members.get("status") == LineStatus.ACTIVE
    return active and found.head.issued <= latest and str(found.members.get("effective", "")) <= utc_text(latest)


def _tree(data: bytes) -> tuple[list[bytes], list[bytes]]:
    try:
        raw = canonical.loads(data)
        leaves, roots = ([bytes.fromhex(one) for one in raw[name]] for name in ("bucket", "buckets"))
        fits = set(raw) == {"bucket", "buckets"} and all(len(one) == HASH_BYTES for one in (*leaves, *roots))
    except (ValueError, KeyError, TypeError) as error:
        raise FlawError(TREE, "清单路径格式有误", f"not the way to a root: {type(error).__name__}") from error
    if not fits or len(leaves) > MAX_LEAVES:
        raise FlawError(TREE, "清单路径格式有误", "not the way to a root")
    return leaves, roots


def _head(document: bytes, consumer: str, keys: Keys, seen: Seen) -> Head:
    certificates = {one.fingerprint: one for one in keys.of(consumer)}
    try:
        signed = from_document(document, KIND)
        known = {name: one.public_key for name, one in certificates.items()}
        head = read(signed, kind=KIND, publisher=consumer, keys=known)
        parse(signed.payload, kind=KIND, publisher=consumer)
    except PublicationError as error:
        raise FlawError(HEAD, "用证清单的签名发布头不成立", str(error)) from error
    earliest = seen[0][1] if seen and head.issued <= seen[0][1] else None
    keys.check(HEAD, certificates[signed.key_id], stated=head.issued, seen=earliest)
    return head
