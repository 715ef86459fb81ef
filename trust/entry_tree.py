"""The tree over the entries of a publication: 256 buckets by id, so that one changed entry costs one bucket. DESIGN §5.

A leaf is `merkle.leaf_hash` of an entry's canonical JSON. An entry lies in the bucket that the first byte of its id's SM3 names. The root
of a bucket is the tree hash (RFC 9162 §2.1.1, over SM3) of its leaves in the order of their keys: the id as UTF-8 bytes, then the version.
The root of the publication is the tree hash of the 256 bucket roots, which are its leaf hashes as they are.

Pure: it keeps no entries, and it does not check the order of what it is given.
"""

from collections.abc import Iterable

from trust.errors import EvidenceError
from trust.gm import sm3
from trust.merkle import EMPTY_ROOT, HASH_BYTES, Frontier

BUCKETS = 256
EMPTY_BUCKETS = EMPTY_ROOT * BUCKETS  # the bucket roots of a publication without entries, joined: 8192 bytes


def bucket_of(entry_id: str) -> int:
    """The bucket (0 to 255) of all versions of an entry.

    Raises:
        UnicodeEncodeError: the id is no text that UTF-8 can write (a lone surrogate).
    """
    return sm3(entry_id.encode())[0]


def bucket_root(leaves: Iterable[bytes]) -> bytes:
    """The root of one bucket from its leaf hashes, in the order of their keys."""
    frontier = Frontier()
    for leaf in leaves:
        frontier.append(leaf)
    return frontier.root()


def tree_root(bucket_roots: bytes | Iterable[bytes]) -> bytes:
    """The root of a publication from its 256 bucket roots, in order, each 32 bytes; or from all of them joined.

    Raises:
        EvidenceError: that is not 256 hashes.
    """
    joined = bucket_roots if isinstance(bucket_roots, bytes) else b"".join(bucket_roots)
    if len(joined) != BUCKETS * HASH_BYTES:
        raise EvidenceError(f"a publication has {BUCKETS} bucket roots of {HASH_BYTES} bytes each")
    return bucket_root(joined[at : at + HASH_BYTES] for at in range(0, len(joined), HASH_BYTES))


def with_bucket(bucket_roots: bytes, bucket: int, root: bytes) -> bytes:
    """The joined bucket roots after one bucket has changed."""
    at = bucket * HASH_BYTES
    return bucket_roots[:at] + root + bucket_roots[at + HASH_BYTES :]
