"""Claims: an answer on record, shown by an entry in the claimant's log, and where it is kept by the other side's own entry about it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from federation.model.reconcile import Claim, Element
from federation.ports import LogReader
from node.ports.counterparts import Counterpart, counterparts
from node.ports.store import Nouns, Store, StoreError
from trust import canonical
from trust.envelope import LogProof
from trust.errors import EvidenceError


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A claim that was checked: the claimant's entry, and the other side's (of this node's own log, say) or None."""

    claim: Claim
    entry: Mapping[str, Any]
    kept: Mapping[str, Any] | None


async def claim_of(store: Store, peer: str, element: Element) -> Claim | None:
    """What this node can show of an element that it shares with a peer; None where it has no record of it, or none that can be proven.

    A log that somebody laid hands on has rows that no proof leads to: then this node can show nothing, and says so.
    """
    index = store.read.counterparts.find(peer, element)
    if index is None or not store.read.evidence.entries(index, 1):
        return None
    try:
        own = await store.prove(index)
    except StoreError:
        return None
    return Claim(own=own, kept=kept_of(store.read, peer, element, members_of(own.entry)))


def kept_of(nouns: Nouns, peer: str, element: Element, mine: Mapping[str, Any]) -> LogProof | None:
    """The peer's own entry about it, where its proof was kept: of the request where this node answered, of the answer where it asked."""
    given, exchange = is_given(mine), str(mine.get("exchange", ""))
    for one in nouns.receipts.every(exchange, of_peer=given):
        if one.province != peer:
            continue
        theirs = members_of(one.proof.entry)
        fits = theirs.get("request") == mine.get("request") if given else _holds(theirs, mine.get("node"), element)
        if fits:
            return one.proof
    return None


def checked(reader: LogReader, me: str, peer: str, claim: Claim, element: Element | None = None) -> Proven:
    """A peer's claim about an answer between the two, or about one element.

    Raises:
        EvidenceError: its entry does not stand in its log, or is about something else.
    """
    entry = reader.entry(peer, claim.own)
    shared = elements_of(entry, me)
    if not shared or (element is not None and element not in shared):
        raise EvidenceError("the entry is not about an answer between these two")
    return Proven(claim=claim, entry=entry, kept=_kept(reader, me, claim))


def _kept(reader: LogReader, me: str, claim: Claim) -> Mapping[str, Any] | None:
    """This node's own entry, as the peer kept it; one that our keys do not vouch for counts as none."""
    if claim.kept is None:
        return None
    try:
        return reader.entry(me, claim.kept)
    except EvidenceError:
        return None


def elements_of(entry: Mapping[str, Any], other: str) -> list[Element]:
    """The answers that an entry shares with a province."""
    return [one.element for one in counterparts(entry) if one.peer == other]


def is_given(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is of an answer that its node gave."""
    sent = entry.get("sent")
    return isinstance(sent, Mapping) and "answer" in sent.values()


def members_of(entry: bytes) -> dict[str, Any]:
    """The members of an entry's bytes; none where it is no object."""
    members = json.loads(entry)
    return members if isinstance(members, dict) else {}


def _holds(entry: Mapping[str, Any], node: object, element: Element) -> bool:
    return any(one == Counterpart(str(node), element) for one in counterparts(entry))


def to_json(claim: Claim | None) -> bytes:
    """A claim as a file: `own` and `kept`, each an entry with its proof; b"" for none."""
    if claim is None:
        return b""
    return canonical.dumps({"own": _proof(claim.own), "kept": None if claim.kept is None else _proof(claim.kept)})


def _proof(one: LogProof) -> dict[str, Any]:
    return {
        "entry": one.entry.decode(),
        "index": one.index,
        "path": [step.hex() for step in one.path],
        "checkpoint": one.checkpoint.decode(),
    }
