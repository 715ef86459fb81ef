"""Claims: an answer on record, shown by an entry in the claimant's log, and where it is kept by the other side's own entry about it.

A claim is about one answer, and no entry is shown that tells of a third province: of a search, an application or a question for a holder's
uses the asker's record of what came lists every province that was asked, and what each one said. In its place the entry of the request is
shown, which travelled to all of them with the request. What convicts then is the other side's own entry, whose proof came with the answer.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from federation.model.reconcile import Claim, Element
from federation.ports import LogReader
from node.ports.counterparts import Counterpart, counterparts
from node.ports.store import Nouns, Store, StoreError
from node.usecases.reconcile.naming import named
from trust import canonical
from trust.envelope import LogProof
from trust.errors import EvidenceError

LOOKED_THROUGH = 200  # entries of one exchange
_OF_OTHERS = frozenset({"outcomes", "peers", "found"})  # members that tell of provinces beside the one in `peer`


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A claim that was checked: the claimant's entry, and the other side's (of this node's own log, say) or None.

    `claim.kept` is None as well where `kept` is: what proves nothing is not handed on.
    """

    claim: Claim
    entry: Mapping[str, Any]
    kept: Mapping[str, Any] | None

    @property
    def given(self) -> bool:
        """Whether the claimant says that it gave the answer; else that it received it."""
        return is_given(self.entry)

    @property
    def request(self) -> object:
        """The digest of the request that was answered, as far as it is known."""
        return (self.kept or self.entry).get("request")


async def claim_of(store: Store, peer: str, element: Element) -> Claim | None:
    """What this node can show of an element that it shares with a peer; None where it has no record of it, or none that can be proven.

    A log that somebody laid hands on has rows that no proof leads to: then this node can show nothing, and says so.
    """
    index = store.read.counterparts.find(peer, element)
    rows = () if index is None else store.read.evidence.entries(index, 1)
    mine = members_of(rows[0].entry) if rows else {}
    if index is None or element not in elements_of(mine, peer):
        return None
    kept = kept_of(store.read, peer, element, mine)
    shown = index if _of_two(mine) else _request(store.read, peer, mine, kept)
    try:
        return None if shown is None else Claim(element=element, own=await store.prove(shown), kept=kept)
    except StoreError:
        return None


def kept_of(nouns: Nouns, peer: str, element: Element, mine: Mapping[str, Any]) -> LogProof | None:
    """The peer's own entry about it, where its proof was kept: of the request where this node answered, of the answer where it asked."""
    given, exchange = is_given(mine), str(mine.get("exchange", ""))
    for one in nouns.receipts.every(exchange, of_peer=given):
        if one.province == peer and _fits(members_of(one.proof.entry), mine, element, given=given):
            return one.proof
    return None


def _fits(theirs: Mapping[str, Any], mine: Mapping[str, Any], element: Element, *, given: bool) -> bool:
    """Whether an entry of the other side is of the request that was answered, or of the answer."""
    if given:
        return asks(theirs, str(mine.get("node")), mine.get("request"))
    return Counterpart(str(mine.get("node")), element) in counterparts(theirs)


def _of_two(entry: Mapping[str, Any]) -> bool:
    """Whether an entry tells of nobody but its node and one peer; that of an answer went to the peer with it."""
    return is_given(entry) or not _OF_OTHERS & entry.keys()


def _request(nouns: Nouns, peer: str, mine: Mapping[str, Any], kept: LogProof | None) -> int | None:
    """Where the entry of the request stands that a peer answered; by the exchange alone where its answer's proof is not kept any more."""
    request = None if kept is None else members_of(kept.entry).get("request")
    for one in nouns.evidence.of_exchange(str(mine.get("exchange", "")), limit=LOOKED_THROUGH):
        entry = members_of(one.entry)
        if asks(entry, peer, entry.get("request") if request is None else request):
            return one.index
    return None


def checked(
    reader: LogReader, me: str, peer: str, claim: Claim, element: Element, mine: Mapping[str, Any] | None = None
) -> Proven:
    """A peer's claim about an element. `mine` is this node's own entry about it, where it has one.

    Raises:
        EvidenceError: its entry does not stand in its log, is about something else, or is not in form.
    """
    entry = reader.entry(peer, claim.own)
    if claim.element != element:
        raise EvidenceError("the claim is about another answer")
    if named(entry) is None:
        raise EvidenceError("the entry names no exchange, or no type of event, that there could be")
    kept = _kept(reader, me, peer, claim, entry)
    if element not in elements_of(entry, me) and not _asked_for(entry, me, kept, mine):
        raise EvidenceError("the entry is not about this answer between these two")
    return Proven(claim=claim if kept is not None else replace(claim, kept=None), entry=entry, kept=kept)


def _asked_for(
    entry: Mapping[str, Any], me: str, kept: Mapping[str, Any] | None, mine: Mapping[str, Any] | None
) -> bool:
    """Whether an entry is of the request that this node answered, as far as either side's entry of the answer tells.

    Who keeps the answer's proof no more cannot tell two requests of one exchange apart: then the exchange is enough.
    """
    if not asks(entry, me, entry.get("request")):
        return False
    if kept is not None:
        return kept.get("request") == entry.get("request")
    return mine is None or mine.get("exchange") == entry.get("exchange")


def _kept(reader: LogReader, me: str, peer: str, claim: Claim, entry: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """This node's own entry, as the peer kept it; one that our keys do not vouch for, or that is about something else, counts as none."""
    if claim.kept is None:
        return None
    try:
        mine = reader.entry(me, claim.kept)
    except EvidenceError:
        return None
    return mine if _fits(mine, dict(entry) | {"node": peer}, claim.element, given=is_given(entry)) else None


def convicts(reader: LogReader, peer: str, claim: Claim, mine: Mapping[str, Any]) -> bool:
    """Whether the peer's own entry, as this node kept it, says that the answer that this node claims must stand in the peer's log."""
    if claim.kept is None:
        return False
    try:
        theirs = reader.entry(peer, claim.kept)
    except EvidenceError:
        return False
    return _fits(theirs, mine, claim.element, given=is_given(mine))


def elements_of(entry: Mapping[str, Any], other: str) -> list[Element]:
    """The answers that an entry shares with a province."""
    return [one.element for one in counterparts(entry) if one.peer == other]


def asks(entry: Mapping[str, Any], peer: str, request: object) -> bool:
    """Whether it is the entry of this request to the peer."""
    peers = entry.get("peers")
    at = entry.get("peer") == peer or (isinstance(peers, (list, tuple)) and peer in peers)
    return at and isinstance(request, str) and entry.get("step") == "asked" and entry.get("request") == request


def is_given(entry: Mapping[str, Any]) -> bool:
    """Whether an entry is of an answer that its node gave."""
    sent = entry.get("sent")
    return isinstance(sent, Mapping) and "answer" in sent.values()


def members_of(entry: bytes) -> dict[str, Any]:
    """The members of an entry's bytes; none where it is no object, or no JSON at all: somebody laid hands on it."""
    try:
        members = json.loads(entry)
    except (ValueError, RecursionError):
        return {}
    return members if isinstance(members, dict) else {}


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
