"""The lists this node decides by: every province's catalogue, use list and decisions, in the version held. DESIGN §5, REQUIREMENTS C9-4.

A province that is down keeps its last good lists (DESIGN §2.9): nothing here expires by silence. Entries are looked up in the store and the
parsed ones kept, so that memory is bounded whatever the lists hold. Each is kept with the root of its bucket (`trust.entry_tree`) and
counts while that bucket has this root: a change among 50,000 lines costs what lies beside it, and nothing is searched or forgotten at once.
Owned by the event loop; `publication.exchanging` and `publication.own` tell when a newer version is held.

An entry that this version of the software cannot read is as good as absent: the rest of the list holds. So is one that speaks for another
province than the one that published it.
"""

import json
import re
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from federation.model import catalogue, decision, uselist
from federation.model.application import AuthMode
from federation.model.catalogue import CatalogueEntry
from federation.model.decision import Decision, decision_id
from federation.model.publication import MAX_ID
from federation.model.uselist import UseListLine, utc_text
from node.ports.lists import Kind, Publications
from trust.entry_tree import bucket_of
from trust.merkle import HASH_BYTES

MAX_PARSED = 20_000  # entries kept parsed, of all provinces together: 70 MiB where each has 1 KB

T = TypeVar("T")
_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ)?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedLine:
    """A line as published, and the digest of its content that decisions bind to."""

    line: UseListLine
    digest: str


@dataclass(frozen=True, slots=True)
class _Held:
    """The publication as it is held: its version, and its bucket roots, joined."""

    version: int
    buckets: bytes


@dataclass(frozen=True, slots=True)
class _Parsed:
    """All readable versions of an entry. They count while their bucket, which begins at `at`, has this root."""

    at: int
    root: bytes
    versions: tuple[Any, ...]


class Lists:
    """The newest list of each kind and province."""

    def __init__(self, publications: Callable[[], Publications], *, max_parsed: int = MAX_PARSED) -> None:
        """`publications` gives the store's reading side."""
        self._publications = publications
        self._max_parsed = max_parsed
        self._held: dict[tuple[Kind, str], _Held] = {}
        self._parsed: OrderedDict[tuple[Kind, str, str], _Parsed] = OrderedDict()

    def version(self, kind: Kind, province: str) -> int:
        """The version held; 0 is none."""
        return self._of(kind, province).version

    def confirmed(self, kind: Kind, province: str) -> datetime | None:
        """When the province last said that the version held is its newest, within a minute; None where it never did."""
        return self._publications().confirmed(kind, province)

    def renewed(self, kind: Kind, province: str) -> None:
        """Another version of this publication is held from now on."""
        self._held.pop((kind, province), None)

    def entry(self, province: str, type_code: str, now: datetime) -> CatalogueEntry | None:
        """What a province says of a type at this moment, whatever its status."""
        return _effective(self._entries(province, type_code), lambda one: one.effective, now)

    def line(self, consumer: str, use_list_id: str, now: datetime) -> PublishedLine | None:
        """The version of a consumer's line that is effective at this moment, whatever its status."""
        return _effective(self.line_versions(consumer, use_list_id), lambda one: one.line.effective, now)

    def line_versions(self, consumer: str, use_list_id: str) -> tuple[PublishedLine, ...]:
        """Every version of a line that stands in the publication, in order."""
        return self._all(
            Kind.USELIST, consumer, use_list_id, read_line, lambda one: one.line.consumer_province == consumer
        )

    def decision(self, provider: str, published: PublishedLine) -> Decision | None:
        """What a provider decided on exactly this line; None where it did not, or decided on other content."""
        line = published.line
        made = self.ruling(provider, line.consumer_province, line.use_list_id, line.version)
        return made if made is not None and made.line_digest == published.digest else None

    def ruling(self, provider: str, consumer: str, use_list_id: str, line_version: int) -> Decision | None:
        """What a provider decided on a version of a line, whatever that version says today and whether it still stands."""
        key = decision_id(consumer, use_list_id, line_version)
        made = self._all(Kind.DECISIONS, provider, key, read_decision, lambda _: True)
        return made[-1] if made else None

    def _entries(self, province: str, type_code: str) -> tuple[CatalogueEntry, ...]:
        return self._all(Kind.CATALOGUE, province, type_code, read_entry, lambda one: one.province_code == province)

    def _of(self, kind: Kind, province: str) -> _Held:
        held = self._held.get((kind, province))
        if held is None:
            read = self._publications()
            latest = read.latest(kind, province)
            held = _Held(latest.version if latest else 0, read.buckets(kind, province))
            self._held[kind, province] = held
        return held

    def _all(
        self, kind: Kind, province: str, entry_id: str, read: Callable[[bytes], T], own: Callable[[T], bool]
    ) -> tuple[T, ...]:
        key, buckets = (kind, province, entry_id), self._of(kind, province).buckets
        parsed = self._parsed.get(key)
        if parsed is None or parsed.root != buckets[parsed.at : parsed.at + HASH_BYTES]:
            if not entry_id.isascii() and not _is_unicode(entry_id):
                return ()
            at = bucket_of(entry_id) * HASH_BYTES
            found = (_readable(one.body, read) for one in self._publications().entry(kind, province, entry_id))
            versions = tuple(one for one in found if one is not None and own(one))
            self._parsed[key] = parsed = _Parsed(at, buckets[at : at + HASH_BYTES], versions)
            if len(self._parsed) > self._max_parsed:
                self._parsed.popitem(last=False)
        self._parsed.move_to_end(key)
        return parsed.versions


def _effective(versions: tuple[T, ...], effective: Callable[[T], str], now: datetime) -> T | None:
    """The highest version whose time has come."""
    for one in reversed(versions):
        from_ = effective(one)
        if not from_ or from_ <= utc_text(now):
            return one
    return None


def _is_unicode(text: str) -> bool:
    """Whether UTF-8 can write it; an id out of a request may hold half a character."""
    return not any("\ud800" <= one <= "\udfff" for one in text)


def _readable(body: bytes, read: Callable[[bytes], T]) -> T | None:
    try:
        return read(body)
    except (TypeError, ValueError, RecursionError):
        return None


def read_entry(body: bytes) -> CatalogueEntry:
    """A catalogue entry that rules can decide by.

    Raises:
        TypeError: a member is missing or of another kind.
        ValueError: not JSON, or a value no rule can decide by.
    """
    return entry_of(_object(body))


def entry_of(raw: dict[str, Any]) -> CatalogueEntry:
    """The same of an entry whose JSON is read already.

    Raises:
        TypeError: a member is missing or of another kind.
        ValueError: a value no rule can decide by.
    """
    entry = catalogue.from_dict(raw)
    _check(_TIME, entry.effective)
    return entry


def read_line(body: bytes) -> PublishedLine:
    """A use-list line that rules can decide by.

    Raises:
        TypeError: a member is missing or of another kind.
        ValueError: not JSON, or a value no rule can decide by.
    """
    raw = _object(body)
    return PublishedLine(line=line_of(raw), digest=uselist.content_digest(raw))


def line_of(raw: dict[str, Any]) -> UseListLine:
    """The same of a line whose JSON is read already, without its digest.

    Raises:
        TypeError: a member is missing or of another kind.
        ValueError: a value no rule can decide by.
    """
    line = uselist.from_dict(raw)
    AuthMode(line.auth_mode)
    _check(_TIME, line.effective)
    _check(_DAY, line.valid_from)
    _check(_DAY, line.valid_to)
    if len(decision_id(line.consumer_province, line.use_list_id, line.version)) > MAX_ID:
        raise ValueError("no decision on this line could have a key")  # so nobody could ever accept it
    return line


def read_decision(body: bytes) -> Decision:
    """A decision that rules can decide by.

    Raises:
        TypeError: a member is missing or of another kind.
        ValueError: not JSON, or a value no rule can decide by.
    """
    return decision_of(_object(body))


def decision_of(raw: dict[str, Any]) -> Decision:
    """The same of a decision whose JSON is read already.

    Raises:
        TypeError: a member is missing or of another kind.
        ValueError: a value no rule can decide by.
    """
    made = decision.from_dict(raw)
    if made.valid_to:
        _check(_DAY, made.valid_to)
    return made


def _check(form: re.Pattern[str], text: str) -> None:
    """Times and days are compared as texts: one of another form would decide at random.

    Raises:
        ValueError: it is of another form.
    """
    if not form.fullmatch(text):
        raise ValueError("not a time or a day as lists write them")


def _object(body: bytes) -> dict[str, Any]:
    raw = json.loads(body)
    if not isinstance(raw, dict):
        raise TypeError("an object")
    return raw
