"""The entries of one publication in memory, with all that ever stood in it. Not versions and heads: `node.storage.memory.publications`.

Each key holds the spans of versions in which it had some content. Ids sort as texts: the order of code points is that of UTF-8 bytes.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from heapq import nsmallest
from typing import TypeVar

from federation.model.publication import EntryKey
from node.ports.lists import EntryChange, StoredEntry
from node.ports.store import StoreError
from node.storage.memory.journal import Journal, Table
from trust.entry_tree import bucket_of

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class _Span:
    """What a key held in the versions from `since` to before `until` (0: still)."""

    since: int
    until: int
    leaf: bytes
    body: bytes

    def stands_in(self, version: int) -> bool:
        return self.since <= version and (self.until == 0 or self.until > version)


@dataclass(frozen=True, slots=True)
class _Row:
    """One key and its spans, in order."""

    key: EntryKey
    bucket: int
    spans: tuple[_Span, ...] = ()

    def in_version(self, version: int) -> _Span | None:
        return next((span for span in self.spans if span.stands_in(version)), None)

    def open(self) -> _Span | None:
        return next((span for span in self.spans if span.until == 0), None)


class Entries:
    """Rows by bucket. `newest` is the number of the newest version held, 0 for none."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal
        self._tables: dict[int, Table[EntryKey, _Row]] = {}  # of the buckets that were asked for
        self._staging = Table[None, int](journal)  # the version staged last

    def _table(self, bucket: int) -> Table[EntryKey, _Row]:
        if bucket not in self._tables:
            self._tables[bucket] = Table[EntryKey, _Row](self._journal)
        return self._tables[bucket]

    def stage(self, version: int, changes: Iterable[EntryChange], newest: int) -> None:
        """Close what the changes replace and open what they put.

        Raises:
            StoreError: another version is staged.
        """
        self.only(version, newest)
        self._staging.put(None, version)
        for change in changes:
            table, key = self._table(change.bucket), (change.id, change.version)
            row = table.get(key) or _Row(key, change.bucket)
            spans = [
                replace(span, until=version) if span.until == 0 else span for span in row.spans if span.since != version
            ]
            if change.body is not None:
                spans.append(_Span(version, 0, change.leaf, change.body))
            table.put(key, replace(row, spans=tuple(spans)))

    def only(self, version: int, newest: int) -> None:
        """Check that nothing is staged for another version than this one.

        Raises:
            StoreError: something is.
        """
        if self._staging.get(None) in (None, version, newest):
            return
        for row in self._rows():
            for span in row.spans:
                if any(number > newest and number != version for number in (span.since, span.until)):
                    raise StoreError(f"another version than {version} is staged; unstage it first")

    def unstage(self, newest: int, limit: int) -> int:
        """Take back what stands above the newest version; returns how many spans, at most `limit`."""
        count = 0
        for row in self._rows():
            for span in row.spans:
                if count == limit:
                    return count
                if span.since > newest:
                    self._replace(row.key, row.bucket, span, ())
                elif span.until > newest:
                    self._replace(row.key, row.bucket, span, (replace(span, until=0),))
                else:
                    continue
                count += 1
        return count

    def _replace(self, key: EntryKey, bucket: int, span: _Span, by: tuple[_Span, ...]) -> None:
        row = self._table(bucket).get(key)
        assert row is not None
        spans = [new for old in row.spans for new in (by if old == span else (old,))]
        self._table(bucket).put(key, replace(row, spans=tuple(spans)))

    def leaves(self, bucket: int, version: int | None) -> Sequence[bytes]:
        """The leaf hashes of a bucket, in a version or, for None, in the staged one."""
        found = []
        for row in self._table(bucket):
            span = row.open() if version is None else row.in_version(version)
            if span is not None:
                found.append((row.key, span.leaf))
        return [leaf for _, leaf in sorted(found)]

    def entry(self, entry_id: str, version: int) -> Sequence[StoredEntry]:
        """All versions of one entry that stand in a version of the publication."""
        rows = (row for row in self._table(bucket_of(entry_id)) if row.key[0] == entry_id)
        return _first(None, (_stored(row, version) for row in rows), None, lambda one: (one.id, one.version))

    def page(self, version: int, after: EntryKey | None, limit: int) -> Sequence[StoredEntry]:
        """The entries that stood in a version, in order."""
        return _first(limit, (_stored(row, version) for row in self._rows()), after, lambda one: (one.id, one.version))

    def changes(self, since: int, until: int, after: EntryKey | None, limit: int) -> Sequence[EntryChange]:
        """What leads from one version to a later one, in order."""
        found = (_change(row, since, until) for row in self._rows())
        return _first(limit, found, after, lambda one: (one.id, one.version))

    def _rows(self) -> Iterator[_Row]:
        for bucket in sorted(self._tables):
            yield from list(self._tables[bucket])


def _stored(row: _Row, version: int) -> StoredEntry | None:
    span = row.in_version(version)
    return None if span is None else StoredEntry(id=row.key[0], version=row.key[1], body=span.body)


def _change(row: _Row, since: int, until: int) -> EntryChange | None:
    old, new = row.in_version(since), row.in_version(until)
    if old is new:
        return None
    body, leaf = (new.body, new.leaf) if new else (None, b"")
    return EntryChange(id=row.key[0], version=row.key[1], bucket=row.bucket, body=body, leaf=leaf)


def _first(
    limit: int | None, found: Iterable[T | None], after: EntryKey | None, key: Callable[[T], EntryKey]
) -> Sequence[T]:
    """The first so many, in the order of their keys, beginning behind `after`."""
    ahead = (one for one in found if one is not None and (after is None or key(one) > after))
    return sorted(ahead, key=key) if limit is None else nsmallest(limit, ahead, key=key)
