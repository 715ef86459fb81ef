"""What is the matter with an answer that the other side proves and this node does not count. Pure look-ups in the own log."""

from collections.abc import Iterator, Mapping
from typing import Any

from federation.model.reconcile import Element, Finding
from node.ports.store import Nouns
from node.usecases.reconcile.claims import Proven, elements_of, is_given, members_of

_LOOKED_THROUGH = 200  # entries of one exchange


def standing(nouns: Nouns, peer: str, proven: Proven, element: Element) -> Finding | None:
    """How this node's log stands to a peer's claim; None where it holds the answer after all.

    A request on record whose answer is not was answered, says the peer, and the answer was lost: UNCONFIRMED.
    """
    if nouns.counterparts.find(peer, element) is not None:
        return None
    exchange = str(proven.entry.get("exchange", ""))
    if is_given(proven.entry):
        mine = list(_entries(nouns, exchange, of_peer=False))
        if any(element in elements_of(one, peer) for one in mine):
            return None
        asked = any(_asks(one, peer, proven.entry.get("request")) for one in mine)
        return Finding.UNCONFIRMED if asked else Finding.MISSING
    mine = list(_entries(nouns, exchange, of_peer=True))
    if any(element in elements_of(one, peer) for one in mine):
        return None
    return Finding.ALTERED if _answered_otherwise(mine, peer, proven) else Finding.MISSING


def _asks(entry: Mapping[str, Any], peer: str, request: object) -> bool:
    """Whether it is the entry of this request to the peer."""
    named = entry.get("peer") == peer or peer in entry.get("peers", ())
    return named and entry.get("step") == "asked" and entry.get("request") == request


def _answered_otherwise(mine: list[dict[str, Any]], peer: str, proven: Proven) -> bool:
    """Whether the log now has another answer to the request than the one it once proved, or that the peer names."""
    request = (proven.kept or proven.entry).get("request")
    return any(one.get("request") == request and one.get("peer") == peer and is_given(one) for one in mine)


def _entries(nouns: Nouns, exchange: str, *, of_peer: bool) -> Iterator[dict[str, Any]]:
    found = nouns.evidence.of_exchange(exchange, of_peer=of_peer, limit=_LOOKED_THROUGH)
    return (members_of(one.entry) for one in found)
