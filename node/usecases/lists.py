"""The lists this node decides by: every province's catalogue, use list and decisions, in the version held. DESIGN §5, REQUIREMENTS C9-4.

A province that is down keeps its last good lists (DESIGN §2.9): nothing here expires by silence. Entries are looked up in the store and the
parsed ones kept while their publication does not change, so that memory is bounded whatever the lists hold. Owned by the event loop;
`publication` tells when a newer version is held.

An entry that this version of the software cannot read is as good as absent: the rest of the list holds.
"""

import json
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

from federation.model import catalogue, decision, uselist
from federation.model.application import AuthMode
from federation.model.catalogue import CatalogueEntry
from federation.model.decision import Decision, decision_id
from federation.model.uselist import UseListLine, utc_text
from node.ports.lists import Kind, Publications

MAX_PARSED = 20_000  # entries kept parsed, of all provinces together: about 40 MiB

T = TypeVar("T")


@dataclass(frozen=True, slots=True, kw_only=True)
class PublishedLine:
    """A line as published, and the digest of its content that decisions bind to."""

    line: UseListLine
    digest: str


class Lists:
    """The newest list of each kind and province."""

    def __init__(self, publications: Callable[[], Publications]) -> None:
        """`publications` gives the store's reading side."""
        self._publications = publications
        self._versions: dict[tuple[Kind, str], int] = {}
        self._parsed: OrderedDict[tuple[Kind, str, str], tuple[Any, ...]] = OrderedDict()

    def version(self, kind: Kind, province: str) -> int:
        """The version held; 0 is none."""
        if (kind, province) not in self._versions:
            latest = self._publications().latest(kind, province)
            self._versions[kind, province] = latest.version if latest else 0
        return self._versions[kind, province]

    def renewed(self, kind: Kind, province: str) -> None:
        """Another version of this publication is held from now on."""
        self._versions.pop((kind, province), None)
        for key in [key for key in self._parsed if key[:2] == (kind, province)]:
            del self._parsed[key]

    def entry(self, province: str, type_code: str, now: datetime) -> CatalogueEntry | None:
        """What a province says of a type at this moment, whatever its status."""
        return _effective(self._all(Kind.CATALOGUE, province, type_code, read_entry), lambda one: one.effective, now)

    def line(self, consumer: str, use_list_id: str, now: datetime) -> PublishedLine | None:
        """The version of a consumer's line that is effective at this moment, whatever its status."""
        return _effective(self.line_versions(consumer, use_list_id), lambda one: one.line.effective, now)

    def line_versions(self, consumer: str, use_list_id: str) -> tuple[PublishedLine, ...]:
        """Every version of a line that stands in the publication, in order."""
        return self._all(Kind.USELIST, consumer, use_list_id, read_line)

    def decision(self, provider: str, published: PublishedLine) -> Decision | None:
        """What a provider decided on exactly this line; None where it did not, or decided on other content."""
        line = published.line
        key = decision_id(line.consumer_province, line.use_list_id, line.version)
        made = self._all(Kind.DECISIONS, provider, key, read_decision)
        return made[-1] if made and made[-1].line_digest == published.digest else None

    def _all(self, kind: Kind, province: str, entry_id: str, read: Callable[[bytes], T]) -> tuple[T, ...]:
        key = (kind, province, entry_id)
        held = self._parsed.get(key)
        if held is None:
            held = tuple(_readable(one.body, read) for one in self._publications().entry(kind, province, entry_id))
            held = tuple(one for one in held if one is not None)
            self._parsed[key] = held
            if len(self._parsed) > MAX_PARSED:
                self._parsed.popitem(last=False)
        else:
            self._parsed.move_to_end(key)
        return held


def _effective(versions: tuple[T, ...], effective: Callable[[T], str], now: datetime) -> T | None:
    """The highest version whose time has come."""
    moment = utc_text(now)
    return next((one for one in reversed(versions) if effective(one) <= moment), None)


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
    return catalogue.from_dict(_object(body))


def read_line(body: bytes) -> PublishedLine:
    """A use-list line that rules can decide by.

    Raises:
        TypeError: a member is missing or of another kind.
        ValueError: not JSON, or a value no rule can decide by.
    """
    raw = _object(body)
    line = uselist.from_dict(raw)
    AuthMode(line.auth_mode)
    return PublishedLine(line=line, digest=uselist.content_digest(raw))


def read_decision(body: bytes) -> Decision:
    """A decision that rules can decide by.

    Raises:
        TypeError: a member is missing or of another kind.
        ValueError: not JSON.
    """
    return decision.from_dict(_object(body))


def _object(body: bytes) -> dict[str, Any]:
    raw = json.loads(body)
    if not isinstance(raw, dict):
        raise TypeError("an object")
    return raw
