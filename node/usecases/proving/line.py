"""The use-list line behind a use, with the way to the root of a publication that holds it. Clause 6.3; read by `federation.proof_bundle`.

The publication that was in force when the provider decided serves, or else the newest one that has the line: one of before the decision
was seen by whoever saw the decision, should its publisher's key be lost one day.
"""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime

from federation.model.publication import EntryKey, from_document, parse
from federation.proof_bundle.lists import HEAD, LINE, TREE, tree_document
from node.ports.lists import Kind, Publications, StoredVersion
from trust.entry_tree import BUCKETS, bucket_of, bucket_root
from trust.merkle import leaf_hash

MOST_VERSIONS = 200  # looked through for a line that is gone
_PAGE = 500


async def published_line(
    publications: Publications, publisher: str, key: EntryKey, decided: datetime
) -> Mapping[str, bytes]:
    """The parts of a bundle that show a line; {} where no publication held has it."""
    versions = _versions(publications, publisher)
    for version in sorted(versions, key=lambda one: _issued(one) > decided):  # stable: the newest first of either
        body = _body(publications, publisher, version.version, key)
        if body is not None:
            leaves, roots = await _tree(publications, publisher, version.version, bucket_of(key[0]))
            return {HEAD: version.document, LINE: body, TREE: tree_document(leaves, roots)}
        await asyncio.sleep(0)
    return {}


def _versions(publications: Publications, publisher: str) -> list[StoredVersion]:
    """The versions held, the newest first."""
    newest = publications.latest(Kind.USELIST, publisher)
    if newest is None:
        return []
    after = max(0, newest.version - MOST_VERSIONS)
    return list(reversed(publications.versions(Kind.USELIST, publisher, after, MOST_VERSIONS)))


def _issued(version: StoredVersion) -> datetime:
    signed = from_document(version.document, Kind.USELIST.value)
    return parse(signed.payload, kind=Kind.USELIST.value, publisher=version.publisher).issued


def _body(publications: Publications, publisher: str, version: int, key: EntryKey) -> bytes | None:
    before = key[0], key[1] - 1
    page = publications.page(Kind.USELIST, publisher, version, before, 1)
    return next((one.body for one in page if (one.id, one.version) == key), None)


async def _tree(publications: Publications, publisher: str, version: int, bucket: int) -> tuple[list[bytes], bytes]:
    """The leaves of one bucket and all bucket roots of a version: kept for the newest, counted up for one before."""
    newest = publications.latest(Kind.USELIST, publisher)
    if newest is not None and newest.version == version:
        return list(publications.leaves(Kind.USELIST, publisher, bucket)), publications.buckets(Kind.USELIST, publisher)
    buckets: list[list[bytes]] = [[] for _ in range(BUCKETS)]
    after: EntryKey | None = None
    while page := publications.page(Kind.USELIST, publisher, version, after, _PAGE):
        for one in page:
            buckets[bucket_of(one.id)].append(leaf_hash(one.body))
        after = page[-1].id, page[-1].version
        await asyncio.sleep(0)
    return buckets[bucket], await asyncio.to_thread(_roots, buckets)


def _roots(buckets: Sequence[Sequence[bytes]]) -> bytes:
    """All bucket roots joined: of fifty thousand lines it takes a tenth of a second."""
    return b"".join(map(bucket_root, buckets))
