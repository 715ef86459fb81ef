"""The index of answers that stand in two logs: what this node's log says of an answer must stand in the peer's as well. Clause 8.5.

An element is an answer between this node and one peer, whoever gave it: when the answerer stamped it, and the SM3 of its payload. That
payload's header holds the exchange id, both provinces and the digest of the request (DESIGN §4), so the one digest stands for all of them.
Where nothing is amiss both nodes have the same elements: the answerer out of the entry that travelled with the answer, the asker out of
the entry that says what it received. `node.usecases.reconcile` compares them; nothing here is ever shown to a third province.

It is an index and no second record: the store derives it from every entry it appends (`counterparts`), in the same transaction, and
`certmesh evidence verify` derives it again and compares. An entry that records the answer of a peer therefore names `answer` and, beside
it, `issued` (`node.usecases.record.answer_members`). An answer that a peer told of later, and proved, stands under `learned`.

A request that was not believed (a REFUSE entry) has no element: it is answered without a seal, so no digest binds the two sides. Who strikes
a refusal out of its own log is found by the witnesses of its heads and by its own verification, not by the pair.
"""

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, Protocol

from federation.model.reconcile import Bound, Element

DIGEST_BYTES = 32
_HEX = 2 * DIGEST_BYTES
_LATEST_MS = 4_102_444_800_000  # 2100-01-01T00:00:00Z, as the codec bounds times


class Counterpart(NamedTuple):
    """An element with the peer that it is shared with."""

    peer: str
    element: Element


class Indexed(NamedTuple):
    """A row of the index: an element, and the index of the first entry that holds it."""

    element: Element
    entry: int


class Counterparts(Protocol):
    """The index, for reading. Ranges hold what is at or beyond `start` and before `end`, in order."""

    def count(self, peer: str, start: Bound, end: Bound) -> int:
        """How many elements are shared with a peer in a range."""

    def nth(self, peer: str, start: Bound, end: Bound, place: int) -> Element | None:
        """The element at a place of a range, from 0; None where it has no more than that. Quicker than a page of as many."""

    def page(self, peer: str, start: Bound, end: Bound, limit: int) -> Sequence[Indexed]:
        """The first rows of a range, at most `limit`."""

    def find(self, peer: str, element: Element) -> int | None:
        """The entry that holds an element; None where none does."""

    def total(self, size: int) -> int:
        """How many rows the first `size` entries brought."""


def counterparts(entry: Mapping[str, Any]) -> list[Counterpart]:
    """What an entry says of answers between its node and others. Takes any JSON: what is not in form counts as absent."""
    answer = entry.get("answer", entry.get("begun"))
    if answer is not None:
        return _of_one(entry, answer)
    told: list[Counterpart] = []
    for one in _listed(entry.get("outcomes")):
        told += _element(one.get("province"), one.get("issued"), one.get("answer"))
    for one in _listed(entry.get("learned")):
        told += _element(entry.get("peer"), one.get("issued"), one.get("answer"))
    return told


def _of_one(entry: Mapping[str, Any], answer: object) -> list[Counterpart]:
    """Of an entry about one answer: given, and stamped with the entry's own time, or received; `begun`, where a stream broke off."""
    sent = entry.get("sent")
    given = isinstance(sent, Mapping) and "answer" in sent.values()
    issued = _stamp(entry.get("time")) if given else entry.get("issued")
    return _element(entry.get("peer"), issued, answer)


def _element(peer: object, issued: object, answer: object) -> list[Counterpart]:
    if not isinstance(peer, str) or not isinstance(answer, str) or type(issued) is not int:
        return []
    if len(answer) != _HEX or not 0 <= issued < _LATEST_MS:
        return []
    try:
        return [Counterpart(peer, Element(issued, bytes.fromhex(answer)))]
    except ValueError:
        return []


def _stamp(time: object) -> int | None:
    try:
        return round(datetime.fromisoformat(time).timestamp() * 1000) if isinstance(time, str) else None
    except (ValueError, OverflowError):
        return None


def _listed(value: object) -> Iterator[Mapping[str, Any]]:
    return (one for one in value if isinstance(one, Mapping)) if isinstance(value, (list, tuple)) else iter(())
